#include "ledger/codec/agreed_body.hpp"

#include <string>

#include "huangpu/v1/transaction.pb.h"
#include "ledger/types/limits.hpp"

namespace huangpu::ledger {
namespace {

Status refuse(std::string_view what) {
  return fail(Errc::kMalformed, "transaction: " + std::string(what));
}

std::string text_of(ByteView bytes) { return std::string(as_text(bytes)); }

std::string amount_text(Amount amount) { return text_of(Writer(16).u128(amount).view()); }

template <std::size_t N>
std::string optional_text(const std::array<std::uint8_t, N>& bytes) {
  return bytes == std::array<std::uint8_t, N>{} ? std::string() : text_of(bytes);
}

constexpr std::string_view kAccount = "account id is not 32 bytes";
constexpr std::string_view kReserve = "reserve id is not 32 bytes";
constexpr std::string_view kSettlement = "settlement id is not 32 bytes";
constexpr std::string_view kEndToEnd = "invalid end-to-end id";
constexpr std::string_view kPurpose = "invalid purpose code";

Poster read_poster(FieldReader& read, v1::Poster number) {
  const auto poster =
      number < 0 ? std::nullopt : poster_from_number(static_cast<std::uint64_t>(number));
  if (!poster) read.refuse("unknown poster");
  return poster.value_or(Poster::kDebtor);
}

ReserveFunds read_reserve(FieldReader& read, const v1::ReserveFunds& message) {
  ReserveFunds op;
  op.debit = read.id<AccountId>(message.debit_account(), kAccount);
  op.credit = read.id<AccountId>(message.credit_account(), kAccount);
  op.asset = AssetId(message.asset());
  op.amount = read.amount(message.amount());
  op.expires = TimestampMs(message.expires_ms());
  op.poster = read_poster(read, message.poster());
  op.third = ParticipantId(message.third());
  op.end_to_end = read.optional_bytes<16>(message.end_to_end_id(), kEndToEnd);
  op.purpose = read.optional_bytes<4>(message.purpose(), kPurpose);
  return op;
}

ProposeSettlement read_proposal(FieldReader& read, const v1::ProposeSettlement& message) {
  ProposeSettlement op;
  op.expires = TimestampMs(message.expires_ms());
  op.receivers_approve = message.receivers_approve();
  op.legs.reserve(static_cast<std::size_t>(message.legs_size()));
  for (const v1::SettlementLeg& leg : message.legs()) {
    op.legs.push_back({read.id<AccountId>(leg.debit_account(), kAccount),
                       read.id<AccountId>(leg.credit_account(), kAccount), AssetId(leg.asset()),
                       read.amount(leg.amount())});
  }
  op.end_to_end = read.optional_bytes<16>(message.end_to_end_id(), kEndToEnd);
  op.purpose = read.optional_bytes<4>(message.purpose(), kPurpose);
  return op;
}

}  // namespace

void write_payment_operation(const ReserveFunds& op, v1::TransactionBody& body) {
  auto& message = *body.mutable_reserve_funds();
  message.set_debit_account(text_of(op.debit.bytes()));
  message.set_credit_account(text_of(op.credit.bytes()));
  message.set_asset(op.asset.value());
  message.set_amount(amount_text(op.amount));
  message.set_expires_ms(op.expires.value());
  message.set_poster(static_cast<v1::Poster>(op.poster));
  message.set_third(op.third.value());
  message.set_end_to_end_id(optional_text(op.end_to_end));
  message.set_purpose(optional_text(op.purpose));
}

void write_payment_operation(const PostReserved& op, v1::TransactionBody& body) {
  auto& message = *body.mutable_post_reserved();
  message.set_reserve(text_of(op.reserve.bytes()));
  message.set_amount(amount_text(op.amount));
  message.set_keep_rest(op.keep_rest);
}

void write_payment_operation(const VoidReserved& op, v1::TransactionBody& body) {
  body.mutable_void_reserved()->set_reserve(text_of(op.reserve.bytes()));
}

void write_payment_operation(const ProposeSettlement& op, v1::TransactionBody& body) {
  auto& message = *body.mutable_propose_settlement();
  message.set_expires_ms(op.expires.value());
  message.set_receivers_approve(op.receivers_approve);
  for (const SettlementLeg& leg : op.legs) {
    auto& entry = *message.add_legs();
    entry.set_debit_account(text_of(leg.debit.bytes()));
    entry.set_credit_account(text_of(leg.credit.bytes()));
    entry.set_asset(leg.asset.value());
    entry.set_amount(amount_text(leg.amount));
  }
  message.set_end_to_end_id(optional_text(op.end_to_end));
  message.set_purpose(optional_text(op.purpose));
}

void write_payment_operation(const ApproveSettlement& op, v1::TransactionBody& body) {
  body.mutable_approve_settlement()->set_settlement(text_of(op.settlement.bytes()));
}

void write_payment_operation(const WithdrawApproval& op, v1::TransactionBody& body) {
  body.mutable_withdraw_approval()->set_settlement(text_of(op.settlement.bytes()));
}

void write_payment_operation(const CancelSettlement& op, v1::TransactionBody& body) {
  body.mutable_cancel_settlement()->set_settlement(text_of(op.settlement.bytes()));
}

std::optional<Operation> read_agreed_operation(FieldReader& read, const v1::TransactionBody& body) {
  if (body.has_reserve_funds()) return read_reserve(read, body.reserve_funds());
  if (body.has_post_reserved()) {
    const auto& message = body.post_reserved();
    return PostReserved{read.id<TxId>(message.reserve(), kReserve), read.amount(message.amount()),
                        message.keep_rest()};
  }
  if (body.has_void_reserved()) {
    return VoidReserved{read.id<TxId>(body.void_reserved().reserve(), kReserve)};
  }
  if (body.has_propose_settlement()) return read_proposal(read, body.propose_settlement());
  if (body.has_approve_settlement()) {
    return ApproveSettlement{read.id<TxId>(body.approve_settlement().settlement(), kSettlement)};
  }
  if (body.has_withdraw_approval()) {
    return WithdrawApproval{read.id<TxId>(body.withdraw_approval().settlement(), kSettlement)};
  }
  if (body.has_cancel_settlement()) {
    return CancelSettlement{read.id<TxId>(body.cancel_settlement().settlement(), kSettlement)};
  }
  return std::nullopt;
}

Status check_payment_operation(const ReserveFunds& op) {
  if (!poster_from_number(static_cast<std::uint64_t>(op.poster))) return refuse("unknown poster");
  if ((op.poster == Poster::kThird) != (op.third != ParticipantId(0))) {
    return refuse("a third participant is named exactly when it posts");
  }
  return is_valid_purpose(op.purpose) ? Status{} : refuse(kPurpose);
}

Status check_payment_operation(const ProposeSettlement& op) {
  if (op.legs.size() < 2 || op.legs.size() > kSettlementLegsMax) {
    return refuse("number of legs out of range");
  }
  return is_valid_purpose(op.purpose) ? Status{} : refuse(kPurpose);
}

}  // namespace huangpu::ledger
