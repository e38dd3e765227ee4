#include "ledger/codec/governance_body.hpp"

#include <string>

#include "huangpu/v1/transaction.pb.h"

namespace huangpu::ledger {
namespace {

std::string text_of(ByteView bytes) { return std::string(as_text(bytes)); }

struct ChangeWriter {
  v1::ProposeChange& message;

  void operator()(const AddValidator& op) const {
    auto& add = *message.mutable_add_validator();
    add.set_name(op.member.name);
    add.set_participant(op.member.participant.value());
    add.set_suite(static_cast<std::uint32_t>(op.member.key.suite()));
    add.set_public_key(text_of(op.member.key.bytes()));
    add.set_weight(op.member.weight);
    add.set_tls_pin(text_of(op.member.tls_pin.bytes()));
    add.set_endpoint(op.member.endpoint);
  }
  void operator()(const RemoveValidator& op) const {
    message.mutable_remove_validator()->set_name(op.name);
  }
  void operator()(const UpdateValidator& op) const {
    auto& update = *message.mutable_update_validator();
    update.set_name(op.name);
    if (op.key) {
      update.set_suite(static_cast<std::uint32_t>(op.key->suite()));
      update.set_public_key(text_of(op.key->bytes()));
    }
    update.set_weight(op.weight.value_or(0));
    if (op.tls_pin) update.set_tls_pin(text_of(op.tls_pin->bytes()));
    update.set_endpoint(op.endpoint.value_or(std::string()));
  }
  void operator()(const SetParameters& op) const {
    auto& parameters = *message.mutable_set_parameters();
    auto& consensus = *parameters.mutable_consensus();
    consensus.set_finality_lag_blocks(op.consensus.finality_lag_blocks);
    consensus.set_view_window(op.consensus.view_window);
    consensus.set_propose_timeout_ms(op.consensus.propose_timeout_ms);
    consensus.set_certify_timeout_ms(op.consensus.certify_timeout_ms);
    consensus.set_repropose_timeout_ms(op.consensus.repropose_timeout_ms);
    consensus.set_skip_timeout_ms(op.consensus.skip_timeout_ms);
    consensus.set_backoff_cap(op.consensus.backoff_cap);
    consensus.set_drift_max_ms(op.consensus.drift_max_ms);
    consensus.set_linger_ms(op.consensus.linger_ms);
    consensus.set_batch_bytes_max(op.consensus.batch_bytes_max);
    consensus.set_batch_envelopes_max(op.consensus.batch_envelopes_max);
    consensus.set_lane_unordered_max(op.consensus.lane_unordered_max);
    consensus.set_cut_batches_max(op.consensus.cut_batches_max);
    consensus.set_cut_transfers_max(op.consensus.cut_transfers_max);
    auto& ledger = *parameters.mutable_ledger();
    ledger.set_replay_window_seconds(op.ledger.replay_window_seconds);
    ledger.set_reference_days(op.ledger.reference_days);
    auto& governance = *parameters.mutable_governance();
    governance.set_approvals(op.governance.approvals);
    governance.set_proposal_hours(op.governance.proposal_hours);
  }
  void operator()(const ActivateRevision& op) const {
    message.mutable_activate_revision()->set_revision(op.revision);
  }
};

tl::unexpected<Error> refuse(const std::string& what) {
  return fail(Errc::kMalformed, "transaction: " + what);
}

Result<crypto::PublicKey> read_key(std::uint32_t suite, const std::string& bytes) {
  HP_TRY_ASSIGN(const auto known, crypto::parse_suite(suite));
  return crypto::PublicKey::from_raw(known, as_bytes(bytes));
}

Result<crypto::Digest> read_pin(const std::string& bytes) {
  if (bytes.size() != crypto::Digest::kSizeBytes) return refuse("transport pin is not 32 bytes");
  return crypto::Digest::from(as_bytes(bytes));
}

Status check_texts(const std::string& name, const std::string& endpoint) {
  if (name.empty() || name.size() > kMemberNameCharsMax) return refuse("validator name too long");
  if (endpoint.size() > kEndpointCharsMax) return refuse("endpoint too long");
  return {};
}

Result<GovernanceChange> read(const v1::AddValidator& message) {
  HP_TRY(check_texts(message.name(), message.endpoint()));
  AddValidator op;
  op.member.name = message.name();
  op.member.participant = ParticipantId(message.participant());
  HP_TRY_ASSIGN(op.member.key, read_key(message.suite(), message.public_key()));
  op.member.weight = message.weight();
  HP_TRY_ASSIGN(op.member.tls_pin, read_pin(message.tls_pin()));
  op.member.endpoint = message.endpoint();
  return op;
}

Result<GovernanceChange> read(const v1::UpdateValidator& message) {
  HP_TRY(check_texts(message.name(), message.endpoint()));
  UpdateValidator op;
  op.name = message.name();
  if (!message.public_key().empty()) {
    HP_TRY_ASSIGN(op.key, read_key(message.suite(), message.public_key()));
  } else if (message.suite() != 0) {
    return refuse("a suite without a key");
  }
  if (message.weight() != 0) op.weight = message.weight();
  if (!message.tls_pin().empty()) {
    HP_TRY_ASSIGN(op.tls_pin, read_pin(message.tls_pin()));
  }
  if (!message.endpoint().empty()) op.endpoint = message.endpoint();
  if (!op.key && !op.weight && !op.tls_pin && !op.endpoint) return refuse("nothing to change");
  return op;
}

Result<GovernanceChange> read(const v1::SetParameters& message) {
  if (!message.has_consensus() || !message.has_ledger() || !message.has_governance()) {
    return refuse("parameters are incomplete");
  }
  SetParameters op;
  op.consensus.finality_lag_blocks = message.consensus().finality_lag_blocks();
  op.consensus.view_window = message.consensus().view_window();
  op.consensus.propose_timeout_ms = message.consensus().propose_timeout_ms();
  op.consensus.certify_timeout_ms = message.consensus().certify_timeout_ms();
  op.consensus.repropose_timeout_ms = message.consensus().repropose_timeout_ms();
  op.consensus.skip_timeout_ms = message.consensus().skip_timeout_ms();
  op.consensus.backoff_cap = message.consensus().backoff_cap();
  op.consensus.drift_max_ms = message.consensus().drift_max_ms();
  op.consensus.linger_ms = message.consensus().linger_ms();
  op.consensus.batch_bytes_max = message.consensus().batch_bytes_max();
  op.consensus.batch_envelopes_max = message.consensus().batch_envelopes_max();
  op.consensus.lane_unordered_max = message.consensus().lane_unordered_max();
  op.consensus.cut_batches_max = message.consensus().cut_batches_max();
  op.consensus.cut_transfers_max = message.consensus().cut_transfers_max();
  op.ledger.replay_window_seconds = message.ledger().replay_window_seconds();
  op.ledger.reference_days = message.ledger().reference_days();
  op.governance.approvals = message.governance().approvals();
  op.governance.proposal_hours = message.governance().proposal_hours();
  return op;
}

}  // namespace

void write_change(const ProposeChange& operation, v1::ProposeChange& message) {
  message.set_expires_ms(operation.expires.value());
  std::visit(ChangeWriter{message}, operation.change);
}

Result<ProposeChange> read_change(const v1::ProposeChange& message) {
  ProposeChange operation;
  operation.expires = TimestampMs(message.expires_ms());
  switch (message.change_case()) {
    case v1::ProposeChange::kAddValidator: {
      HP_TRY_ASSIGN(operation.change, read(message.add_validator()));
      return operation;
    }
    case v1::ProposeChange::kRemoveValidator:
      HP_TRY(check_texts(message.remove_validator().name(), {}));
      operation.change = RemoveValidator{message.remove_validator().name()};
      return operation;
    case v1::ProposeChange::kUpdateValidator: {
      HP_TRY_ASSIGN(operation.change, read(message.update_validator()));
      return operation;
    }
    case v1::ProposeChange::kSetParameters: {
      HP_TRY_ASSIGN(operation.change, read(message.set_parameters()));
      return operation;
    }
    case v1::ProposeChange::kActivateRevision:
      operation.change = ActivateRevision{message.activate_revision().revision()};
      return operation;
    case v1::ProposeChange::CHANGE_NOT_SET:
      break;
  }
  return refuse("no change");
}

}  // namespace huangpu::ledger
