// Parameters by the names they have in the genesis document: "consensus.view_window" and so on.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "ledger/types/settings.hpp"

namespace huangpu::ledger {

// Calls `visit` with the name and the field of each parameter, in the order of the document.
// `Settings` has the parts `consensus`, `ledger` and `governance`, and may be const.
template <class Settings, class Visit>
void visit_parameters(Settings& settings, Visit visit) {
  auto& c = settings.consensus;
  visit("consensus.finality_lag_blocks", c.finality_lag_blocks);
  visit("consensus.view_window", c.view_window);
  visit("consensus.propose_timeout_ms", c.propose_timeout_ms);
  visit("consensus.certify_timeout_ms", c.certify_timeout_ms);
  visit("consensus.repropose_timeout_ms", c.repropose_timeout_ms);
  visit("consensus.skip_timeout_ms", c.skip_timeout_ms);
  visit("consensus.backoff_cap", c.backoff_cap);
  visit("consensus.drift_max_ms", c.drift_max_ms);
  visit("consensus.linger_ms", c.linger_ms);
  visit("consensus.batch_bytes_max", c.batch_bytes_max);
  visit("consensus.batch_envelopes_max", c.batch_envelopes_max);
  visit("consensus.lane_unordered_max", c.lane_unordered_max);
  visit("consensus.cut_batches_max", c.cut_batches_max);
  visit("consensus.cut_transfers_max", c.cut_transfers_max);
  visit("ledger.replay_window_seconds", settings.ledger.replay_window_seconds);
  visit("ledger.reference_days", settings.ledger.reference_days);
  visit("governance.approvals", settings.governance.approvals);
  visit("governance.proposal_hours", settings.governance.proposal_hours);
}

// All of them with their values.
template <class Settings>
[[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> list_parameters(
    const Settings& settings) {
  std::vector<std::pair<std::string, std::uint64_t>> list;
  visit_parameters(settings,
                   [&](const char* name, std::uint32_t value) { list.emplace_back(name, value); });
  return list;
}

}  // namespace huangpu::ledger
