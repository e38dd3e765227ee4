#include "node/replica/first_epoch.hpp"

#include <algorithm>

#include "node/replica/epoch_plan.hpp"

namespace huangpu::node {

Result<consensus::EpochRecord> first_epoch(const ledger::Genesis& genesis) {
  return epoch_record(genesis.suite, consensus::kFirstEpoch, ledger::first_settings(genesis));
}

consensus::ChainContext chain_context(const ledger::Genesis& genesis) {
  return {genesis.suite, ledger::chain_id(genesis).value()};
}

SealPolicy seal_policy(const ledger::ConsensusSettings& settings,
                       const consensus::ConsensusParameters& parameters) {
  SealPolicy policy;
  policy.linger_ms = settings.linger_ms;
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
