#include "node/replica/epoch_plan.hpp"

#include <algorithm>
#include <utility>

#include "consensus/codec/certificate_codec.hpp"
#include "consensus/codec/hashing.hpp"
#include "consensus/codec/verify.hpp"

namespace huangpu::node {
namespace {

consensus::ConsensusParameters parameters_of(const ledger::ConsensusSettings& settings) {
  consensus::ConsensusParameters p;
  p.lag_blocks = settings.finality_lag_blocks;
  p.leader_window = settings.view_window;
  p.clock_drift_ms = settings.drift_max_ms;
  p.proposal_ms = settings.propose_timeout_ms;
  p.certificate_ms = settings.certify_timeout_ms;
  p.retry_ms = settings.repropose_timeout_ms;
  p.silence_ms = settings.skip_timeout_ms;
  p.backoff_max = settings.backoff_cap;
  p.batch_bytes_max = settings.batch_bytes_max;
  p.batch_envelopes_max = settings.batch_envelopes_max;
  p.batch_transfers_max = std::min(p.batch_transfers_max, settings.cut_transfers_max);
  p.block_transfers_max = settings.cut_transfers_max;
  p.block_batches_per_lane_max = settings.cut_batches_max;
  p.lane_batches_max = settings.lane_unordered_max;
  return p;
}

}  // namespace

Result<consensus::EpochRecord> epoch_record(crypto::SuiteId suite, Epoch epoch,
                                            const ledger::EpochSettings& settings) {
  std::vector<consensus::Validator> validators;
  validators.reserve(settings.members.size());
  for (const ledger::Member& member : settings.members) {
    consensus::Validator validator;
    validator.index = ValidatorIndex{static_cast<std::uint16_t>(validators.size())};
    validator.name = member.name;
    validator.key = member.key;
    validator.weight = member.weight;
    validator.tls_pin = member.tls_pin;
    validators.push_back(std::move(validator));
  }
  consensus::EpochRecord record;
  record.epoch = epoch;
  HP_TRY_ASSIGN(record.set, consensus::ValidatorSet::make(std::move(validators)));
  record.parameters = parameters_of(settings.consensus);
  record.revision = settings.revision;
  record.settings = ledger::settings_digest(suite, settings);
  HP_TRY(consensus::check(record.parameters));
  return record;
}

Result<SharedPlan> make_plan(crypto::SuiteId suite, const ledger::EpochsValue& epochs,
                             const ledger::EpochSettings& current) {
  auto plan = std::make_shared<EpochPlan>();
  HP_TRY_ASSIGN(plan->current, epoch_record(suite, epochs.current, current));
  plan->start = epochs.start;
  plan->ready = epochs.ready;
  Epoch next = epochs.current.next();
  if (epochs.announced) {
    HP_TRY_ASSIGN(plan->next, epoch_record(suite, next, epochs.announced->settings));
    plan->end =
        consensus::EpochEnd{epochs.announced->end_at, consensus::epoch_hash(suite, *plan->next)};
    plan->to_come = epochs.announced->settings.members;
    next = next.next();
  }
  if (epochs.pending) {
    HP_TRY_ASSIGN(plan->pending, epoch_record(suite, next, *epochs.pending));
    plan->pending_hash = consensus::epoch_hash(suite, *plan->pending);
    const auto& members = epochs.pending->members;
    plan->to_come.insert(plan->to_come.end(), members.begin(), members.end());
  }
  return SharedPlan(std::move(plan));
}

// SPEC N-342: what does not decode, or is for another record, proves nothing.
std::vector<std::string> ready_members(const consensus::ChainContext& chain,
                                       const crypto::Verifier& verifier, const EpochPlan& plan,
                                       const std::vector<Bytes>& system_items) {
  std::vector<std::string> names;
  if (!plan.pending) return names;
  const consensus::VerifyContext context{chain, plan.pending->epoch, plan.pending->set, verifier};
  for (const Bytes& item : system_items) {
    const auto ready = consensus::decode_system_item(item);
    if (!ready || ready->epoch_hash != plan.pending_hash) continue;
    if (!consensus::verify_ready(context, *ready)) continue;
    names.push_back(plan.pending->set.at(ready->signer).name);
  }
  return names;
}

}  // namespace huangpu::node
