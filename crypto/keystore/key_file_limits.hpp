// Lengths and bounds of the key file format, shared by its sources.
#pragma once

#include <cstddef>
#include <cstdint>

#include "crypto/base/result.hpp"
#include "crypto/keystore/key_file.hpp"

namespace huangpu::crypto {

inline constexpr std::uint32_t kKeyFileVersion = 1;
inline constexpr std::size_t kKeyFileBytesMax = 16 * 1024;
inline constexpr std::size_t kSaltBytes = 16;
inline constexpr std::size_t kNonceBytesMax = 24;  // the suite says how many (sealing.hpp)
inline constexpr std::size_t kCiphertextBytesMax = 1024;
inline constexpr std::uint64_t kMemlimitBytesMin = 8192;

// A file may not make its reader spend more time or memory than this (SPEC K-55).
[[nodiscard]] inline Status check_cost(const KdfCost& cost) {
  if (cost.opslimit < 1 || cost.opslimit > KdfCost::kOpslimitMax ||
      cost.memlimit_bytes < kMemlimitBytesMin || cost.memlimit_bytes > KdfCost::kMemlimitBytesMax) {
    return fail(Errc::kOutOfRange, "the cost of the key derivation is outside its bounds");
  }
  return {};
}

}  // namespace huangpu::crypto
