// What validators run under, and what was proposed, as the chain has it (SPEC W-80).
//
// Every value is proven against the genesis document before it is shown: people decide by it.
#pragma once

#include <cstdint>
#include <vector>

#include "crypto/base/result.hpp"
#include "ledger/types/governance.hpp"
#include "tools/wallet/session.hpp"

namespace huangpu::tools {

struct ChainSettings {
  Height height{0};  // of the state that was read; 0: nothing is certified yet
  ledger::EpochsValue epochs;
  ledger::EpochSettings current;

  // What the next proposal is judged against: the settings that its change is made to, and those of
  // the epoch before the one it would begin.
  [[nodiscard]] const ledger::EpochSettings& predecessor() const;
  [[nodiscard]] const ledger::EpochSettings& base() const;
};

struct ChainProposal {
  std::uint64_t number = 0;
  ledger::ProposalValue value;
};

// kDiverged when a node's answer does not hold.
[[nodiscard]] Result<ChainSettings> chain_settings(Session& session);
// Ascending by number; only open ones unless `all`.
[[nodiscard]] Result<std::vector<ChainProposal>> chain_proposals(Session& session, bool all);
// kNotFound if there was none with this number.
[[nodiscard]] Result<ChainProposal> chain_proposal(Session& session, std::uint64_t number);

}  // namespace huangpu::tools
