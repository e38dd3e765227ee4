// Which window of a transaction file to send in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "tools/wallet/offline/forms.hpp"

namespace huangpu::tools {

// A form that is sent later than this before its end may not be ordered in time.
inline constexpr std::uint64_t kWindowMarginMs = 5'000;

// The first window at or after place `from` that can still be used at `now`; it may not be open
// yet.
[[nodiscard]] std::optional<std::size_t> next_window(const Forms& forms, TimestampMs now,
                                                     std::size_t from);

}  // namespace huangpu::tools
