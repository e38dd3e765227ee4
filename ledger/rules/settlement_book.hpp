// SettlementBook: the payments that wait and what governs their settlement, decoded and indexed
// (SPEC ..Q-58).
//
// In memory for lookups in queue order; in the state as entries of their own, from which load()
// restores everything. Nothing iterates a hash table. Changes of a block are collected as encoded
// entries; a block that fails is undone by loading again.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "ledger/rules/agreed_book.hpp"
#include "ledger/rules/overlay.hpp"
#include "ledger/state/delta.hpp"
#include "ledger/state/reader.hpp"
#include "ledger/types/settlement_value.hpp"

namespace huangpu::ledger {

// At most this many positions that earlier blocks had no room for are looked at again in one block.
inline constexpr std::size_t kCarriedPositionsPerBlock = 10'000;

class SettlementBook {
 public:
  // The reader outlives the book. Events are kept as long as client references.
  SettlementBook(const SettlementBook&) = delete;
  SettlementBook& operator=(const SettlementBook&) = delete;
  SettlementBook(crypto::SuiteId suite, std::uint32_t reference_days, const StateReader& reader)
      : suite_(suite), reference_days_(reference_days), reader_(reader) {}

  // From the stored state. kCorrupt when an entry does not decode.
  [[nodiscard]] Status load();

  // `previous` is the time of the block before. The first block of a day asks for a run, because
  // use of limits and reserves starts again.
  void begin_block(Height height, TimestampMs time, TimestampMs previous);

  // --- waiting payments ---

  [[nodiscard]] const WaitingPayment* find(const TxId& payment) const;
  [[nodiscard]] std::size_t waiting() const { return payments_.size(); }
  [[nodiscard]] std::size_t waiting_of(ParticipantId participant) const;
  // Payments that may settle now: queued, neither earmarked nor on hold.
  [[nodiscard]] std::size_t active() const { return active_.size(); }
  // The first `count_max` active payments of all queues, in queue order. Valid until one changes.
  [[nodiscard]] std::vector<const WaitingPayment*> active_payments(std::size_t count_max) const;
  // The first active payment that debits the position; null without one.
  [[nodiscard]] const WaitingPayment* head(const BalanceId& position) const;

  // Each writes the payment's event. `cause` is zero when the block itself does it.
  void add(WaitingPayment payment, ResultCode reason);
  void set_status(const TxId& payment, PaymentStatus status, const TxId& cause);
  void set_priority(const TxId& payment, PriorityClass priority, const TxId& cause);
  // It leaves the queue for good.
  void remove(const TxId& payment, PaymentStatus status, ResultCode reason, const TxId& cause,
              std::uint64_t batch);

  // The next payment whose time has come by this block, or nothing: its earliest time was reached
  // (kEarmarked waits no more), its latest time passed, or its reference is about to be forgotten.
  // The caller acts on it before asking again.
  struct Due {
    TxId payment;
    ResultCode reason;  // kQueued, kTimedOut or kReferenceExpired
  };
  [[nodiscard]] std::optional<Due> next_due() const;
  // Its last moment lies before this block: it waits to be rejected and settles no more.
  [[nodiscard]] bool overdue(const WaitingPayment& payment) const;

  // --- agreements ---

  [[nodiscard]] ReserveBook& reserves() { return reserves_; }
  [[nodiscard]] const ReserveBook& reserves() const { return reserves_; }
  [[nodiscard]] OpenSettlementBook& settlements() { return settlements_; }
  [[nodiscard]] const OpenSettlementBook& settlements() const { return settlements_; }
  // Writes a step; height and number are filled in here.
  void record(StepEvent step);
  // Legs that a settlement settled, as transfers.
  void count_settled(std::size_t transfers) { settled_in_block_ += transfers; }
  [[nodiscard]] TimestampMs time() const { return time_; }

  // --- liquidity ---

  // As of this block's day; defaults when nothing is set.
  [[nodiscard]] LiquidityValue liquidity(const BalanceId& position) const;
  void set_liquidity(const BalanceId& position, const LiquidityValue& value);
  [[nodiscard]] std::optional<BilateralLimitValue> bilateral(const BalanceId& position,
                                                             const AccountId& counterparty) const;
  void set_bilateral(const BalanceId& position, const AccountId& counterparty,
                     const std::optional<BilateralLimitValue>& value);

