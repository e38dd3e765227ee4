#include "node/api/tracker.hpp"

#include <absl/container/flat_hash_map.h>

#include <deque>
#include <list>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "ledger/types/result_code.hpp"

namespace huangpu::node {

// A watcher may be cancelled while a notification is on its way: the flag is read just before the
// call.
struct TransactionTracker::Watch::State {
  std::weak_ptr<Impl> tracker;
  ledger::TxId txid;
  Watcher watcher;
  std::mutex mutex;        // serialises calls, and with it the order of stages
  bool cancelled = false;  // guarded by cancel_mutex
  std::mutex cancel_mutex;
  TransactionStage told = TransactionStage::kReceived;  // guarded by mutex
  bool told_any = false;                                // guarded by mutex

  bool is_cancelled() {
    const std::scoped_lock lock(cancel_mutex);
    return cancelled;
  }

  void tell(const TransactionUpdate& update) {
    const std::scoped_lock lock(mutex);
    if (is_cancelled() || (told_any && update.stage <= told)) return;
    told = update.stage;
    told_any = true;
    watcher(update);
  }
};

class TransactionTracker::Impl {
 public:
  using WatchState = std::shared_ptr<Watch::State>;
  struct Notice {
    WatchState watch;
    TransactionUpdate update;
  };
  using Notices = std::vector<Notice>;
  using Durations = std::vector<std::chrono::steady_clock::duration>;

  explicit Impl(TrackerLimits limits) : limits_(limits) {}

  void admitted(const ledger::TxId& txid, ledger::ParticipantId submitter,
                TimestampMs valid_until) {
    Notices notices;
    {
      const std::scoped_lock lock(mutex_);
      auto* entry = find_or_create(txid);
      if (entry == nullptr) return;
      entry->update.submitter = submitter;
      if (!advance(*entry, TransactionStage::kAdmitted, notices)) return;
      entry->expiry = expiries_.emplace(valid_until, txid);
      entry->admitted_at = std::chrono::steady_clock::now();
    }
    send(notices);
  }

  void rejected(const ledger::TxId& txid, ledger::ParticipantId submitter, std::uint16_t code,
                std::string message) {
    Notices notices;
    {
      const std::scoped_lock lock(mutex_);
      auto* entry = find(txid);
      // What is ordered has a place that nobody can take away.
      if (entry == nullptr || is_ordered(*entry)) return;
      entry->update.submitter = submitter;
      entry->update.code = code;
      entry->update.message = std::move(message);
      advance(*entry, TransactionStage::kRejected, notices);
    }
    send(notices);
  }

  void ordered(Height height, std::span<const OrderedEntry> entries) {
    Notices notices;
    {
      const std::scoped_lock lock(mutex_);
      for (std::size_t i = 0; i < entries.size(); ++i) {
        auto* entry = find(entries[i].txid);
        if (entry == nullptr || is_ordered(*entry)) continue;
        place(*entry, height, static_cast<std::uint32_t>(i), entries[i].submitter);
        entry->valid_until = entries[i].valid_until;
        advance(*entry, TransactionStage::kOrdered, notices);
      }
    }
    send(notices);
  }

  void executed(Height height, std::span<const ExecutedEntry> entries) {
    Notices notices;
    {
      const std::scoped_lock lock(mutex_);
      std::vector<ledger::TxId> known;
      for (std::size_t i = 0; i < entries.size(); ++i) {
        auto* entry = find(entries[i].txid);
        if (entry == nullptr || entry->update.stage >= TransactionStage::kExecuted) continue;
        if (entries[i].code == static_cast<std::uint16_t>(ledger::ResultCode::kTooFarAhead)) {
          // No result (SPEC N-215): it may act when it is ordered again, until its end passes.
          if (is_ordered(*entry) && !entry->expiry)
            entry->expiry = expiries_.emplace(entry->valid_until, entries[i].txid);
          continue;
        }
        place(*entry, height, static_cast<std::uint32_t>(i), entries[i].submitter);
        entry->update.code = entries[i].code;
        if (advance(*entry, TransactionStage::kExecuted, notices)) known.push_back(entries[i].txid);
      }
      if (!known.empty()) {
        auto& waiting = uncertified_[height];
        waiting.insert(waiting.end(), known.begin(), known.end());
      }
    }
    send(notices);
  }

