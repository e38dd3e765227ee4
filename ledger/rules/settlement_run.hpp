// Between the book of waiting payments and resolution: builds problems from entries, books what
// settled, and decides at the end of a block what runs (SPEC Q-30..Q-35).
#pragma once

#include <absl/container/flat_hash_map.h>

#include <span>
#include <vector>

#include "ledger/rules/settlement_book.hpp"
#include "ledger/settlement/resolution.hpp"

namespace huangpu::ledger {

// A queue is resolved over at most this many active payments, the first in queue order (SPEC Q-33).
inline constexpr std::size_t kResolutionPaymentsMax = 100'000;
// A run comes when as many blocks have passed as it looks at thousands of payments, so that
// standing queues cost each block about the same; growth brings it forward. Few payments are looked
// at in every block that changed something: an idle network makes no blocks that would do it later.
inline constexpr std::uint64_t kResolutionPaymentsPerBlock = 1000;
inline constexpr std::uint64_t kResolutionGrowthMin = 64;

// What one block does by itself at most, before its first envelope and after its last one; a later
// block goes on where it stopped (SPEC ). A run comes on top.
inline constexpr std::size_t kDuePaymentsPerBlock = 10'000;
inline constexpr std::size_t kHeadsPerBlock = 10'000;

// The statement index of lines that a block books by itself, after its last envelope.
inline constexpr std::uint32_t kBlockIndex = 0xffffffffU;

// Why lines are booked.
struct SettlementCause {
  std::uint32_t index = kBlockIndex;  // of the envelope
  TxId transaction;                   // zero: the block itself
};

// A problem over waiting payments. Payments are added in queue order and outlive it.
class PaymentProblem {
 public:
  PaymentProblem(Overlay& state, const SettlementBook& book) : state_(state), book_(book) {}

  // False, and nothing added, when the payment is overdue or the payee's counters cannot take any
  // (SPEC ).
  bool add(const WaitingPayment& payment);
  [[nodiscard]] settlement::Problem& problem() { return problem_; }
  [[nodiscard]] const WaitingPayment& payment(std::uint32_t item) const { return *payments_[item]; }
  [[nodiscard]] std::size_t size() const { return payments_.size(); }

 private:
  std::uint32_t position(const BalanceId& id);
  // The limit of `owner` that payments with `counterparty` count toward, or kNone.
  std::uint32_t limit(const BalanceId& owner, const AccountId& counterparty);

  Overlay& state_;
  const SettlementBook& book_;
  settlement::Problem problem_;
  std::vector<const WaitingPayment*> payments_;
  absl::flat_hash_map<BalanceId, std::uint32_t> positions_;
  absl::flat_hash_map<BalanceId, std::uint32_t> multilateral_;
  absl::flat_hash_map<std::pair<BalanceId, AccountId>, std::uint32_t> bilateral_;
};

class Settler {
 public:
  Settler(Overlay& state, SettlementBook& book) : state_(state), book_(book) {}

  // Books payments that settle at one instant: all credits, then all debits, in queue order.
  // `record` numbers the first payment's lines; the others follow.
  void settle(std::span<const WaitingPayment* const> payments, const SettlementCause& cause,
              std::uint32_t record);
  // The same for payments that wait: they leave the queue under one batch.
  void settle_batch(const PaymentProblem& problem, const settlement::Batch& batch,
                    const SettlementCause& cause);

  // Before the first envelope: earliest times that came, latest times that passed, what expired.
  void begin_block();
  // After the last envelope: settlements that all approved, queue heads whose position may pay now,
  // the run if one is due, and what drawn credit can be redeemed.
  void end_block();

 private:
  void note_use(const WaitingPayment& payment);
  void draw(BalanceSlot& slot, Amount needed, const SettlementCause& cause, std::uint32_t record);
  void repay();
  bool mark_changed_balances();
  bool settle_heads();
  std::size_t settle_queue(const BalanceId& position, std::size_t payments_max);
  [[nodiscard]] bool run_is_due() const;
  void run();

  Overlay& state_;
  SettlementBook& book_;
  std::uint32_t record_ = 0;  // of the next line that the block books by itself
};

// What a position may debit now: its balance less what is pending, plus what its credit line
// leaves.
[[nodiscard]] settlement::Sum liquidity_of(const BalanceSlot& slot, const LiquidityValue& value);

}  // namespace huangpu::ledger
