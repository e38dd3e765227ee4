// CRC-32C (Castagnoli, reflected polynomial 0x82f63b78): finds torn and damaged bytes in our files.
//
// Not a defence against people: whoever can change the data can change the checksum. Uses the
// processor's instruction where there is one. Pure; any thread.
#pragma once

#include <cstdint>

#include "crypto/base/bytes.hpp"

namespace huangpu {

// The checksum of `bytes`; with `seed`, of everything the seed covers followed by `bytes`:
// crc32c(b, crc32c(a)) == crc32c(a ‖ b).
[[nodiscard]] std::uint32_t crc32c(ByteView bytes, std::uint32_t seed = 0) noexcept;

}  // namespace huangpu