  // --- when to resolve ---

  // Positions that may pay what they could not before, in the order in which they were marked.
  void mark(const BalanceId& position);
  [[nodiscard]] std::vector<BalanceId> take_marked();
  // This block has no room for the position: a later one begins with it marked.
  void carry(const BalanceId& position);
  [[nodiscard]] const ResolutionValue& resolution() const { return resolution_; }
  void set_resolution(const ResolutionValue& value);
  void request_run() { run_requested_ = true; }
  [[nodiscard]] bool run_requested() const { return run_requested_; }

  // --- batches ---

  [[nodiscard]] std::uint64_t next_batch();
  void record(const BatchEvent& batch);
  // The journal of this block so far.
  [[nodiscard]] const std::vector<Change>& events() const { return events_; }

  [[nodiscard]] Height height() const { return height_; }
  [[nodiscard]] std::uint32_t today() const { return today_; }  // day number of the block's time
  // Whether any position has reserves, limits or a credit line.
  [[nodiscard]] bool governs_liquidity() const { return !liquidity_.empty(); }
  // Payments that left a queue settled, and legs of settlements.
  [[nodiscard]] std::uint64_t settled_in_block() const { return settled_in_block_; }
  [[nodiscard]] crypto::SuiteId suite() const { return suite_; }

  // --- the block's end ---

  // `previous` is the time of the block before.
  [[nodiscard]] Status write_changes(TimestampMs previous, StateDelta& delta) const;
  void accept();

 private:
  struct LimitId {
    BalanceId position;
    AccountId counterparty;
    friend bool operator==(const LimitId&, const LimitId&) = default;
    template <class H>
    friend H AbslHashValue(H state, const LimitId& id) {
      return H::combine(std::move(state), id.position, id.counterparty);
    }
  };
  using Queue = std::map<QueuePlace, const WaitingPayment*>;

  void clear();
  void insert(WaitingPayment payment);
  void index(const WaitingPayment& payment);
  void unindex(const WaitingPayment& payment);
  void event(const WaitingPayment& payment, PaymentStatus status, ResultCode reason,
             const TxId& cause, std::uint64_t batch);
  void put(Bytes key, Bytes value);
  void erase(const Bytes& key);
  [[nodiscard]] std::uint64_t reference_deadline_ms(const WaitingPayment& payment) const;
  [[nodiscard]] std::uint64_t last_moment_ms(const WaitingPayment& payment) const;
  [[nodiscard]] Status load_payments();
  [[nodiscard]] Status load_liquidity();
  [[nodiscard]] Status load_carried();

  crypto::SuiteId suite_;
  std::uint32_t reference_days_;
  const StateReader& reader_;

  absl::flat_hash_map<TxId, std::unique_ptr<WaitingPayment>> payments_;
  absl::flat_hash_map<ParticipantId, std::size_t> waiting_of_;
  absl::flat_hash_map<BalanceId, Queue> queues_;       // active ones by debit position
  Queue active_;                                       // of all positions
  std::set<std::pair<std::uint64_t, TxId>> earliest_;  // of earmarked payments, ms
  std::set<std::pair<std::uint64_t, TxId>> deadline_;  // last ms at which it may settle
  absl::flat_hash_map<BalanceId, LiquidityValue> liquidity_;
  absl::flat_hash_map<LimitId, BilateralLimitValue> bilateral_;
  ResolutionValue resolution_;
  std::set<std::pair<AccountId, AssetId>> carried_;
  EntryChanges changes_;  // of the current block

  ReserveBook reserves_{changes_};
  OpenSettlementBook settlements_{changes_};

  // Of the current block.
  Height height_;
  TimestampMs time_;
  std::uint32_t today_ = 0;
  bool run_requested_ = false;
  std::vector<BalanceId> marked_;
  absl::flat_hash_set<BalanceId> is_marked_;
  std::vector<Change> events_;
  std::vector<TxId> event_payments_;  // of the events of payments, by number
  std::uint32_t steps_ = 0;
  std::uint64_t settled_in_block_ = 0;
};

}  // namespace huangpu::ledger
