// Follows transactions through their stages and tells watchers (SPEC N-210..N-213).
//
// The driver reports what happens; client services watch. Bounded: at most `entries_max`
// transactions are remembered; when full, the oldest finished and unwatched ones go first, then new
// ones are not taken. What was forgotten is still found in the stores. Stages only move forward, a
// repeated or older report changes nothing, reports about transactions nobody submitted here or
// watches are ignored.
//
// Threads: every method may be called from any thread. Watchers run on the reporting thread,
// outside the tracker's lock, in the order of the stages; they must only hand the update over.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "crypto/base/ids.hpp"
#include "crypto/base/result.hpp"
#include "ledger/types/ids.hpp"
#include "node/api/transaction_stage.hpp"

namespace huangpu::node {

struct TrackerLimits {
  std::size_t entries_max = 200'000;
  std::size_t watchers_max = 100'000;
};

struct OrderedEntry {
  ledger::TxId txid;
  ledger::ParticipantId submitter;
  TimestampMs valid_until{0};
};

struct ExecutedEntry {
  ledger::TxId txid;
  ledger::ParticipantId submitter;
  std::uint16_t code = 0;
};

class TransactionTracker {
 public:
  using Watcher = std::function<void(const TransactionUpdate&)>;

  // Ends the watch when destroyed. After the destructor returns no further call begins, but one
  // that has begun on another thread may still be running: the watcher's captures must own what
  // they use.
  class Watch {
   public:
    Watch() = default;
    Watch(Watch&& other) noexcept;
    Watch& operator=(Watch&& other) noexcept;
    ~Watch();
    void cancel();

   private:
    friend class TransactionTracker;
    struct State;
    std::shared_ptr<State> state_;
  };

  explicit TransactionTracker(TrackerLimits limits = {});
  ~TransactionTracker();
  TransactionTracker(const TransactionTracker&) = delete;
  TransactionTracker& operator=(const TransactionTracker&) = delete;

  // Reports, by the driver. `valid_until` is the end of the envelope's window.
  void admitted(const ledger::TxId& txid, ledger::ParticipantId submitter, TimestampMs valid_until);
  // After admission only; a refusal at admission is the answer of submit().
  void rejected(const ledger::TxId& txid, ledger::ParticipantId submitter, std::uint16_t code,
                std::string message);
  // Transactions of one block in execution order; the index is the position within the span.
  void ordered(Height height, std::span<const OrderedEntry> entries);
  // Code 2 (too far ahead) is no result: the transaction stays ordered until it has one or expires.
  void executed(Height height, std::span<const ExecutedEntry> entries);
  // What the stores have of an executed or final transaction, for those who wait: when it was
  // ordered again (before executed() of the block that repeats it), or when it was executed before
  // this process began.
  void recall(const TransactionUpdate& stored);
  // Everything executed at or below `certified` is final. Returns how long each of those took that
  // was admitted here, from admission to now.
  std::vector<std::chrono::steady_clock::duration> final_through(Height certified);
  // Block time has passed: what was admitted with an earlier end, and has no result, can never act.
  void expire(TimestampMs block_time);

  [[nodiscard]] std::optional<TransactionUpdate> find(const ledger::TxId& txid) const;

  // Calls `watcher` with the present stage, if known, before returning, and then with each later
  // one. Also accepts a transaction that is not known yet. kExhausted when the bounds are reached.
  [[nodiscard]] Result<Watch> watch(const ledger::TxId& txid, Watcher watcher);

  [[nodiscard]] std::size_t size() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace huangpu::node
