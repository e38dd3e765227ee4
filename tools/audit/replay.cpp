#include "tools/audit/replay.hpp"

#include <algorithm>
#include <deque>
#include <thread>
#include <utility>

#include "crypto/hash/mmr.hpp"
#include "ledger/executor/executor.hpp"
#include "tools/audit/block_reader.hpp"
#include "tools/audit/epoch_check.hpp"
#include "tools/audit/result_check.hpp"
#include "tools/audit/state_map.hpp"
#include "tools/verify/first_epoch.hpp"

namespace huangpu::tools {
namespace {

constexpr std::size_t kQueuedJobsPerThread = 64;

Finding unusable_genesis(const Error& error) {
  Finding finding;
  finding.check = Check::kGenesis;
  finding.code = error.code;
  finding.subject = "genesis";
  finding.message = error.message;
  return finding;
}

Finding failed_execution(const PendingBlock& block, const Error& error) {
  Finding finding;
  // The executor's only verdict of its own is on conservation (SPEC L-62); all else means that the
  // state does not decode or that the block is none it can execute.
  finding.check = error.code == Errc::kDiverged ? Check::kConservation : Check::kExecution;
  finding.code = Errc::kDiverged;
  finding.height = block.height;
  finding.offset = block.offset;
  finding.subject = "block " + std::to_string(block.height.value());
  finding.message = error.message;
  return finding;
}

// Execution in the order of heights, and the comparison with what the chain says.
class Execution {
 public:
  explicit Execution(const ledger::Genesis& genesis)
      : genesis_(genesis),
        chain_(consensus_chain(genesis)),
        results_(chain_),
        tree_(genesis.suite) {}

  [[nodiscard]] Checked<void> open() {
    auto first = ledger::apply_genesis(genesis_, tree_);
    if (!first) return report(unusable_genesis(first.error()));
    state_.commit(std::move(first->entries));
    auto executor = ledger::Executor::open(genesis_, state_, tree_);
    if (!executor) return report(unusable_genesis(executor.error()));
    executor_ = std::move(*executor);
    return {};
  }

  // The first thing that is wrong with the block, in the order of A-4.
  [[nodiscard]] Checked<void> take(PendingBlock& block) {
    block.wait();
    if (block.justification) return report(std::move(*block.justification));
    for (PendingBatch& batch : block.batches) {
      if (batch.finding) return report(std::move(*batch.finding));
    }
    if (block.reading) return report(std::move(*block.reading));

    ledger::BlockInput input;
    const consensus::BlockHeader& header = block.record.stored.block.header;
    input.context = {block.height, header.timestamp, header.epoch};
    for (PendingBatch& batch : block.batches) input.batches.push_back(batch.decoded);
    HP_CHECK_ASSIGN(const crypto::Digest next_epoch, epochs_.end_at(*executor_, block));
    input.ready = epochs_.ready_in(*executor_, block);
    auto output = executor_->execute(input);
    if (!output) return report(failed_execution(block, output.error()));
    HP_CHECK(results_.compare(block, *output, next_epoch));
    count(block, *output);
    state_.commit(std::move(output->delta));
    return {};
  }

  // The independent scan over the whole state after the last block.
  [[nodiscard]] Checked<void> close() {
    figures_.state_entries = tree_.size();
    figures_.state_root = tree_.root();
    ledger::ConservationScan scan;
    std::vector<ledger::LeafChange> leaves;
    leaves.reserve(tree_.size());
    Status readable;
    state_.for_each([&](ByteView key, ByteView value) {
      if (readable) readable = scan.add(key, value);
      if (ledger::is_tree_key(key)) {
        leaves.push_back(ledger::leaf_change(genesis_.suite, key, value));
      }
    });
    figures_.assets = scan.totals();
    const Status verdict = readable ? scan.verdict() : readable;
    if (!verdict) return report(final_finding(Check::kConservation, verdict.error().message));
    // The tree was changed block by block; the entries alone must give the same root.
    const crypto::Digest root =
        ledger::StateTree(genesis_.suite).rebuild(figures_.last, std::move(leaves));
    if (root != figures_.state_root) {
      Finding finding = final_finding(Check::kExecution, "the entries do not give the state root");
      finding.expected = figures_.state_root.hex();
      finding.found = root.hex();
      return report(std::move(finding));
    }
    return {};
  }

