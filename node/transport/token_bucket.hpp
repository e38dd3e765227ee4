// A token bucket on bytes. Not thread safe; the caller brings the clock.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "node/transport/identity.hpp"

namespace huangpu::node {

class TokenBucket {
 public:
  using Clock = std::chrono::steady_clock;

  // Starts full.
  TokenBucket(ByteRate rate, Clock::time_point now)
      : rate_(sane(rate)), tokens_(rate_.burst_bytes), refilled_at_(now) {}

  // What may be taken now: zero, or enough to be worth a system call. Without that floor a busy
  // connection would be read a few bytes at a time, as they trickle in.
  [[nodiscard]] std::uint64_t available(Clock::time_point now) {
    refill(now);
    return tokens_ >= std::min(kQuantumBytesMin, half_burst()) ? tokens_ : 0;
  }

  // Requires bytes <= available().
  void take(std::uint64_t bytes) { tokens_ -= std::min(bytes, tokens_); }

  // How long a caller who found nothing should wait: for about ten milliseconds' worth, so that
  // neither a slow bucket means tiny reads nor a fast one thousands of timers.
  [[nodiscard]] Clock::duration wait(Clock::time_point now) {
    refill(now);
    const std::uint64_t wanted =
        std::min(std::max(rate_.bytes_per_second / 100, kQuantumBytesMin), half_burst());
    if (tokens_ >= wanted) return Clock::duration::zero();
    return std::chrono::nanoseconds((wanted - tokens_) * kNanos / rate_.bytes_per_second + 1);
  }

  // A larger burst fills from now on; a smaller one cuts what is there.
  void set_rate(ByteRate rate, Clock::time_point now) {
    refill(now);
    rate_ = sane(rate);
    tokens_ = std::min(tokens_, rate_.burst_bytes);
  }

 private:
  static constexpr std::uint64_t kNanos = 1'000'000'000;
  static constexpr std::uint64_t kQuantumBytesMin = 4 * 1024;

  [[nodiscard]] std::uint64_t half_burst() const {
    return std::max<std::uint64_t>(rate_.burst_bytes / 2, 1);
  }

  // Keeps the products below in 64 bits and the waits finite.
  static ByteRate sane(ByteRate rate) {
    rate.bytes_per_second = std::clamp<std::uint64_t>(rate.bytes_per_second, 1, 8ull << 30);
    rate.burst_bytes = std::clamp<std::uint64_t>(rate.burst_bytes, 1, 1ull << 30);
    return rate;
  }

  void refill(Clock::time_point now) {
    const auto elapsed = std::chrono::duration_cast<std::chrono::nanoseconds>(now - refilled_at_);
    if (elapsed.count() <= 0) return;
    const auto nanos = static_cast<std::uint64_t>(elapsed.count());
    const std::uint64_t seconds = std::min<std::uint64_t>(nanos / kNanos, 1u << 20);
    const std::uint64_t rest = nanos % kNanos;
    const std::uint64_t earned =
        seconds * rate_.bytes_per_second + rest * rate_.bytes_per_second / kNanos;
    if (earned == 0) return;  // keep the fraction: time stays unaccounted until it makes a byte
    tokens_ = std::min(rate_.burst_bytes, tokens_ + earned);
    refilled_at_ = now;
  }

  ByteRate rate_;
  std::uint64_t tokens_;
  Clock::time_point refilled_at_;
};

}  // namespace huangpu::node
