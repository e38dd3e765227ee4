#include <limits>
#include <utility>

#include "node/convert/convert.hpp"
#include "node/convert/settlement_convert.hpp"

namespace huangpu::node {
namespace {

// A filter is for the accounts one screen shows; longer lists are better served without a filter.
constexpr int kFilterEntriesMax = 1'000;

Bytes bytes_of(const std::string& field) { return to_bytes(as_bytes(field)); }

tl::unexpected<Error> malformed(std::string_view what) {
  return fail(Errc::kMalformed, std::string(what) + " is malformed");
}

Result<std::uint16_t> small_number(std::uint32_t number, std::string_view what) {
  if (number > std::numeric_limits<std::uint16_t>::max()) return malformed(what);
  return static_cast<std::uint16_t>(number);
}

Result<Amount> amount_field(const std::string& field, std::string_view what) {
  auto amount = Amount::parse(field, 0);
  if (!amount) return malformed(what);
  return amount;
}

Result<TransactionStage> stage_field(v1::TransactionStage stage) {
  switch (stage) {
    case v1::TRANSACTION_STAGE_RECEIVED:
      return TransactionStage::kReceived;
    case v1::TRANSACTION_STAGE_ADMITTED:
      return TransactionStage::kAdmitted;
    case v1::TRANSACTION_STAGE_ORDERED:
      return TransactionStage::kOrdered;
    case v1::TRANSACTION_STAGE_EXECUTED:
      return TransactionStage::kExecuted;
    case v1::TRANSACTION_STAGE_FINAL:
      return TransactionStage::kFinal;
    case v1::TRANSACTION_STAGE_REJECTED:
      return TransactionStage::kRejected;
    case v1::TRANSACTION_STAGE_EXPIRED:
      return TransactionStage::kExpired;
    default:  // an open enum: a newer node may know more
      return malformed("stage");
  }
}

Result<std::optional<ledger::AccountId>> optional_account(const std::string& field,
                                                          std::string_view what) {
  if (field.empty()) return std::optional<ledger::AccountId>();
  HP_TRY_ASSIGN(const auto digest, digest_field(field, what));
  return std::optional(ledger::AccountId(digest));
}

Result<Movement> from_proto(const v1::Movement& proto) {
  Movement movement;
  movement.record = proto.record();
  HP_TRY_ASSIGN(movement.debit, optional_account(proto.debit(), "debit account"));
  HP_TRY_ASSIGN(movement.credit, optional_account(proto.credit(), "credit account"));
  movement.asset = ledger::AssetId(proto.asset());
  HP_TRY_ASSIGN(movement.units, amount_field(proto.units(), "units"));
  HP_TRY_ASSIGN(movement.code, small_number(proto.code(), "code"));
  movement.end_to_end = bytes_of(proto.end_to_end());
  movement.purpose = proto.purpose();
  return movement;
}

}  // namespace

Result<crypto::Digest> digest_field(const std::string& field, std::string_view what) {
  auto digest = crypto::Digest::parse(as_bytes(field));
  if (!digest) return fail(Errc::kMalformed, std::string(what) + " must have 32 bytes");
  return digest;
}

Result<TransactionUpdate> from_proto(const v1::TransactionUpdate& proto) {
  TransactionUpdate update;
  // An envelope that could not be decoded has no id.
  if (!proto.txid().empty()) {
    HP_TRY_ASSIGN(const auto txid, digest_field(proto.txid(), "txid"));
    update.txid = ledger::TxId(txid);
  }
  update.submitter = ledger::ParticipantId(proto.submitter());
  HP_TRY_ASSIGN(update.stage, stage_field(proto.stage()));
  HP_TRY_ASSIGN(update.code, small_number(proto.code(), "code"));
  update.message = proto.message();
  update.height = Height{proto.position().height()};
  update.index = proto.position().index();
  update.certificate_height = Height{proto.certificate_height()};
  return update;
}

FinalityRecords from_proto(const v1::FinalityProof& proto) {
  FinalityRecords records;
  records.height = Height{proto.height()};
  records.commit_message = bytes_of(proto.commit_message());
  records.certified_message = bytes_of(proto.certified_message());
  records.commit_certificate = bytes_of(proto.commit_certificate());
  records.history_path = bytes_of(proto.history_path());
  for (const auto& epoch : proto.epochs()) {
    records.epochs.push_back({bytes_of(epoch.boundary_message()),
                              bytes_of(epoch.boundary_certificate()),
                              bytes_of(epoch.next_epoch_record())});
  }
  return records;
}

StateProofRecords from_proto(const v1::StateProof& proto) {
  StateProofRecords records;
  records.key = bytes_of(proto.key());
  if (proto.has_value()) records.value = bytes_of(proto.value());
  records.proof = bytes_of(proto.proof());
  records.finality = from_proto(proto.finality());
  return records;
}

Result<ReceiptAnswer> from_proto(const v1::GetReceiptResponse& proto) {
  ReceiptAnswer answer;
  answer.height = Height{proto.position().height()};
  answer.index = proto.position().index();
  HP_TRY_ASSIGN(answer.code, small_number(proto.code(), "code"));
  answer.body = bytes_of(proto.body());
  answer.receipt = bytes_of(proto.proof().receipt());
  answer.path = bytes_of(proto.proof().path());
  answer.finality = std::make_shared<const FinalityRecords>(from_proto(proto.proof().finality()));
  return answer;
}

BlockAnswer from_proto(const v1::GetBlockResponse& proto) {
  BlockAnswer answer;
  answer.height = Height{proto.height()};
  answer.block = bytes_of(proto.block());
  answer.commit_message = bytes_of(proto.commit_message());
  answer.transaction_count = proto.transaction_count();
  return answer;
}

Result<BalanceAnswer> from_proto(const v1::Balance& proto) {
  BalanceAnswer answer;
  HP_TRY_ASSIGN(const auto account, digest_field(proto.account(), "account"));
  answer.account = ledger::AccountId(account);
  answer.asset = ledger::AssetId(proto.asset());
  HP_TRY_ASSIGN(answer.units, amount_field(proto.units(), "units"));
  HP_TRY_ASSIGN(answer.debits_posted, amount_field(proto.debits_posted(), "debits"));
  HP_TRY_ASSIGN(answer.credits_posted, amount_field(proto.credits_posted(), "credits"));
  answer.entry_count = proto.entry_count();
  answer.history_head = bytes_of(proto.history_head());
  answer.last_height = Height{proto.last_height()};
  return answer;
}

Result<AccountAnswer> from_proto(const v1::Account& proto) {
  AccountAnswer answer;
  HP_TRY_ASSIGN(const auto id, digest_field(proto.id(), "account"));
  answer.id = ledger::AccountId(id);
  answer.participant = ledger::ParticipantId(proto.participant());
  answer.number = proto.number();
  answer.threshold = proto.threshold();
  for (const auto& key : proto.authority_keys()) answer.authority_keys.push_back(bytes_of(key));
  answer.opened_height = Height{proto.opened_height()};
  return answer;
}

Result<AssetAnswer> from_proto(const v1::Asset& proto) {
  AssetAnswer answer;
  answer.id = ledger::AssetId(proto.id());
  answer.code = proto.code();
  // Decimals shift amounts as people read them; nonsense must not get that far.
  if (proto.decimals() > Amount::kDecimalsMax) return malformed("decimals");
  answer.decimals = proto.decimals();
  answer.issuer = ledger::ParticipantId(proto.issuer());
  HP_TRY_ASSIGN(answer.units_in_circulation,
                amount_field(proto.units_in_circulation(), "circulation"));
  return answer;
}

ParticipantAnswer from_proto(const v1::Participant& proto) {
  ParticipantAnswer answer;
  answer.id = ledger::ParticipantId(proto.id());
  answer.code = proto.code();
  answer.name = proto.name();
  answer.roles.assign(proto.roles().begin(), proto.roles().end());
  answer.management_threshold = proto.management_threshold();
  answer.active_keys = proto.active_keys();
  return answer;
}

Result<KeyAnswer> from_proto(const v1::Key& proto) {
  KeyAnswer answer;
  HP_TRY_ASSIGN(const auto id, digest_field(proto.id(), "key id"));
  HP_TRY_ASSIGN(const auto seat, digest_field(proto.seat(), "seat"));
  answer.id = crypto::KeyId(id);
  answer.seat = crypto::KeyId(seat);
  answer.participant = ledger::ParticipantId(proto.participant());
  if (proto.status() < v1::KEY_STATUS_ACTIVE || proto.status() > v1::KEY_STATUS_REVOKED) {
    return malformed("key status");
  }
  answer.status = static_cast<ledger::KeyStatus>(proto.status());
  answer.registered_height = Height{proto.registered_height()};
  HP_TRY_ASSIGN(const auto suite, crypto::parse_suite(proto.suite()));
  HP_TRY_ASSIGN(answer.key, crypto::PublicKey::from_raw(suite, as_bytes(proto.public_key())));
  return answer;
}

Result<Event> from_proto(const v1::SubscribeResponse& proto) {
  Event event;
  event.cursor = {Height{proto.cursor().height()}, proto.cursor().index()};
  if (proto.has_block()) {
    event.is_block = true;
    event.height = Height{proto.block().height()};
    event.time = TimestampMs{proto.block().time_ms()};
    event.block_hash = bytes_of(proto.block().block_hash());
    event.transaction_count = proto.block().transaction_count();
    return event;
  }
  if (proto.has_payment()) {
    const auto& payment = proto.payment();
    event.height = Height{payment.position().height()};
    event.index = payment.position().index();
    event.time = TimestampMs{payment.time_ms()};
    HP_TRY_ASSIGN(const auto id, digest_field(payment.payment(), "payment"));
    event.txid = ledger::TxId(id);
    event.submitter = ledger::ParticipantId(payment.submitter());
    event.operation = "payment";
    HP_TRY_ASSIGN(auto change, from_proto(event.txid, payment.change()));
    HP_TRY_ASSIGN(auto movement, from_proto(payment.movement()));
    if (!movement.debit || !movement.credit) return malformed("movement of a payment");
    event.code = static_cast<std::uint16_t>(change.reason);
    change.participant = event.submitter;
    change.debit = *movement.debit;
    change.credit = *movement.credit;
    change.asset = movement.asset;
    change.amount = movement.units;
    event.change = change;
    event.movements.push_back(std::move(movement));
    return event;
  }
  if (!proto.has_transaction()) return malformed("event");
  const auto& transaction = proto.transaction();
  event.height = Height{transaction.position().height()};
  event.index = transaction.position().index();
  event.time = TimestampMs{transaction.time_ms()};
  HP_TRY_ASSIGN(const auto txid, digest_field(transaction.txid(), "txid"));
  event.txid = ledger::TxId(txid);
  event.submitter = ledger::ParticipantId(transaction.submitter());
  event.operation = transaction.operation();
  HP_TRY_ASSIGN(event.code, small_number(transaction.code(), "code"));
  event.reference_id = transaction.reference_id();
  event.reference_date = transaction.reference_date();
  for (const auto& entry : transaction.movements()) {
    HP_TRY_ASSIGN(auto movement, from_proto(entry));
    event.movements.push_back(std::move(movement));
  }
  return event;
}

Result<NodeSnapshot> from_proto(const v1::NodeStatusResponse& proto) {
  NodeSnapshot snapshot;
  HP_TRY_ASSIGN(snapshot.chain_id, digest_field(proto.chain_id(), "chain id"));
  snapshot.chain_name = proto.chain_name();
  snapshot.node_name = proto.node_name();
  HP_TRY_ASSIGN(snapshot.validator, small_number(proto.validator(), "validator"));
  snapshot.version = proto.version();
  snapshot.protocol_version = proto.protocol_version();
  snapshot.epoch = proto.epoch();
  snapshot.view = proto.view();
  HP_TRY_ASSIGN(snapshot.leader, small_number(proto.leader(), "leader"));
  snapshot.final_height = Height{proto.final_height()};
  snapshot.executed_height = Height{proto.executed_height()};
  snapshot.certified_height = Height{proto.certified_height()};
  snapshot.network_height = Height{proto.network_height()};
  snapshot.certified_time = TimestampMs{proto.certified_time_ms()};
  snapshot.quarantined = proto.quarantined();
  snapshot.waiting_for = proto.waiting_for();
  for (const auto& entry : proto.peers()) {
    PeerCondition peer;
    HP_TRY_ASSIGN(peer.validator, small_number(entry.validator(), "validator"));
    peer.name = entry.name();
    peer.connected = entry.connected();
    peer.final_height = Height{entry.final_height()};
    peer.last_heard_ms = entry.last_heard_ms();
    snapshot.peers.push_back(std::move(peer));
  }
  for (const auto& entry : proto.checks()) {
    snapshot.checks.push_back({entry.name(), entry.ok(), entry.detail()});
  }
  snapshot.pending_transactions = proto.pending_transactions();
  snapshot.pending_bytes = proto.pending_bytes();
  snapshot.uptime_ms = proto.uptime_ms();
  snapshot.view_deadline_ms = proto.view_deadline_ms();
  return snapshot;
}

Result<EventRequest> from_proto(const v1::SubscribeRequest& proto) {
  const auto& filter = proto.filter();
  if (filter.accounts_size() > kFilterEntriesMax || filter.assets_size() > kFilterEntriesMax ||
      filter.participants_size() > kFilterEntriesMax) {
    return fail(Errc::kOutOfRange, "a filter has at most 1000 entries of a kind");
  }
  EventRequest request;
  request.from = {Height{proto.from().height()}, proto.from().index()};
  for (const auto& account : filter.accounts()) {
    HP_TRY_ASSIGN(const auto digest, digest_field(account, "account"));
    request.accounts.emplace_back(digest);
  }
  for (const auto asset : filter.assets()) request.assets.emplace_back(asset);
  for (const auto id : filter.participants()) request.participants.emplace_back(id);
  request.blocks = proto.blocks();
  return request;
}

ReadOptions from_proto(const v1::ReadOptions& proto) {
  ReadOptions options;
  if (proto.has_height()) options.height = Height{proto.height()};
  options.with_proof = proto.with_proof();
  return options;
}

}  // namespace huangpu::node
