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
#include "crypto/sign/verifier.hpp"
#include "ledger/executor/executor.hpp"
#include "node/replica/epoch_plan.hpp"

namespace huangpu::node {

struct BlockOutcome {
  consensus::CommitMessage commit;
  crypto::Digest commit_digest;
  ledger::BlockOutput output;
  std::vector<crypto::MmrNode>
      history_nodes;  // what this block's commit message adds to the history range
  SharedPlan plan;    // after the block
};

class ChainExecutor {
 public:
  // `history` holds the commit digests of all earlier heights. `executor` and `verifier` outlive
  // this.
  [[nodiscard]] static Result<std::unique_ptr<ChainExecutor>> open(
      consensus::ChainContext chain, ledger::Executor& executor, crypto::Mmr history,
      const crypto::Verifier& verifier = crypto::default_verifier());

  // Errors are those of ledger::Executor::execute; nothing has changed then. kDiverged also when
  // the block ends the epoch where the state does not, or the other way round.
  [[nodiscard]] Result<BlockOutcome> execute(
      const consensus::Block& block, const crypto::Digest& hash,
      std::vector<std::shared_ptr<const ledger::DecodedBatch>> batches);

  [[nodiscard]] const crypto::Mmr& history() const { return history_; }
  // After the last executed block. Never null.
  [[nodiscard]] const SharedPlan& plan() const { return plan_; }

 private:
  ChainExecutor(consensus::ChainContext chain, ledger::Executor& executor, crypto::Mmr history,
                const crypto::Verifier& verifier);

  const consensus::ChainContext chain_;
  ledger::Executor& executor_;
  const crypto::Verifier& verifier_;
  crypto::Mmr history_;
  SharedPlan plan_;
};

}  // namespace huangpu::node
