#include "node/api/quota.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

namespace huangpu::node {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Levels are kept in thousandths, so that slow refills are not rounded away.
constexpr std::int64_t kScale = 1'000;
// Larger requests are no larger than this to a bucket; far above any message limit.
constexpr std::uint64_t kAmountMax = 1ull << 32;

// Identities whose buckets are remembered. Only registered certificates get this far, so the bound
// is a last resort.
constexpr std::size_t kIdentitiesMax = 100'000;

}  // namespace

RateBucket::RateBucket(std::uint64_t per_second, steady_clock::time_point now)
    : per_second_(per_second),
      level_(static_cast<std::int64_t>(per_second) * kScale),
      filled_(now) {}

milliseconds RateBucket::take(std::uint64_t amount, steady_clock::time_point now) {
  const auto full = static_cast<std::int64_t>(per_second_) * kScale;
  const auto elapsed = std::chrono::duration_cast<milliseconds>(now - filled_);
  if (elapsed.count() > 0) {
    // A millisecond refills per_second thousandths.
    const auto span = std::min<std::int64_t>(elapsed.count(), 3'600'000);
    const auto refill = span * static_cast<std::int64_t>(per_second_);
    level_ = std::min(full, level_ + refill);
    filled_ += elapsed;
  }
  if (level_ <= 0) {
    return milliseconds(-level_ / static_cast<std::int64_t>(per_second_) + 1);
  }
  level_ -= static_cast<std::int64_t>(std::min(amount, kAmountMax)) * kScale;
  return milliseconds(0);
}

class QuotaTable::Impl {
 public:
  Impl(const LimitsSection& limits, MonotonicClock clock)
      : limits_(limits), clock_(std::move(clock)) {}

  enum class Kind { kCall, kStream };

  tl::expected<void, Throttled> begin(const Principal& caller, Kind kind) {
    const std::scoped_lock lock(mutex_);
    const auto now = clock_();
    auto& entry = entry_of(caller, now);
    auto& running = kind == Kind::kCall ? entry.calls_running : entry.streams_running;
    const auto max =
        kind == Kind::kCall ? entry.limits.concurrent_calls : entry.limits.concurrent_streams;
    if (running >= max) {
      return refuse(kind == Kind::kCall ? "too many calls at once" : "too many streams at once",
                    milliseconds(100));
    }
    if (const auto wait = entry.calls.take(1, now); wait.count() > 0) {
      return refuse("too many calls per second", wait);
    }
    ++running;
    return {};
  }

  void end(const crypto::Digest& pin, Kind kind) {
    const std::scoped_lock lock(mutex_);
    const auto found = entries_.find(pin);
    if (found == entries_.end()) return;
    --(kind == Kind::kCall ? found->second.calls_running : found->second.streams_running);
  }

  tl::expected<void, Throttled> charge(const Principal& caller, std::uint64_t bytes,
                                       std::uint64_t signatures) {
    const std::scoped_lock lock(mutex_);
    const auto now = clock_();
    auto& entry = entry_of(caller, now);
    // Taking nothing tells whether a bucket is above zero.
    if (const auto wait = entry.signatures.take(0, now); wait.count() > 0) {
      return refuse("too many signatures per second", wait);
    }
    if (const auto wait = entry.bytes.take(bytes, now); wait.count() > 0) {
      return refuse("too many bytes per second", wait);
    }
    // Cannot be refused: it was above zero at the same instant.
    static_cast<void>(entry.signatures.take(signatures, now));
    return {};
  }

 private:
  struct Entry {
    Entry(const IdentityLimits& of, steady_clock::time_point now)
        : limits(of),
          calls(of.calls_per_second, now),
          signatures(of.signatures_per_second, now),
          bytes(of.envelope_bytes_per_second, now) {}

    IdentityLimits limits;
    RateBucket calls;
    RateBucket signatures;
    RateBucket bytes;
    std::uint32_t calls_running = 0;
    std::uint32_t streams_running = 0;
  };

  static tl::unexpected<Throttled> refuse(std::string message, milliseconds retry_after) {
    return tl::unexpected(Throttled{std::move(message), retry_after});
  }

  Entry& entry_of(const Principal& caller, steady_clock::time_point now) {
    const auto found = entries_.find(caller.pin);
    if (found != entries_.end()) return found->second;
    if (entries_.size() >= kIdentitiesMax) {
      std::erase_if(entries_, [](const auto& item) {
        return item.second.calls_running == 0 && item.second.streams_running == 0;
      });
    }
    return entries_.emplace(caller.pin, Entry(limits_.for_identity(caller), now)).first->second;
  }

  const LimitsSection limits_;
  const MonotonicClock clock_;
  std::mutex mutex_;
  std::map<crypto::Digest, Entry> entries_;  // guarded by mutex_
};

struct QuotaTable::Slot::State {
  std::shared_ptr<Impl> table;
  crypto::Digest pin;
  Impl::Kind kind;

  State(std::shared_ptr<Impl> in, const crypto::Digest& of, Impl::Kind as)
      : table(std::move(in)), pin(of), kind(as) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { table->end(pin, kind); }
};

QuotaTable::Slot::Slot() = default;
QuotaTable::Slot::Slot(std::unique_ptr<State> state) : state_(std::move(state)) {}
QuotaTable::Slot::Slot(Slot&& other) noexcept = default;
QuotaTable::Slot& QuotaTable::Slot::operator=(Slot&& other) noexcept = default;
QuotaTable::Slot::~Slot() = default;

QuotaTable::QuotaTable(const LimitsSection& limits, MonotonicClock clock)
    : impl_(std::make_shared<Impl>(limits, std::move(clock))) {}
QuotaTable::~QuotaTable() = default;

tl::expected<QuotaTable::Slot, Throttled> QuotaTable::begin_call(const Principal& caller) {
  if (auto begun = impl_->begin(caller, Impl::Kind::kCall); !begun) {
    return tl::unexpected(std::move(begun).error());
  }
  return Slot(std::make_unique<Slot::State>(impl_, caller.pin, Impl::Kind::kCall));
}

tl::expected<QuotaTable::Slot, Throttled> QuotaTable::begin_stream(const Principal& caller) {
  if (auto begun = impl_->begin(caller, Impl::Kind::kStream); !begun) {
    return tl::unexpected(std::move(begun).error());
  }
  return Slot(std::make_unique<Slot::State>(impl_, caller.pin, Impl::Kind::kStream));
}

tl::expected<void, Throttled> QuotaTable::charge_envelope(const Principal& caller,
                                                          std::uint64_t bytes,
                                                          std::uint64_t signatures) {
  return impl_->charge(caller, bytes, signatures);
}

}  // namespace huangpu::node
