// Where the chain stands between two epochs, in the words of consensus (SPEC N-340 to N-342).
//
// The ledger keeps settings, consensus signs under epoch records; this is the one place that turns
// the first into the second. Pure.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "consensus/types/commit.hpp"
#include "consensus/types/epoch.hpp"
#include "crypto/sign/verifier.hpp"
#include "ledger/types/governance.hpp"

namespace huangpu::node {

// As of the end of some executed block.
struct EpochPlan {
  consensus::EpochRecord current;  // of the next block
  Height start;                    // of the current epoch
  // What accepted proposals made: it waits for members that are ready.
  std::optional<consensus::EpochRecord> pending;
  crypto::Digest pending_hash;
  std::vector<std::string> ready;  // names, ascending
  // What was announced: the boundary, and the record behind it.
  std::optional<consensus::EpochEnd> end;
  std::optional<consensus::EpochRecord> next;
  // Members of the announced and of the pending settings, in this order: how they will be reached.
  std::vector<ledger::Member> to_come;
};
using SharedPlan = std::shared_ptr<const EpochPlan>;

// Errors: what ValidatorSet::make and check(ConsensusParameters) refuse. The ledger's own rules
// leave nothing for them to refuse (SPEC L-125).
[[nodiscard]] Result<consensus::EpochRecord> epoch_record(crypto::SuiteId suite, Epoch epoch,
                                                          const ledger::EpochSettings& settings);
[[nodiscard]] Result<SharedPlan> make_plan(crypto::SuiteId suite, const ledger::EpochsValue& epochs,
                                           const ledger::EpochSettings& current);

// The members that the block's system items prove ready for the pending record, by name. What
// proves nothing is passed over.
[[nodiscard]] std::vector<std::string> ready_members(const consensus::ChainContext& chain,
                                                     const crypto::Verifier& verifier,
                                                     const EpochPlan& plan,
                                                     const std::vector<Bytes>& system_items);

}  // namespace huangpu::node
