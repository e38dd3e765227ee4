#include "ledger/codec/payment_body.hpp"

#include "huangpu/v1/transaction.pb.h"

namespace huangpu::ledger {
namespace {

std::string text_of(ByteView bytes) { return std::string(as_text(bytes)); }

std::string amount_text(Amount amount) { return text_of(Writer(16).u128(amount).view()); }

std::string amount_text(const std::optional<Amount>& amount) {
  return amount ? amount_text(*amount) : std::string();
}

template <std::size_t N>
std::string optional_text(const std::array<std::uint8_t, N>& bytes) {
  return bytes == std::array<std::uint8_t, N>{} ? std::string() : text_of(bytes);
}

// The schema counts from 1, because 0 is what a field that is absent reads as.
v1::PriorityClass schema_priority(PriorityClass priority) {
  return static_cast<v1::PriorityClass>(static_cast<int>(priority) + 1);
}

PriorityClass read_priority(FieldReader& read, v1::PriorityClass number) {
  const auto priority =
      number < 1 ? std::nullopt : priority_from_number(static_cast<std::uint64_t>(number) - 1);
  if (!priority) read.refuse("unknown priority class");
  return priority.value_or(PriorityClass::kNormal);
}

constexpr std::string_view kAccount = "account id is not 32 bytes";
constexpr std::string_view kPayment = "payment id is not 32 bytes";

Payment read_payment(FieldReader& read, const v1::Payment& message) {
  Payment op;
  op.debit = read.id<AccountId>(message.debit_account(), kAccount);
  op.credit = read.id<AccountId>(message.credit_account(), kAccount);
  op.asset = AssetId(message.asset());
  op.amount = read.amount(message.amount());
  op.priority = read_priority(read, message.priority());
  op.earliest = TimestampMs(message.earliest_ms());
  op.latest = TimestampMs(message.latest_ms());
  op.end_to_end = read.optional_bytes<16>(message.end_to_end_id(), "invalid end-to-end id");
  op.purpose = read.optional_bytes<4>(message.purpose(), "invalid purpose code");
  return op;
}

SetReservation read_reservation(FieldReader& read, const v1::SetReservation& message) {
  return {read.id<AccountId>(message.account(), kAccount), AssetId(message.asset()),
          read_priority(read, message.priority()), read.amount(message.amount())};
}

SetBilateralLimit read_bilateral(FieldReader& read, const v1::SetBilateralLimit& message) {
  return {read.id<AccountId>(message.account(), kAccount), AssetId(message.asset()),
          read.id<AccountId>(message.counterparty(), kAccount),
          read.optional_amount(message.amount())};
}

}  // namespace

void write_payment_operation(const Payment& op, v1::TransactionBody& body) {
  auto& message = *body.mutable_payment();
  message.set_debit_account(text_of(op.debit.bytes()));
  message.set_credit_account(text_of(op.credit.bytes()));
  message.set_asset(op.asset.value());
  message.set_amount(amount_text(op.amount));
  message.set_priority(schema_priority(op.priority));
  message.set_earliest_ms(op.earliest.value());
  message.set_latest_ms(op.latest.value());
  message.set_end_to_end_id(optional_text(op.end_to_end));
  message.set_purpose(optional_text(op.purpose));
}

void write_payment_operation(const CancelPayment& op, v1::TransactionBody& body) {
  body.mutable_cancel_payment()->set_payment(text_of(op.payment.bytes()));
}

void write_payment_operation(const HoldPayment& op, v1::TransactionBody& body) {
  body.mutable_hold_payment()->set_payment(text_of(op.payment.bytes()));
}

void write_payment_operation(const ReleasePayment& op, v1::TransactionBody& body) {
  body.mutable_release_payment()->set_payment(text_of(op.payment.bytes()));
}

void write_payment_operation(const ChangePriority& op, v1::TransactionBody& body) {
  body.mutable_change_priority()->set_payment(text_of(op.payment.bytes()));
  body.mutable_change_priority()->set_priority(schema_priority(op.priority));
}

void write_payment_operation(const SetReservation& op, v1::TransactionBody& body) {
  auto& message = *body.mutable_set_reservation();
  message.set_account(text_of(op.account.bytes()));
  message.set_asset(op.asset.value());
  message.set_priority(schema_priority(op.priority));
  message.set_amount(amount_text(op.amount));
}

void write_payment_operation(const SetBilateralLimit& op, v1::TransactionBody& body) {
  auto& message = *body.mutable_set_bilateral_limit();
  message.set_account(text_of(op.account.bytes()));
  message.set_asset(op.asset.value());
  message.set_counterparty(text_of(op.counterparty.bytes()));
  message.set_amount(amount_text(op.amount));
}

void write_payment_operation(const SetMultilateralLimit& op, v1::TransactionBody& body) {
  auto& message = *body.mutable_set_multilateral_limit();
  message.set_account(text_of(op.account.bytes()));
  message.set_asset(op.asset.value());
  message.set_amount(amount_text(op.amount));
}

void write_payment_operation(const SetCreditLine& op, v1::TransactionBody& body) {
  auto& message = *body.mutable_set_credit_line();
  message.set_account(text_of(op.account.bytes()));
  message.set_asset(op.asset.value());
  message.set_amount(amount_text(op.amount));
}

void write_payment_operation(const RunResolution& /*op*/, v1::TransactionBody& body) {
  body.mutable_run_resolution();
}

std::optional<Operation> read_payment_operation(FieldReader& read,
                                                const v1::TransactionBody& body) {
  if (body.has_payment()) return read_payment(read, body.payment());
  if (body.has_cancel_payment()) {
    return CancelPayment{read.id<TxId>(body.cancel_payment().payment(), kPayment)};
  }
  if (body.has_hold_payment()) {
    return HoldPayment{read.id<TxId>(body.hold_payment().payment(), kPayment)};
  }
  if (body.has_release_payment()) {
    return ReleasePayment{read.id<TxId>(body.release_payment().payment(), kPayment)};
  }
  if (body.has_change_priority()) {
    return ChangePriority{read.id<TxId>(body.change_priority().payment(), kPayment),
                          read_priority(read, body.change_priority().priority())};
  }
  if (body.has_set_reservation()) return read_reservation(read, body.set_reservation());
  if (body.has_set_bilateral_limit()) return read_bilateral(read, body.set_bilateral_limit());
  if (body.has_set_multilateral_limit()) {
    const auto& message = body.set_multilateral_limit();
    return SetMultilateralLimit{read.id<AccountId>(message.account(), kAccount),
                                AssetId(message.asset()), read.optional_amount(message.amount())};
  }
  if (body.has_set_credit_line()) {
    const auto& message = body.set_credit_line();
    return SetCreditLine{read.id<AccountId>(message.account(), kAccount), AssetId(message.asset()),
                         read.amount(message.amount())};
  }
  if (body.has_run_resolution()) return RunResolution{};
  return std::nullopt;
}

}  // namespace huangpu::ledger
