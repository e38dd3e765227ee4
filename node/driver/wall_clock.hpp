// The machine's clocks, read in one place.
#pragma once

#include <cstdint>

#include "consensus/core/params.hpp"
#include "crypto/base/ids.hpp"

namespace huangpu::node {

[[nodiscard]] TimestampMs wall_now();
[[nodiscard]] std::uint64_t mono_now_ms();
[[nodiscard]] consensus::Now now();

}  // namespace huangpu::node