  [[nodiscard]] AuditFigures& figures() { return figures_; }

 private:
  [[nodiscard]] Finding final_finding(Check check, std::string message) const {
    Finding finding;
    finding.check = check;
    finding.height = figures_.last;
    finding.subject = "state";
    finding.message = std::move(message);
    return finding;
  }

  void count(const PendingBlock& block, const ledger::BlockOutput& output) {
    const consensus::StoredBlock& stored = block.record.stored;
    figures_.last = block.height;
    figures_.epoch = stored.block.header.epoch;
    figures_.last_time = stored.block.header.timestamp;
    figures_.batches += block.batches.size();
    figures_.transactions += output.receipts.size();
    figures_.transfers += output.settled_transfers;
    figures_.nullifications += stored.justification.nullifications.size();
    figures_.evidence += block.evidence;
    figures_.validator_signatures += block.signatures;
    for (const PendingBatch& batch : block.batches) figures_.client_signatures += batch.signatures;
    for (const ledger::Receipt& receipt : output.receipts) ++figures_.results[receipt.code];
    if (stored.finalization) {
      ++figures_.finalizations;
      figures_.finalized = block.height;
    }
    if (block.certificate) {
      ++figures_.commit_certificates;
      figures_.certified = block.height;
      figures_.finalized = block.height;
    }
  }

  const ledger::Genesis& genesis_;
  consensus::ChainContext chain_;
  ResultCheck results_;
  EpochCheck epochs_{chain_};
  StateMap state_;
  ledger::StateTree tree_;
  std::unique_ptr<ledger::Executor> executor_;
  AuditFigures figures_;
};

}  // namespace

ReplayReport replay(ChainSource& source, const ledger::Genesis& genesis,
                    const ReplayOptions& options, const ProgressSink& progress) {
  ReplayReport result;
  const auto epoch = first_epoch(genesis);
  if (!epoch) {
    result.finding = unusable_genesis(epoch.error());
    return result;
  }
  const consensus::ChainContext chain = consensus_chain(genesis);
  const crypto::Verifier& verifier = crypto::default_verifier();
  const auto first = std::make_shared<const consensus::EpochRecord>(*epoch);

  Execution execution(genesis);
  std::deque<std::unique_ptr<PendingBlock>> window;  // outlives the pool, whose jobs point into it
  const std::size_t threads =
      options.threads > 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
  WorkerPool pool(threads, threads * kQueuedJobsPerThread);
  BlockReader reader(source, ChainRules(chain, first, genesis.time),
                     BlockChecks{chain, ledger_chain(genesis), verifier}, options.from, pool);

  const auto run = [&]() -> Checked<void> {
    HP_CHECK(execution.open());
    std::uint64_t window_bytes = 0;
    bool reading = true;
    for (;;) {
      while (reading && window.size() < options.window_blocks &&
             (window.empty() || window_bytes < options.window_bytes)) {
        const Height last = window.empty() ? execution.figures().last : window.back()->height;
        if (options.to && last >= *options.to) {
          reading = false;
          break;
        }
        auto block = reader.next();
        reading = block != nullptr && !block->reading;
        if (!block) {
          execution.figures().end_reached = true;
          break;
        }
        window_bytes += block->bytes;
        window.push_back(std::move(block));
      }
      if (window.empty()) return execution.close();
      HP_CHECK(execution.take(*window.front()));
      window_bytes -= window.front()->bytes;
      window.pop_front();
      if (progress) {
        const AuditFigures& figures = execution.figures();
        progress({figures.last, figures.transactions, source.progress()});
      }
    }
  };
  if (auto clean = run(); !clean) result.finding = std::move(clean).error();
  result.figures = execution.figures();
  return result;
}

}  // namespace huangpu::tools