  void recall(const TransactionUpdate& stored) {
    Notices notices;
    {
      const std::scoped_lock lock(mutex_);
      auto* entry = find(stored.txid);
      if (entry == nullptr || entry->update.stage >= stored.stage) return;
      place(*entry, stored.height, stored.index, stored.submitter);
      entry->update.code = stored.code;
      entry->update.certificate_height = stored.certificate_height;
      advance(*entry, stored.stage, notices);
      if (stored.stage == TransactionStage::kExecuted)
        uncertified_[stored.height].push_back(stored.txid);
    }
    send(notices);
  }

  Durations final_through(Height certified) {
    Notices notices;
    Durations took;
    const auto now = std::chrono::steady_clock::now();
    {
      const std::scoped_lock lock(mutex_);
      while (!uncertified_.empty() && uncertified_.begin()->first <= certified) {
        for (const auto& txid : uncertified_.begin()->second) {
          auto* entry = find(txid);
          if (entry == nullptr) continue;
          entry->update.certificate_height = certified;
          if (!advance(*entry, TransactionStage::kFinal, notices)) continue;
          if (entry->admitted_at) took.push_back(now - *entry->admitted_at);
        }
        uncertified_.erase(uncertified_.begin());
      }
    }
    send(notices);
    return took;
  }

  void expire(TimestampMs block_time) {
    Notices notices;
    {
      const std::scoped_lock lock(mutex_);
      while (!expiries_.empty() && expiries_.begin()->first < block_time) {
        advance(entries_.find(expiries_.begin()->second)->second, TransactionStage::kExpired,
                notices);
      }
    }
    send(notices);
  }

  std::optional<TransactionUpdate> find_update(const ledger::TxId& txid) const {
    const std::scoped_lock lock(mutex_);
    const auto found = entries_.find(txid);
    if (found == entries_.end() || !found->second.seen) return std::nullopt;
    return found->second.update;
  }

  Status add_watch(const WatchState& watch) {
    Notices notices;
    {
      const std::scoped_lock lock(mutex_);
      if (watchers_ >= limits_.watchers_max) {
        return fail(Errc::kExhausted, "too many transactions are being watched");
      }
      auto* entry = find_or_create(watch->txid);
      if (entry == nullptr) return fail(Errc::kExhausted, "too many transactions are tracked");
      entry->watches.push_back(watch);
      ++watchers_;
      if (entry->seen) notices.push_back({watch, entry->update});
    }
    send(notices);
    return {};
  }

  void remove_watch(const WatchState& watch) {
    const std::scoped_lock lock(mutex_);
    const auto found = entries_.find(watch->txid);
    if (found == entries_.end()) return;
    auto& watches = found->second.watches;
    const auto removed = watches.size();
    std::erase(watches, watch);
    watchers_ -= removed - watches.size();
    // Nobody reported this transaction and nobody waits for it any more.
    if (watches.empty() && !found->second.seen) erase(found);
  }

  std::size_t size() const {
    const std::scoped_lock lock(mutex_);
    return entries_.size();
  }

 private:
  using Expiries = std::multimap<TimestampMs, ledger::TxId>;

  struct Entry {
    TransactionUpdate update;
    bool seen = false;  // reported by the driver, not only watched
    std::optional<std::chrono::steady_clock::time_point> admitted_at;  // by this node
    std::vector<WatchState> watches;
    std::list<ledger::TxId>::iterator finished;  // place in finished_, when the stage is a last one
    TimestampMs valid_until{0};                  // once ordered
    std::optional<Expiries::iterator> expiry;    // while it has no place, or one without a result
  };
  using Entries = absl::flat_hash_map<ledger::TxId, Entry>;

  Entry* find(const ledger::TxId& txid) {
    const auto found = entries_.find(txid);
    return found == entries_.end() ? nullptr : &found->second;
  }

  static bool is_ordered(const Entry& entry) {
    return entry.update.stage >= TransactionStage::kOrdered;
  }

  // Null when the bound is reached and nothing can be forgotten.
  Entry* find_or_create(const ledger::TxId& txid) {
    if (auto* entry = find(txid)) return entry;
    if (entries_.size() >= limits_.entries_max && !forget_one()) return nullptr;
    auto& entry = entries_[txid];
    entry.update.txid = txid;
    return &entry;
  }

