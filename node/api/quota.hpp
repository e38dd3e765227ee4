// How much each identity may ask of this node (SPEC N-207..N-209).
//
// Token buckets for calls, signatures and envelope bytes, and counters of what runs at the same
// time, kept per certificate and sized from the configuration. A bucket lets a request through
// while it is above zero and may go below by that request, so that a request larger than the bucket
// passes now and then and the rate still holds. Threads: any.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "crypto/base/result.hpp"
#include "node/api/principal.hpp"
#include "node/config/config.hpp"

namespace huangpu::node {

using MonotonicClock = std::function<std::chrono::steady_clock::time_point()>;

// Not thread-safe.
class RateBucket {
 public:
  // Starts full. `per_second` > 0; the burst is one second's worth.
  RateBucket(std::uint64_t per_second, std::chrono::steady_clock::time_point now);

  // Zero: taken. Otherwise nothing was taken, and the answer is how long to wait.
  [[nodiscard]] std::chrono::milliseconds take(std::uint64_t amount,
                                               std::chrono::steady_clock::time_point now);

 private:
  std::uint64_t per_second_;
  std::int64_t level_;  // thousandths of a token; may be negative
  std::chrono::steady_clock::time_point filled_;
};

struct Throttled {
  std::string message;
  std::chrono::milliseconds retry_after{0};
};

class QuotaTable {
 public:
  // Gives its place back when destroyed.
  class Slot {
   public:
    Slot();
    Slot(Slot&& other) noexcept;
    Slot& operator=(Slot&& other) noexcept;
    ~Slot();

   private:
    friend class QuotaTable;
    struct State;
    explicit Slot(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
  };

  explicit QuotaTable(const LimitsSection& limits,
                      MonotonicClock clock = std::chrono::steady_clock::now);
  ~QuotaTable();
  QuotaTable(const QuotaTable&) = delete;
  QuotaTable& operator=(const QuotaTable&) = delete;

  // One call: charges the call rate and takes a place among the concurrent calls.
  [[nodiscard]] tl::expected<Slot, Throttled> begin_call(const Principal& caller);
  // One stream: charges the call rate and takes a place among the concurrent streams.
  [[nodiscard]] tl::expected<Slot, Throttled> begin_stream(const Principal& caller);
  // One envelope; charges both or neither.
  [[nodiscard]] tl::expected<void, Throttled> charge_envelope(const Principal& caller,
                                                              std::uint64_t bytes,
                                                              std::uint64_t signatures);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace huangpu::node
