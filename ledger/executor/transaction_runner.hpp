// Runs the envelopes of one block, one after the other, in the fixed order of checks (SPEC L-22).
#pragma once

#include <vector>

#include "ledger/executor/executor.hpp"
#include "ledger/executor/reference_book.hpp"
#include "ledger/executor/replay_ring.hpp"
#include "ledger/rules/bulk_transfer.hpp"
#include "ledger/rules/governance_book.hpp"
#include "ledger/rules/overlay.hpp"
#include "ledger/rules/rights.hpp"
#include "ledger/rules/settlement_book.hpp"

namespace huangpu::ledger {

// What stays the same for all transactions of a chain, and the state they act on.
struct RunnerParts {
  LedgerSettings settings;
  Overlay& overlay;
  ReplayRing& ring;
  ReferenceBook& references;
  GovernanceBook& governance;
  SettlementBook& settlement;
};

// Lives for one block. Uses the parts, owns nothing of them.
class TransactionRunner {
 public:
  // `serial` counts envelopes over the life of the overlay.
  TransactionRunner(RunnerParts parts, BlockContext block, std::uint64_t& serial)
      : parts_(parts), block_(block), serial_(serial) {}

  // Finds everything the envelopes of the block name and has it loaded with one prefetch. Call
  // once, before run().
  void prepare(const std::vector<std::shared_ptr<const DecodedBatch>>& batches);

  // Envelopes in the order in which prepare() saw them. Fails only when the state cannot be read.
  [[nodiscard]] Result<Receipt> run(const DecodedBatch& batch, const DecodedEnvelope& envelope);

 private:
  void touch(const DecodedEnvelope& envelope, std::vector<Bytes>& more);
  void touch_bulk(const BulkTransfer& bulk);
  [[nodiscard]] Result<ResultCode> execute(const DecodedEnvelope& envelope, Receipt& receipt);
  [[nodiscard]] ResultCode check_window(const DecodedEnvelope& envelope) const;
  [[nodiscard]] ResultCode identify(const TransactionBody& body);
  [[nodiscard]] ResultCode check_nonce(const std::optional<NonceLane>& nonce);
  [[nodiscard]] ResultCode apply(const DecodedEnvelope& envelope, Receipt& receipt);

  RunnerParts parts_;
  BlockContext block_;
  std::uint64_t& serial_;
  std::uint32_t index_ = 0;
  Actor actor_;

  std::vector<BalanceSlot*> bulk_slots_;  // of all bulk transfers of the block, in order
  std::size_t bulk_slots_used_ = 0;
};

}  // namespace huangpu::ledger
