#include "node/replica/chain_executor.hpp"

#include <utility>

#include "consensus/codec/hashing.hpp"

namespace huangpu::node {
namespace {

// SPEC C-33, N-341: the header says what the state announced, which every voter has checked.
Result<crypto::Digest> next_epoch_of(const EpochPlan& before,
                                     const consensus::BlockHeader& header) {
  const bool ends = before.end && before.end->height == header.height;
  const crypto::Digest expected = ends ? before.end->next_epoch_hash : crypto::Digest{};
  if (header.next_epoch_hash == expected) return expected;
  return fail(Errc::kDiverged, "block " + std::to_string(header.height.value()) +
                                   " names another end of the epoch than the state announced");
}

}  // namespace

ChainExecutor::ChainExecutor(consensus::ChainContext chain, ledger::Executor& executor,
                             crypto::Mmr history, const crypto::Verifier& verifier)
    : chain_(chain), executor_(executor), verifier_(verifier), history_(std::move(history)) {}

Result<std::unique_ptr<ChainExecutor>> ChainExecutor::open(consensus::ChainContext chain,
                                                           ledger::Executor& executor,
                                                           crypto::Mmr history,
                                                           const crypto::Verifier& verifier) {
  std::unique_ptr<ChainExecutor> made(
      new ChainExecutor(chain, executor, std::move(history), verifier));
  HP_TRY_ASSIGN(made->plan_, make_plan(chain.suite, executor.epochs(), executor.settings()));
  return made;
}

Result<BlockOutcome> ChainExecutor::execute(
    const consensus::Block& block, const crypto::Digest& hash,
    std::vector<std::shared_ptr<const ledger::DecodedBatch>> batches) {
  const consensus::BlockHeader& header = block.header;
  ledger::BlockInput input;
  input.context = {header.height, header.timestamp, header.epoch};
  input.batches = std::move(batches);
  input.ready = ready_members(chain_, verifier_, *plan_, block.system);

  BlockOutcome outcome;
  HP_TRY_ASSIGN(outcome.commit.next_epoch_hash, next_epoch_of(*plan_, header));
  HP_TRY_ASSIGN(outcome.output, executor_.execute(input));
  if (outcome.output.epochs_changed) {
    HP_TRY_ASSIGN(plan_, make_plan(chain_.suite, executor_.epochs(), executor_.settings()));
  }
  outcome.plan = plan_;
  outcome.commit.genesis = chain_.genesis;
  outcome.commit.epoch = header.epoch;
  outcome.commit.height = header.height;
  outcome.commit.block_hash = hash;
  outcome.commit.timestamp = header.timestamp;
  outcome.commit.state_root = outcome.output.state_root;
  outcome.commit.receipts_root = outcome.output.receipts_root;
  outcome.commit.history_root = history_.root();
  outcome.commit_digest = consensus::commit_digest(chain_.suite, outcome.commit);
  history_.append(outcome.commit_digest, &outcome.history_nodes);
  return outcome;
}

}  // namespace huangpu::node
