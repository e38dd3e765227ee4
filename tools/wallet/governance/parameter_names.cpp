#include "tools/wallet/governance/parameter_names.hpp"

#include <limits>

#include "tools/cli/arguments.hpp"

namespace huangpu::tools {
namespace {

// Calls with the name and the field of each parameter; `Settings` may be const.
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

}  // namespace

std::vector<std::pair<std::string, std::uint64_t>> list_parameters(
    const ledger::EpochSettings& settings) {
  std::vector<std::pair<std::string, std::uint64_t>> list;
  visit_parameters(settings,
                   [&](const char* name, std::uint32_t value) { list.emplace_back(name, value); });
  return list;
}

Status set_parameter(ledger::EpochSettings& settings, const std::string& assignment) {
  const std::size_t equals = assignment.find('=');
  const std::string wanted = assignment.substr(0, equals);
  const auto number =
      parse_number(equals == std::string::npos ? "" : assignment.substr(equals + 1));
  if (!number || *number > std::numeric_limits<std::uint32_t>::max()) {
    return fail(Errc::kInvalidArgument,
                "--set \"" + assignment + "\": expected NAME=NUMBER, as consensus.view_window=2");
  }
  bool found = false;
  std::string names;
  visit_parameters(settings, [&](const char* name, std::uint32_t& value) {
    names += (names.empty() ? "" : ", ") + std::string(name);
    if (wanted != name) return;
    value = static_cast<std::uint32_t>(*number);
    found = true;
  });
  if (found) return {};
  return fail(Errc::kInvalidArgument,
              "--set: there is no parameter \"" + wanted + "\"; there are " + names);
}

}  // namespace huangpu::tools