  // Finished ones without watchers, the oldest first. A watched one is put behind the others, so
  // that the search ends after at most one round.
  bool forget_one() {
    for (std::size_t tried = finished_.size(); tried > 0; --tried) {
      const auto found = entries_.find(finished_.front());
      if (found->second.watches.empty()) {
        erase(found);
        return true;
      }
      finished_.splice(finished_.end(), finished_, finished_.begin());
    }
    return false;
  }

  void forget_expiry(Entry& entry) {
    if (entry.expiry) expiries_.erase(*entry.expiry);
    entry.expiry.reset();
  }

  void erase(Entries::iterator found) {
    forget_expiry(found->second);
    if (is_last(found->second.update.stage)) finished_.erase(found->second.finished);
    entries_.erase(found);
  }

  static void place(Entry& entry, Height height, std::uint32_t index,
                    ledger::ParticipantId submitter) {
    entry.update.height = height;
    entry.update.index = index;
    entry.update.submitter = submitter;
  }

  // False when the entry is there already or beyond.
  bool advance(Entry& entry, TransactionStage stage, Notices& notices) {
    if (entry.seen && entry.update.stage >= stage) return false;
    forget_expiry(entry);
    entry.seen = true;
    entry.update.stage = stage;
    if (is_last(stage)) {
      finished_.push_back(entry.update.txid);
      entry.finished = std::prev(finished_.end());
    }
    for (const auto& watch : entry.watches) notices.push_back({watch, entry.update});
    return true;
  }

  static void send(const Notices& notices) {
    for (const auto& notice : notices) notice.watch->tell(notice.update);
  }

  const TrackerLimits limits_;
  mutable std::mutex mutex_;  // guards everything below
  Entries entries_;
  std::list<ledger::TxId> finished_;  // oldest first
  std::map<Height, std::vector<ledger::TxId>> uncertified_;
  Expiries expiries_;  // of entries that can still come to nothing
  std::size_t watchers_ = 0;
};

TransactionTracker::Watch::Watch(Watch&& other) noexcept : state_(std::move(other.state_)) {}

TransactionTracker::Watch& TransactionTracker::Watch::operator=(Watch&& other) noexcept {
  if (this != &other) {
    cancel();
    state_ = std::move(other.state_);
  }
  return *this;
}

TransactionTracker::Watch::~Watch() { cancel(); }

void TransactionTracker::Watch::cancel() {
  const auto state = std::exchange(state_, nullptr);
  if (state == nullptr) return;
  {
    const std::scoped_lock lock(state->cancel_mutex);
    state->cancelled = true;
  }
  if (const auto tracker = state->tracker.lock()) tracker->remove_watch(state);
}

TransactionTracker::TransactionTracker(TrackerLimits limits)
    : impl_(std::make_shared<Impl>(limits)) {}
TransactionTracker::~TransactionTracker() = default;

void TransactionTracker::admitted(const ledger::TxId& txid, ledger::ParticipantId submitter,
                                  TimestampMs valid_until) {
  impl_->admitted(txid, submitter, valid_until);
}
void TransactionTracker::rejected(const ledger::TxId& txid, ledger::ParticipantId submitter,
                                  std::uint16_t code, std::string message) {
  impl_->rejected(txid, submitter, code, std::move(message));
}
void TransactionTracker::ordered(Height height, std::span<const OrderedEntry> entries) {
  impl_->ordered(height, entries);
}
void TransactionTracker::executed(Height height, std::span<const ExecutedEntry> entries) {
  impl_->executed(height, entries);
}
void TransactionTracker::recall(const TransactionUpdate& stored) { impl_->recall(stored); }
std::vector<std::chrono::steady_clock::duration> TransactionTracker::final_through(
    Height certified) {
  return impl_->final_through(certified);
}
void TransactionTracker::expire(TimestampMs block_time) { impl_->expire(block_time); }

std::optional<TransactionUpdate> TransactionTracker::find(const ledger::TxId& txid) const {
  return impl_->find_update(txid);
}

Result<TransactionTracker::Watch> TransactionTracker::watch(const ledger::TxId& txid,
                                                            Watcher watcher) {
  Watch watch;
  watch.state_ = std::make_shared<Watch::State>();
  watch.state_->tracker = impl_;
  watch.state_->txid = txid;
  watch.state_->watcher = std::move(watcher);
  if (auto added = impl_->add_watch(watch.state_); !added) {
    watch.state_ = nullptr;
    return tl::unexpected(std::move(added).error());
  }
  return watch;
}

std::size_t TransactionTracker::size() const { return impl_->size(); }

}  // namespace huangpu::node
