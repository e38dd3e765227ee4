#include "node/replica/first_epoch.hpp"

#include <algorithm>
#include <utility>

namespace huangpu::node {

Result<consensus::EpochRecord> first_epoch(const ledger::Genesis& genesis) {
  std::vector<consensus::Validator> validators;
  validators.reserve(genesis.validators.size());
  for (const auto& listed : genesis.validators) {
    consensus::Validator validator;
    validator.index = ValidatorIndex{static_cast<std::uint16_t>(validators.size())};
    validator.name = listed.name;
    validator.key = listed.key;
    validator.tls_pin = listed.tls_pin;
    validators.push_back(std::move(validator));
  }
  consensus::EpochRecord record;
  HP_TRY_ASSIGN(record.set, consensus::ValidatorSet::make(std::move(validators)));

  const ledger::ConsensusSettings& settings = genesis.consensus;
  consensus::ConsensusParameters& p = record.parameters;
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
  p.block_transfers_max = settings.cut_transfers_max;
  p.block_batches_per_lane_max = settings.cut_batches_max;
  p.lane_batches_max = settings.lane_unordered_max;
  HP_TRY(consensus::check(p));
  return record;
}

consensus::ChainContext chain_context(const ledger::Genesis& genesis) {
  return {genesis.suite, ledger::chain_id(genesis).value()};
}

SealPolicy seal_policy(const ledger::Genesis& genesis,
                       const consensus::ConsensusParameters& parameters) {
  SealPolicy policy;
  policy.linger_ms = genesis.consensus.linger_ms;
  policy.batch_bytes_max = parameters.batch_bytes_max;
  policy.batch_bytes = std::min<std::uint64_t>(policy.batch_bytes, parameters.batch_bytes_max);
  policy.batch_envelopes_max = parameters.batch_envelopes_max;
  policy.batch_transfers_max = parameters.batch_transfers_max;
  return policy;
}

ledger::ChainInfo chain_info(const ledger::Genesis& genesis) {
  return {genesis.suite, ledger::chain_id(genesis)};
}

}  // namespace huangpu::node
