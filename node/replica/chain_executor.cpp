#include "node/replica/chain_executor.hpp"

#include <utility>

#include "consensus/codec/hashing.hpp"

namespace huangpu::node {

ChainExecutor::ChainExecutor(consensus::ChainContext chain, ledger::Executor& executor,
                             crypto::Mmr history)
    : chain_(chain), executor_(executor), history_(std::move(history)) {}

Result<BlockOutcome> ChainExecutor::execute(
    const consensus::BlockHeader& header, const crypto::Digest& hash,
    std::vector<std::shared_ptr<const ledger::DecodedBatch>> batches) {
  ledger::BlockInput input;
  input.context = {header.height, header.timestamp, header.epoch};
  input.batches = std::move(batches);

  BlockOutcome outcome;
  HP_TRY_ASSIGN(outcome.output, executor_.execute(input));
  outcome.commit.genesis = chain_.genesis;
  outcome.commit.epoch = header.epoch;
  outcome.commit.height = header.height;
  outcome.commit.block_hash = hash;
  outcome.commit.timestamp = header.timestamp;
  outcome.commit.state_root = outcome.output.state_root;
  outcome.commit.receipts_root = outcome.output.receipts_root;
  outcome.commit.history_root = history_.root();
  outcome.commit.next_epoch_hash = header.next_epoch_hash;
  outcome.commit_digest = consensus::commit_digest(chain_.suite, outcome.commit);
  history_.append(outcome.commit_digest, &outcome.history_nodes);
  return outcome;
}

}  // namespace huangpu::node
