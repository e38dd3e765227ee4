// Compares what execution gives with what the chain says it gave: recorded commit messages and
// commit certificates (SPEC A-25..A-28).
//
// One thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "consensus/types/chain.hpp"
#include "consensus/types/epoch.hpp"
#include "crypto/hash/mmr.hpp"
#include "ledger/executor/executor.hpp"
#include "tools/audit/pending_block.hpp"

namespace huangpu::tools {

class ResultCheck {
 public:
  explicit ResultCheck(consensus::ChainContext chain) : chain_(chain), history_(chain.suite) {}

  // Blocks in order of height. `next_epoch` is the hash of the record the state announced for this
  // height, or zero. On success the history range has grown by the block's message.
  [[nodiscard]] Checked<void> compare(PendingBlock& block, const ledger::BlockOutput& output,
                                      const crypto::Digest& next_epoch);

 private:
  [[nodiscard]] consensus::CommitMessage message_of(const PendingBlock& block,
                                                    const ledger::BlockOutput& output,
                                                    const crypto::Digest& next_epoch) const;
  [[nodiscard]] Finding difference(const consensus::CommitMessage& computed,
                                   const consensus::CommitMessage& stated,
                                   const ledger::BlockOutput& output) const;

  consensus::ChainContext chain_;
  crypto::Mmr history_;
  std::optional<Height> unrecorded_;  // first height without a commit message
};

}  // namespace huangpu::tools
