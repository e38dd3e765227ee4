// Calendar arithmetic without a clock: days, YYYYMMDD numbers and RFC 3339 text, all UTC, proleptic
// Gregorian.
//
// The range is 1970-01-01 to 9999-12-31; nothing here reads the time of day, so that ledger code
// may use it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "crypto/base/ids.hpp"
#include "crypto/base/result.hpp"

namespace huangpu {

inline constexpr std::uint64_t kMsPerDay = 86'400'000;
inline constexpr std::uint32_t kDayNumberMax = 2'932'896;  // 9999-12-31

// Days since 1970-01-01 of a date written as 20261123. kOutOfRange if there is no such date.
[[nodiscard]] Result<std::uint32_t> day_from_yyyymmdd(std::uint32_t yyyymmdd);

// The inverse. Days beyond kDayNumberMax are clamped to it.
[[nodiscard]] std::uint32_t yyyymmdd_from_day(std::uint32_t day);

// The UTC day an instant falls on, clamped to kDayNumberMax.
[[nodiscard]] std::uint32_t day_from_timestamp(TimestampMs time);

// "2026-11-23T12:12:19.123Z", always with milliseconds. An instant after year 9999, which only a
// hostile peer writes, is shown as its number followed by "ms".
[[nodiscard]] std::string format_rfc3339(TimestampMs time);

// Reads UTC text with 'T' and 'Z' and zero to three fraction digits. No offsets, no leap second.
[[nodiscard]] Result<TimestampMs> parse_rfc3339(std::string_view text);

}  // namespace huangpu
