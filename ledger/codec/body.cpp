// Bodies ↔ protobuf (SPEC L-10..L-12).
#include <google/protobuf/arena.h>

#include <algorithm>
#include <string>
#include <utility>

#include "crypto/hash/domain.hpp"
#include "crypto/hash/hasher.hpp"
#include "huangpu/v1/transaction.pb.h"
#include "ledger/codec/agreed_body.hpp"
#include "ledger/codec/body_rules.hpp"
#include "ledger/codec/envelope.hpp"
#include "ledger/codec/field_reader.hpp"
#include "ledger/codec/governance_body.hpp"
#include "ledger/codec/payment_body.hpp"
#include "ledger/codec/wire_check.hpp"
#include "ledger/types/limits.hpp"

namespace huangpu::ledger {
namespace {

constexpr std::size_t kAmountBytes = 16;

// --- struct → message ---

std::string text_of(ByteView bytes) { return std::string(as_text(bytes)); }

std::string amount_text(Amount amount) { return text_of(Writer(kAmountBytes).u128(amount).view()); }

template <std::size_t N>
std::string optional_text(const std::array<std::uint8_t, N>& bytes) {
  return bytes == std::array<std::uint8_t, N>{} ? std::string() : text_of(bytes);
}

struct OperationWriter {
  v1::TransactionBody& body;

