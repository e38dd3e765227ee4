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
  // `epoch` outlives the check.
  ResultCheck(consensus::ChainContext chain, const consensus::EpochRecord& epoch)
      : chain_(chain), epoch_(epoch), history_(chain.suite) {}

  // Blocks in order of height. On success the history range has grown by the block's message.
  [[nodiscard]] Checked<void> compare(PendingBlock& block, const ledger::BlockOutput& output);

 private:
  [[nodiscard]] consensus::CommitMessage message_of(const PendingBlock& block,
                                                    const ledger::BlockOutput& output) const;
  [[nodiscard]] Finding difference(const consensus::CommitMessage& computed,
                                   const consensus::CommitMessage& stated,
                                   const ledger::BlockOutput& output) const;

  consensus::ChainContext chain_;
  const consensus::EpochRecord& epoch_;
  crypto::Mmr history_;
  std::optional<Height> unrecorded_;  // first height without a commit message
};

}  // namespace huangpu::tools
