// Durations and sizes as people write them: a whole number and a unit, "250ms", "64MiB" (SPEC
// N-232).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "crypto/base/result.hpp"

namespace huangpu::node {

// Units ms, s, m, h. kMalformed otherwise, kOutOfRange beyond a year.
[[nodiscard]] Result<std::chrono::milliseconds> parse_duration(std::string_view text);
// Units B, KiB, MiB, GiB, TiB. kOutOfRange beyond 2^60 bytes.
[[nodiscard]] Result<std::uint64_t> parse_size(std::string_view text);

// The shortest exact spelling with one unit.
[[nodiscard]] std::string duration_text(std::chrono::milliseconds duration);
[[nodiscard]] std::string size_text(std::uint64_t bytes);

}  // namespace huangpu::node