  void operator()(const OpenAccounts& op) const {
    auto& message = *body.mutable_open_accounts();
    message.set_first_number(op.first_number);
    message.set_count(op.count);
  }
  void operator()(const Issue& op) const {
    auto& message = *body.mutable_issue();
    message.set_asset(op.asset.value());
    message.set_credit_account(text_of(op.credit.bytes()));
    message.set_amount(amount_text(op.amount));
  }
  void operator()(const Redeem& op) const {
    auto& message = *body.mutable_redeem();
    message.set_asset(op.asset.value());
    message.set_debit_account(text_of(op.debit.bytes()));
    message.set_amount(amount_text(op.amount));
  }
  void operator()(const Transfer& op) const {
    auto& message = *body.mutable_transfer();
    message.set_debit_account(text_of(op.debit.bytes()));
    message.set_credit_account(text_of(op.credit.bytes()));
    message.set_asset(op.asset.value());
    message.set_amount(amount_text(op.amount));
    message.set_end_to_end_id(optional_text(op.end_to_end));
    message.set_purpose(optional_text(op.purpose));
  }
  void operator()(const BulkTransfer& op) const {
    auto& message = *body.mutable_bulk_transfer();
    message.set_mode(static_cast<v1::BulkMode>(op.mode));
    message.set_records(op.records.data(), op.records.size());
  }
  void operator()(const RegisterKey& op) const {
    auto& message = *body.mutable_register_key();
    message.set_suite(static_cast<std::uint32_t>(op.key.suite()));
    message.set_public_key(text_of(op.key.bytes()));
  }
  void operator()(const RotateKey& op) const {
    auto& message = *body.mutable_rotate_key();
    message.set_old_key_id(text_of(op.old_key.bytes()));
    message.set_suite(static_cast<std::uint32_t>(op.new_key.suite()));
    message.set_public_key(text_of(op.new_key.bytes()));
  }
  void operator()(const RevokeKey& op) const {
    body.mutable_revoke_key()->set_key_id(text_of(op.key.bytes()));
  }
  void operator()(const SetAccountAuthority& op) const {
    auto& message = *body.mutable_set_account_authority();
    message.set_account(text_of(op.account.bytes()));
    message.set_threshold(op.threshold);
    for (const auto& key : op.keys) message.add_key_ids(text_of(key.bytes()));
  }
  void operator()(const RegisterCertificate& op) const {
    auto& message = *body.mutable_register_certificate();
    message.set_pin(text_of(op.pin.bytes()));
    message.set_role(static_cast<v1::ParticipantRole>(op.role));
  }
  void operator()(const RevokeCertificate& op) const {
    body.mutable_revoke_certificate()->set_pin(text_of(op.pin.bytes()));
  }
  // Operations of queued settlement.
  template <class Op>
  void operator()(const Op& op) const {
    write_payment_operation(op, body);
  }
  void operator()(const ProposeChange& op) const {
    write_change(op, *body.mutable_propose_change());
  }
  void operator()(const VoteOnProposal& op) const {
    body.mutable_vote_on_proposal()->set_number(op.number);
    body.mutable_vote_on_proposal()->set_approve(op.approve);
  }
  void operator()(const WithdrawProposal& op) const {
    body.mutable_withdraw_proposal()->set_number(op.number);
  }
};

void write_body(const TransactionBody& body, v1::TransactionBody& message) {
  message.set_format_version(kTransactionFormatVersion);
  message.set_chain_id(text_of(body.chain.bytes()));
  message.set_submitter(body.submitter.value());
  message.set_valid_from_ms(body.valid_from.value());
  message.set_valid_until_ms(body.valid_until.value());
  for (const auto& signer : body.signers) message.add_signers(text_of(signer.bytes()));
  if (body.nonce) {
    message.mutable_nonce()->set_account(text_of(body.nonce->account.bytes()));
    message.mutable_nonce()->set_lane(body.nonce->lane);
    message.mutable_nonce()->set_sequence(body.nonce->sequence);
  }
  if (body.reference) {
    message.mutable_reference()->set_id(body.reference->id);
    message.mutable_reference()->set_date(body.reference->date);
  }
  std::visit(OperationWriter{message}, body.operation);
}

// --- message → struct ---

SetAccountAuthority read_authority(FieldReader& read, const v1::SetAccountAuthority& message) {
  SetAccountAuthority op;
  op.account = read.id<AccountId>(message.account(), "account id is not 32 bytes");
  if (message.threshold() > kAuthorityKeysMax) read.refuse("threshold out of range");
  op.threshold = static_cast<std::uint16_t>(message.threshold() & 0xffffU);
  op.keys.reserve(static_cast<std::size_t>(message.key_ids_size()));
  for (const auto& key : message.key_ids()) {
    op.keys.push_back(read.id<crypto::KeyId>(key, "key id is not 32 bytes"));
  }
  return op;
}

Role read_role(FieldReader& read, v1::ParticipantRole number) {
  const auto role =
      number < 0 ? std::nullopt : role_from_number(static_cast<std::uint64_t>(number));
  if (!role) read.refuse("unknown role");
  return role.value_or(Role::kParticipant);
}

BulkTransfer read_bulk(FieldReader& read, const v1::BulkTransfer& message) {
  BulkTransfer op;
  if (message.mode() < v1::BULK_MODE_INDEPENDENT || message.mode() > v1::BULK_MODE_LINKED) {
    read.refuse("unknown bulk mode");
  } else {
    op.mode = static_cast<BulkMode>(message.mode());
  }
  op.records = to_bytes(message.records());
  return op;
}

Operation read_operation(FieldReader& read, const v1::TransactionBody& body) {
  constexpr std::string_view kAccount = "account id is not 32 bytes";
  constexpr std::string_view kKey = "key id is not 32 bytes";
  constexpr std::string_view kPin = "certificate pin is not 32 bytes";
  if (auto operation = read_payment_operation(read, body)) return *std::move(operation);
  if (auto operation = read_agreed_operation(read, body)) return *std::move(operation);
  switch (body.operation_case()) {
    case v1::TransactionBody::kOpenAccounts:
      return OpenAccounts{body.open_accounts().first_number(), body.open_accounts().count()};
    case v1::TransactionBody::kIssue:
      return Issue{AssetId(body.issue().asset()),
                   read.id<AccountId>(body.issue().credit_account(), kAccount),
                   read.amount(body.issue().amount())};
    case v1::TransactionBody::kRedeem:
      return Redeem{AssetId(body.redeem().asset()),
                    read.id<AccountId>(body.redeem().debit_account(), kAccount),
                    read.amount(body.redeem().amount())};
    case v1::TransactionBody::kTransfer: {
      const auto& op = body.transfer();
      return Transfer{read.id<AccountId>(op.debit_account(), kAccount),
                      read.id<AccountId>(op.credit_account(), kAccount),
                      AssetId(op.asset()),
                      read.amount(op.amount()),
                      read.optional_bytes<16>(op.end_to_end_id(), "invalid end-to-end id"),
                      read.optional_bytes<4>(op.purpose(), "invalid purpose code")};
    }
    case v1::TransactionBody::kBulkTransfer:
      return read_bulk(read, body.bulk_transfer());
    case v1::TransactionBody::kRegisterKey:
      return RegisterKey{read.key(body.register_key().suite(), body.register_key().public_key())};
    case v1::TransactionBody::kRotateKey:
      return RotateKey{read.id<crypto::KeyId>(body.rotate_key().old_key_id(), kKey),
                       read.key(body.rotate_key().suite(), body.rotate_key().public_key())};
    case v1::TransactionBody::kRevokeKey:
      return RevokeKey{read.id<crypto::KeyId>(body.revoke_key().key_id(), kKey)};
    case v1::TransactionBody::kSetAccountAuthority:
      return read_authority(read, body.set_account_authority());
    case v1::TransactionBody::kRegisterCertificate:
      return RegisterCertificate{read.id<CertificatePin>(body.register_certificate().pin(), kPin),
                                 read_role(read, body.register_certificate().role())};
    case v1::TransactionBody::kRevokeCertificate:
      return RevokeCertificate{read.id<CertificatePin>(body.revoke_certificate().pin(), kPin)};
    case v1::TransactionBody::kProposeChange: {
      auto proposed = read_change(body.propose_change());
      if (!proposed) {
        read.refuse(proposed.error());
        return OpenAccounts{};
      }
      return *std::move(proposed);
    }
    case v1::TransactionBody::kVoteOnProposal:
      return VoteOnProposal{body.vote_on_proposal().number(), body.vote_on_proposal().approve()};
    case v1::TransactionBody::kWithdrawProposal:
      return WithdrawProposal{body.withdraw_proposal().number()};
    default:  // read above, or not set
      break;
  }
  read.refuse("no operation");
  return OpenAccounts{};
}

Result<TransactionBody> read_body(const v1::TransactionBody& message) {
  if (message.format_version() != kTransactionFormatVersion) {
    return fail(Errc::kUnsupportedVersion, "transaction has format version " +
                                               std::to_string(message.format_version()) +
                                               "; this build reads 1");
  }
  FieldReader read;
  TransactionBody body;
  body.chain = read.id<ChainId>(message.chain_id(), "chain id is not 32 bytes");
  body.submitter = ParticipantId(message.submitter());
  body.valid_from = TimestampMs(message.valid_from_ms());
  body.valid_until = TimestampMs(message.valid_until_ms());
  body.signers.reserve(static_cast<std::size_t>(message.signers_size()));
  for (const auto& signer : message.signers()) {
    body.signers.push_back(read.id<crypto::KeyId>(signer, "signer is not 32 bytes"));
  }
  if (message.has_nonce()) {
    body.nonce =
        NonceLane{read.id<AccountId>(message.nonce().account(), "nonce account is not 32 bytes"),
                  message.nonce().lane(), message.nonce().sequence()};
  }
  if (message.has_reference()) {
    body.reference = ClientReference{message.reference().id(), message.reference().date()};
  }
  body.operation = read_operation(read, message);
  HP_TRY(read.status());
  HP_TRY(check_body(body));
  return body;
}

// Bounded before the library allocates for it.
bool has_bounded_fields(ByteView bytes) {
  using Body = v1::TransactionBody;
  if (!has_plain_fields(bytes, RepeatedField{Body::kSignersFieldNumber, kEnvelopeSignaturesMax})) {
    return false;
  }
  const auto settlement = find_field(bytes, Body::kProposeSettlementFieldNumber);
  if (settlement &&
      !has_plain_fields(*settlement, RepeatedField{v1::ProposeSettlement::kLegsFieldNumber,
                                                   kSettlementLegsMax})) {
    return false;
  }
  const auto authority = find_field(bytes, Body::kSetAccountAuthorityFieldNumber);
  return !authority ||
         has_plain_fields(*authority, RepeatedField{v1::SetAccountAuthority::kKeyIdsFieldNumber,
                                                    kAuthorityKeysMax});
}

Status parse_canonical(ByteView bytes, v1::TransactionBody& message) {
  if (bytes.size() > kEnvelopeBytesMax) {
    return fail(Errc::kOutOfRange, "transaction body is longer than an envelope may be");
  }
  if (!has_bounded_fields(bytes) ||
      !message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return fail(Errc::kMalformed, "transaction body is not a message of the schema");
  }
  message.DiscardUnknownFields();
  if (!equal(as_bytes(message.SerializeAsString()), bytes)) {
    return fail(Errc::kMalformed, "transaction body is not in canonical encoding");
  }
  return {};
}

crypto::Digest business_digest_of(crypto::SuiteId suite, v1::TransactionBody& message) {
  message.clear_valid_from_ms();
  message.clear_valid_until_ms();
  message.clear_signers();
  message.clear_nonce();
  return crypto::hash(suite,
                      {as_bytes(crypto::domain::kBusiness), as_bytes(message.SerializeAsString())});
}

}  // namespace

Result<Bytes> encode_body(const TransactionBody& body) {
  if (auto status = check_body(body); !status) {
    return fail(Errc::kInvalidArgument, status.error().message);
  }
  v1::TransactionBody message;
  write_body(body, message);
  Bytes bytes(message.ByteSizeLong());
  if (bytes.size() > kEnvelopeBytesMax) {
    return fail(Errc::kInvalidArgument, "transaction is longer than an envelope may be");
  }
  message.SerializeWithCachedSizesToArray(bytes.data());
  return bytes;
}

Result<TransactionBody> decode_body(ByteView bytes) {
  google::protobuf::Arena arena;
  auto& message = *google::protobuf::Arena::CreateMessage<v1::TransactionBody>(&arena);
  HP_TRY(parse_canonical(bytes, message));
  return read_body(message);
}

Result<crypto::Digest> business_digest(crypto::SuiteId suite, const TransactionBody& body) {
  if (auto status = check_body(body); !status) {
    return fail(Errc::kInvalidArgument, status.error().message);
  }
  v1::TransactionBody message;
  write_body(body, message);
  return business_digest_of(suite, message);
}

}  // namespace huangpu::ledger
