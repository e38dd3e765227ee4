// tx build: writes what an acting command would sign into a transaction file (SPEC W-56, W-57).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "crypto/base/ids.hpp"
#include "crypto/base/result.hpp"
#include "tools/wallet/acting.hpp"
#include "tools/wallet/offline/transaction_file.hpp"

namespace huangpu::tools {

// The first window and how others follow. A window is as long as the chain's replay window (or as
// the whole time, if that is shorter), so that nobody can use a form up before its time: until the
// window opens, its end is too far ahead to be executed.
struct WindowPlan {
  TimestampMs from;
  TimestampMs until;
  Windows windows;
};
// All windows lie between `open` and `close`; without `every_ms` one follows the other.
// kInvalidArgument when there is no room for one, or when windows would overlap.
[[nodiscard]] Result<WindowPlan> plan_windows(TimestampMs open, TimestampMs close,
                                              std::uint64_t every_ms,
                                              std::uint32_t replay_window_seconds);

// "2026-11-24T09:00:00Z", or "+8h", "+30m", "+2d": that much after `base`.
[[nodiscard]] Result<TimestampMs> parse_moment(std::string_view text, TimestampMs base);

// Requires act.options.build. Prints what was written; the exit code is 0.
[[nodiscard]] Result<int> build_file(Session& session, const Act& act);

}  // namespace huangpu::tools
