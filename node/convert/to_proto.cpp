#include "node/convert/convert.hpp"
#include "node/convert/settlement_convert.hpp"

namespace huangpu::node {
namespace {

constexpr std::uint32_t kProofFormatVersion = 1;

void set_position(v1::Position& position, Height height, std::uint32_t index) {
  position.set_height(height.value());
  position.set_index(index);
}

}  // namespace

v1::TransactionStage to_proto(TransactionStage stage) {
  switch (stage) {
    case TransactionStage::kReceived:
      return v1::TRANSACTION_STAGE_RECEIVED;
    case TransactionStage::kAdmitted:
      return v1::TRANSACTION_STAGE_ADMITTED;
    case TransactionStage::kOrdered:
      return v1::TRANSACTION_STAGE_ORDERED;
    case TransactionStage::kExecuted:
      return v1::TRANSACTION_STAGE_EXECUTED;
    case TransactionStage::kFinal:
      return v1::TRANSACTION_STAGE_FINAL;
    case TransactionStage::kRejected:
      return v1::TRANSACTION_STAGE_REJECTED;
    case TransactionStage::kExpired:
      return v1::TRANSACTION_STAGE_EXPIRED;
  }
  return v1::TRANSACTION_STAGE_UNSPECIFIED;
}

v1::TransactionUpdate to_proto(const TransactionUpdate& update) {
  v1::TransactionUpdate proto;
  proto.set_txid(bytes_field(update.txid.bytes()));
  proto.set_submitter(update.submitter.value());
  proto.set_stage(to_proto(update.stage));
  proto.set_code(update.code);
  proto.set_message(update.message);
  if (update.height != Height{0}) {
    set_position(*proto.mutable_position(), update.height, update.index);
  }
  proto.set_certificate_height(update.certificate_height.value());
  return proto;
}

v1::FinalityProof to_proto(const FinalityRecords& records) {
  v1::FinalityProof proto;
  proto.set_format_version(kProofFormatVersion);
  proto.set_height(records.height.value());
  proto.set_commit_message(bytes_field(records.commit_message));
  proto.set_certified_message(bytes_field(records.certified_message));
  proto.set_commit_certificate(bytes_field(records.commit_certificate));
  proto.set_history_path(bytes_field(records.history_path));
  for (const auto& link : records.epochs) {
    auto& epoch = *proto.add_epochs();
    epoch.set_boundary_message(bytes_field(link.boundary_message));
    epoch.set_boundary_certificate(bytes_field(link.boundary_certificate));
    epoch.set_next_epoch_record(bytes_field(link.next_epoch_record));
  }
  return proto;
}

v1::StateProof to_proto(const StateProofRecords& records) {
  v1::StateProof proto;
  proto.set_format_version(kProofFormatVersion);
  proto.set_key(bytes_field(records.key));
  if (records.value) proto.set_value(bytes_field(*records.value));
  proto.set_proof(bytes_field(records.proof));
  *proto.mutable_finality() = to_proto(records.finality);
  return proto;
}

v1::GetReceiptResponse to_proto(const ReceiptAnswer& answer) {
  v1::GetReceiptResponse proto;
  set_position(*proto.mutable_position(), answer.height, answer.index);
  proto.set_code(answer.code);
  proto.set_body(bytes_field(answer.body));
  auto& proof = *proto.mutable_proof();
  proof.set_format_version(kProofFormatVersion);
  proof.set_receipt(bytes_field(answer.receipt));
  proof.set_path(bytes_field(answer.path));
  if (answer.finality) *proof.mutable_finality() = to_proto(*answer.finality);
  return proto;
}

v1::GetBlockResponse to_proto(const BlockAnswer& answer) {
  v1::GetBlockResponse proto;
  proto.set_height(answer.height.value());
  proto.set_block(bytes_field(answer.block));
  proto.set_commit_message(bytes_field(answer.commit_message));
  proto.set_transaction_count(answer.transaction_count);
  return proto;
}

v1::Balance to_proto(const BalanceAnswer& answer) {
  v1::Balance proto;
  proto.set_account(bytes_field(answer.account.bytes()));
  proto.set_asset(answer.asset.value());
  proto.set_units(answer.units.to_string(0));
  proto.set_debits_posted(answer.debits_posted.to_string(0));
  proto.set_credits_posted(answer.credits_posted.to_string(0));
  proto.set_entry_count(answer.entry_count);
  proto.set_history_head(bytes_field(answer.history_head));
  proto.set_last_height(answer.last_height.value());
  return proto;
}

v1::Account to_proto(const AccountAnswer& answer) {
  v1::Account proto;
  proto.set_id(bytes_field(answer.id.bytes()));
  proto.set_participant(answer.participant.value());
  proto.set_number(answer.number);
  proto.set_threshold(answer.threshold);
  for (const auto& key : answer.authority_keys) proto.add_authority_keys(bytes_field(key));
  proto.set_opened_height(answer.opened_height.value());
  return proto;
}

v1::Asset to_proto(const AssetAnswer& answer) {
  v1::Asset proto;
  proto.set_id(answer.id.value());
  proto.set_code(answer.code);
  proto.set_decimals(answer.decimals);
  proto.set_issuer(answer.issuer.value());
  proto.set_units_in_circulation(answer.units_in_circulation.to_string(0));
  return proto;
}

v1::Participant to_proto(const ParticipantAnswer& answer) {
  v1::Participant proto;
  proto.set_id(answer.id.value());
  proto.set_code(answer.code);
  proto.set_name(answer.name);
  for (const auto& role : answer.roles) proto.add_roles(role);
  proto.set_management_threshold(answer.management_threshold);
  proto.set_active_keys(answer.active_keys);
  return proto;
}

v1::Key to_proto(const KeyAnswer& answer) {
  v1::Key proto;
  proto.set_id(bytes_field(answer.id.bytes()));
  proto.set_participant(answer.participant.value());
  proto.set_status(static_cast<v1::KeyStatus>(answer.status));
  proto.set_seat(bytes_field(answer.seat.bytes()));
  proto.set_registered_height(answer.registered_height.value());
  proto.set_suite(static_cast<std::uint32_t>(answer.key.suite()));
  proto.set_public_key(bytes_field(answer.key.bytes()));
  return proto;
}

namespace {

v1::Movement schema(const Movement& movement) {
  v1::Movement entry;
  entry.set_record(movement.record);
  if (movement.debit) entry.set_debit(bytes_field(movement.debit->bytes()));
  if (movement.credit) entry.set_credit(bytes_field(movement.credit->bytes()));
  entry.set_asset(movement.asset.value());
  entry.set_units(movement.units.to_string(0));
  entry.set_code(movement.code);
  entry.set_end_to_end(bytes_field(movement.end_to_end));
  entry.set_purpose(movement.purpose);
  return entry;
}

}  // namespace

v1::SubscribeResponse to_proto(const Event& event) {
  v1::SubscribeResponse proto;
  set_position(*proto.mutable_cursor(), event.cursor.height, event.cursor.index);
  if (event.is_block) {
    auto& block = *proto.mutable_block();
    block.set_height(event.height.value());
    block.set_time_ms(event.time.value());
    block.set_block_hash(bytes_field(event.block_hash));
    block.set_transaction_count(event.transaction_count);
    return proto;
  }
  if (event.change) {
    auto& payment = *proto.mutable_payment();
    set_position(*payment.mutable_position(), event.height, event.index);
    payment.set_time_ms(event.time.value());
    payment.set_payment(bytes_field(event.txid.bytes()));
    payment.set_submitter(event.submitter.value());
    *payment.mutable_change() = to_proto(*event.change);
    for (const auto& movement : event.movements) *payment.mutable_movement() = schema(movement);
    return proto;
  }
  auto& transaction = *proto.mutable_transaction();
  set_position(*transaction.mutable_position(), event.height, event.index);
  transaction.set_time_ms(event.time.value());
  transaction.set_txid(bytes_field(event.txid.bytes()));
  transaction.set_submitter(event.submitter.value());
  transaction.set_operation(event.operation);
  transaction.set_code(event.code);
  transaction.set_reference_id(event.reference_id);
  transaction.set_reference_date(event.reference_date);
  for (const auto& movement : event.movements) {
    *transaction.add_movements() = schema(movement);
  }
  return proto;
}

v1::NodeStatusResponse to_proto(const NodeSnapshot& snapshot) {
  v1::NodeStatusResponse proto;
  proto.set_chain_id(bytes_field(snapshot.chain_id.bytes()));
  proto.set_chain_name(snapshot.chain_name);
  proto.set_node_name(snapshot.node_name);
  proto.set_validator(snapshot.validator);
  proto.set_version(HP_VERSION);
  proto.set_protocol_version(snapshot.protocol_version);
  proto.set_epoch(snapshot.epoch);
  proto.set_view(snapshot.view);
  proto.set_leader(snapshot.leader);
  proto.set_final_height(snapshot.final_height.value());
  proto.set_executed_height(snapshot.executed_height.value());
  proto.set_certified_height(snapshot.certified_height.value());
  proto.set_network_height(snapshot.network_height.value());
  proto.set_certified_time_ms(snapshot.certified_time.value());
  proto.set_ready(is_ready(snapshot));
  proto.set_quarantined(snapshot.quarantined);
  proto.set_waiting_for(snapshot.waiting_for);
  for (const auto& peer : snapshot.peers) {
    auto& entry = *proto.add_peers();
    entry.set_validator(peer.validator);
    entry.set_name(peer.name);
    entry.set_connected(peer.connected);
    entry.set_final_height(peer.final_height.value());
    entry.set_last_heard_ms(peer.last_heard_ms);
  }
  for (const auto& check : snapshot.checks) {
    auto& entry = *proto.add_checks();
    entry.set_name(check.name);
    entry.set_ok(check.ok);
    entry.set_detail(check.detail);
  }
  proto.set_pending_transactions(snapshot.pending_transactions);
  proto.set_pending_bytes(snapshot.pending_bytes);
  proto.set_uptime_ms(snapshot.uptime_ms);
  proto.set_view_deadline_ms(snapshot.view_deadline_ms);
  return proto;
}

v1::SubscribeRequest to_proto(const EventRequest& request) {
  v1::SubscribeRequest proto;
  set_position(*proto.mutable_from(), request.from.height, request.from.index);
  auto& filter = *proto.mutable_filter();
  for (const auto& account : request.accounts) filter.add_accounts(bytes_field(account.bytes()));
  for (const auto asset : request.assets) filter.add_assets(asset.value());
  for (const auto participant : request.participants) {
    filter.add_participants(participant.value());
  }
  proto.set_blocks(request.blocks);
  return proto;
}

v1::ReadOptions to_proto(const ReadOptions& options) {
  v1::ReadOptions proto;
  if (options.height) proto.set_height(options.height->value());
  proto.set_with_proof(options.with_proof);
  return proto;
}

}  // namespace huangpu::node
