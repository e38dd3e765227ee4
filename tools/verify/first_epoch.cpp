#include "tools/verify/first_epoch.hpp"

#include <utility>
#include <vector>

namespace huangpu::tools {
namespace {

Result<consensus::ValidatorSet> validators_of(const ledger::EpochSettings& settings) {
  std::vector<consensus::Validator> members(settings.members.size());
  for (std::size_t i = 0; i < members.size(); ++i) {
    const ledger::Member& entry = settings.members[i];
    members[i] = consensus::Validator{
        .index = ValidatorIndex{static_cast<std::uint16_t>(i)},
        .name = entry.name,
        .key = entry.key,
        .weight = entry.weight,
        .tls_pin = entry.tls_pin,
    };
  }
  return consensus::ValidatorSet::make(std::move(members));
}

// What the settings do not state keeps the protocol's own default.
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
  // A batch of full size has room in a block.
  if (parameters.batch_transfers_max > settings.cut_transfers_max)
    parameters.batch_transfers_max = settings.cut_transfers_max;
  return parameters;
}

}  // namespace

Result<consensus::EpochRecord> epoch_record(crypto::SuiteId suite, Epoch epoch,
                                            const ledger::EpochSettings& settings) {
  if (settings.members.size() > consensus::kValidatorsMax) {
    return fail(Errc::kConfig, "settings: more validators than an epoch may have");
  }
  auto set = validators_of(settings);
  if (!set) return fail(Errc::kConfig, "settings: " + set.error().message);
  const auto parameters = parameters_of(settings.consensus);
  if (const Status sound = consensus::check(parameters); !sound) {
    return fail(Errc::kConfig, "settings: " + sound.error().message);
  }
  return consensus::EpochRecord{
      .epoch = epoch,
      .set = std::move(*set),
      .parameters = parameters,
      .revision = settings.revision,
      .settings = ledger::settings_digest(suite, settings),
  };
}

Result<consensus::EpochRecord> first_epoch(const ledger::Genesis& genesis) {
  return epoch_record(genesis.suite, consensus::kFirstEpoch, ledger::first_settings(genesis));
}

consensus::ChainContext consensus_chain(const ledger::Genesis& genesis) {
  return {genesis.suite, ledger::chain_id(genesis).value()};
}

ledger::ChainInfo ledger_chain(const ledger::Genesis& genesis) {
  return {genesis.suite, ledger::chain_id(genesis)};
}

}  // namespace huangpu::tools
