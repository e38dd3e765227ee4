// Reads the blocks of a source one after the other, up to the first that does not fit, and hands
// their expensive checks to the workers (SPEC A-10..A-17).
//
// One thread. The pool, the source and what `checks` refers to outlive the reader.
#pragma once

#include <map>
#include <memory>

#include "consensus/types/evidence.hpp"
#include "tools/audit/chain_rules.hpp"
#include "tools/audit/chain_source.hpp"
#include "tools/audit/pending_block.hpp"
#include "tools/audit/worker_pool.hpp"

namespace huangpu::tools {

class BlockReader {
 public:
  // Signatures are checked from height `from` on.
  BlockReader(ChainSource& source, ChainRules rules, BlockChecks checks, Height from,
              WorkerPool& pool)
      : source_(source), rules_(std::move(rules)), checks_(checks), from_(from), pool_(pool) {}

  // The next block, with a finding in `reading` if it is the last that can be read; nothing after
  // the end. The block must stay where it is until its wait() returns.
  [[nodiscard]] std::unique_ptr<PendingBlock> next();

 private:
  [[nodiscard]] Checked<void> read(PendingBlock& block);
  [[nodiscard]] Checked<void> read_batches(PendingBlock& block, const CheckedBlock& place);
  [[nodiscard]] Checked<void> read_results(PendingBlock& block);
  [[nodiscard]] Checked<void> read_others(PendingBlock& block);
  [[nodiscard]] Status verify_kept(const consensus::EpochRecord& now,
                                   const consensus::Evidence& evidence) const;
  void submit(PendingBlock& block);

  ChainSource& source_;
  ChainRules rules_;
  BlockChecks checks_;
  Height from_;
  WorkerPool& pool_;

  std::map<Epoch, std::shared_ptr<const consensus::EpochRecord>> past_;
  Height height_{0};
  bool ended_ = false;
  std::optional<consensus::Certificate> finalization_;  // of the last block, its signatures checked
};

}  // namespace huangpu::tools
