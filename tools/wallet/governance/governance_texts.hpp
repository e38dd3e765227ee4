// Settings and proposals in the words of the command line (SPEC W-81, W-82). Pure.
#pragma once

#include <vector>

#include "ledger/types/governance.hpp"
#include "tools/cli/output.hpp"
#include "tools/wallet/governance/chain_settings.hpp"

namespace huangpu::tools {

[[nodiscard]] Fields fields_of(Session& session, const ChainSettings& chain);
[[nodiscard]] Table table_of(Session& session, const std::vector<ChainProposal>& proposals);
[[nodiscard]] Fields fields_of(Session& session, const ChainProposal& proposal,
                               const ChainSettings& chain);
// What the change would do to the settings it is made to, or why it would be refused.
[[nodiscard]] Fields simulation_of(const ChainSettings& chain,
                                   const ledger::GovernanceChange& change,
                                   const ledger::ChangeOutcome& outcome);

// A sentence for each difference between two settings; empty if there is none.
[[nodiscard]] std::vector<std::string> differences(const ledger::EpochSettings& from,
                                                   const ledger::EpochSettings& to);

}  // namespace huangpu::tools
