#include "tools/verify/first_epoch.hpp"

#include <utility>
#include <vector>

namespace huangpu::tools {
namespace {

Result<consensus::ValidatorSet> validators_of(const ledger::Genesis& genesis) {
  std::vector<consensus::Validator> members(genesis.validators.size());
  for (std::size_t i = 0; i < members.size(); ++i) {
    const ledger::GenesisValidator& entry = genesis.validators[i];
    members[i] = consensus::Validator{
        .index = ValidatorIndex{static_cast<std::uint16_t>(i)},
        .name = entry.name,
        .key = entry.key,
        .weight = 1,
        .tls_pin = entry.tls_pin,
    };
  }
  return consensus::ValidatorSet::make(std::move(members));
}

// What genesis does not state keeps the protocol's own default.
consensus::ConsensusParameters parameters_of(const ledger::ConsensusSettings& settings) {
  consensus::ConsensusParameters parameters;
  parameters.lag_blocks = settings.finality_lag_blocks;
  parameters.leader_window = settings.view_window;
  parameters.clock_drift_ms = settings.drift_max_ms;
  parameters.proposal_ms = settings.propose_timeout_ms;
  parameters.certificate_ms = settings.certify_timeout_ms;
  parameters.retry_ms = settings.repropose_timeout_ms;
  parameters.silence_ms = settings.skip_timeout_ms;
  parameters.backoff_max = settings.backoff_cap;
  parameters.batch_bytes_max = settings.batch_bytes_max;
  parameters.batch_envelopes_max = settings.batch_envelopes_max;
  parameters.lane_batches_max = settings.lane_unordered_max;
  parameters.block_batches_per_lane_max = settings.cut_batches_max;
  parameters.block_transfers_max = settings.cut_transfers_max;
  return parameters;
}

}  // namespace

Result<consensus::EpochRecord> first_epoch(const ledger::Genesis& genesis) {
  if (genesis.validators.size() > consensus::kValidatorsMax) {
    return fail(Errc::kConfig, "genesis: more validators than an epoch may have");
  }
  auto set = validators_of(genesis);
  if (!set) return fail(Errc::kConfig, "genesis: " + set.error().message);
  const auto parameters = parameters_of(genesis.consensus);
  if (const Status sound = consensus::check(parameters); !sound) {
    return fail(Errc::kConfig, "genesis: " + sound.error().message);
  }
  return consensus::EpochRecord{
      .epoch = consensus::kFirstEpoch,
      .set = std::move(*set),
      .parameters = parameters,
      .revision = 1,
  };
}

consensus::ChainContext consensus_chain(const ledger::Genesis& genesis) {
  return {genesis.suite, ledger::chain_id(genesis).value()};
}

ledger::ChainInfo ledger_chain(const ledger::Genesis& genesis) {
  return {genesis.suite, ledger::chain_id(genesis)};
}

}  // namespace huangpu::tools
