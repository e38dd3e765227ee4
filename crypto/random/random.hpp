// Unpredictable bytes from the operating system. Never used by pure modules: what they need comes
// in as input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "crypto/base/bytes.hpp"

namespace huangpu::crypto::random {

// Fills the memory. Any thread. Stops the process if the system has no generator.
void fill(std::span<std::uint8_t> target);

[[nodiscard]] Bytes bytes(std::size_t size_bytes);
[[nodiscard]] std::uint64_t u64();

}  // namespace huangpu::crypto::random
