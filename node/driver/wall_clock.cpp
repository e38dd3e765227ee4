#include "node/driver/wall_clock.hpp"

#include <chrono>

namespace huangpu::node {

namespace {

template <class Clock>
std::uint64_t milliseconds() {
  const auto since = Clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(since).count());
}

}  // namespace

TimestampMs wall_now() { return TimestampMs{milliseconds<std::chrono::system_clock>()}; }
std::uint64_t mono_now_ms() { return milliseconds<std::chrono::steady_clock>(); }
consensus::Now now() { return {mono_now_ms(), wall_now()}; }

}  // namespace huangpu::node
