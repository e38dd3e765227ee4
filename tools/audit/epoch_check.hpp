// Epochs as the audit sees them: what the state announced, and who declared itself ready (SPEC A-30
// to A-33). Written from the rules, without code of the node. Pure.
#pragma once

#include <string>
#include <vector>

#include "consensus/types/chain.hpp"
#include "crypto/hash/digest.hpp"
#include "ledger/executor/executor.hpp"
#include "tools/audit/pending_block.hpp"

namespace huangpu::tools {

class EpochCheck {
 public:
  explicit EpochCheck(consensus::ChainContext chain) : chain_(chain) {}

  // Before the block is executed: the hash of the record that the state announced for its height,
  // or zero. A finding if the header says anything else, or is under another record than the
  // state's.
  [[nodiscard]] Checked<crypto::Digest> end_at(const ledger::Executor& executor,
                                               const PendingBlock& block) const;

  // Members of the pending settings that the block's system items prove ready.
  [[nodiscard]] std::vector<std::string> ready_in(const ledger::Executor& executor,
                                                  const PendingBlock& block) const;

 private:
  consensus::ChainContext chain_;
};

}  // namespace huangpu::tools
