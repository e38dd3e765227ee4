// Execution of finalized blocks and the statement about their result (SPEC N-10..N-12).
//
// Wraps the ledger's executor and the history range: block in, commit message out. Pure; used by
// the node's executor thread, by recovery and by the simulator. The caller commits the outcome to
// its state store before the next call.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "consensus/types/block.hpp"
#include "consensus/types/chain.hpp"
#include "consensus/types/commit.hpp"
#include "crypto/hash/mmr.hpp"
#include "ledger/executor/executor.hpp"

namespace huangpu::node {

struct BlockOutcome {
  consensus::CommitMessage commit;
  crypto::Digest commit_digest;
  ledger::BlockOutput output;
  std::vector<crypto::MmrNode>
      history_nodes;  // what this block's commit message adds to the history range
};

class ChainExecutor {
 public:
  // `history` holds the commit digests of all earlier heights. `executor` outlives this.
  ChainExecutor(consensus::ChainContext chain, ledger::Executor& executor, crypto::Mmr history);

  // Errors are those of ledger::Executor::execute; nothing has changed then.
  [[nodiscard]] Result<BlockOutcome> execute(
      const consensus::BlockHeader& header, const crypto::Digest& hash,
      std::vector<std::shared_ptr<const ledger::DecodedBatch>> batches);

  [[nodiscard]] const crypto::Mmr& history() const { return history_; }

 private:
  const consensus::ChainContext chain_;
  ledger::Executor& executor_;
  crypto::Mmr history_;
};

}  // namespace huangpu::node
