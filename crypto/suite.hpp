// The algorithm suites of the chain (SPEC K-20). A suite byte stands in every key, signature and
// genesis; nothing outside crypto/ knows a length or an algorithm name of a particular suite.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "crypto/base/result.hpp"

namespace huangpu::crypto {

enum class SuiteId : std::uint8_t {
  kEd25519Sha256 = 1,
  kSm2Sm3 = 2,
};

inline constexpr std::array kAllSuites = {SuiteId::kEd25519Sha256, SuiteId::kSm2Sm3};

// Lengths of what a suite's signature scheme takes and makes, in bytes.
struct SuiteSizes {
  std::size_t seed_bytes = 0;        // private part of a key, as key files keep it
  std::size_t public_key_bytes = 0;  // without suite byte and length
  std::size_t signature_bytes = 0;   // without suite byte and length
};

[[nodiscard]] constexpr SuiteSizes sizes_of(SuiteId suite) noexcept {
  return suite == SuiteId::kEd25519Sha256 ? SuiteSizes{32, 32, 64} : SuiteSizes{32, 65, 64};
}

// kUnsupportedVersion for a byte that names no suite; never a guess.
[[nodiscard]] Result<SuiteId> parse_suite(std::uint64_t byte);

// "ed25519-sha256" and "sm2-sm3", as documents spell them.
[[nodiscard]] std::string_view suite_name(SuiteId suite) noexcept;
[[nodiscard]] Result<SuiteId> parse_suite_name(std::string_view name);
// For command lines: also the short names "ed25519" and "sm2".
[[nodiscard]] Result<SuiteId> parse_suite_option(std::string_view name);

}  // namespace huangpu::crypto
