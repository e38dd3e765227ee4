// The algorithm suites of the chain (SPEC K-20). A suite byte stands in every key, signature and
// genesis; nothing outside crypto/ knows a length or an algorithm name of a particular suite.
#pragma once

#include <cstdint>
#include <string_view>

#include "crypto/base/result.hpp"

namespace huangpu::crypto {

enum class SuiteId : std::uint8_t {
  kEd25519Sha256 = 1,
  kSm2Sm3 = 2,
};

// kUnsupportedVersion for a byte that names no suite; never a guess.
[[nodiscard]] Result<SuiteId> parse_suite(std::uint64_t byte);

// "ed25519-sha256" and "sm2-sm3", as documents spell them.
[[nodiscard]] std::string_view suite_name(SuiteId suite) noexcept;
[[nodiscard]] Result<SuiteId> parse_suite_name(std::string_view name);

// Whether this build makes and checks signatures of the suite. Hashing works for every suite.
[[nodiscard]] Status require_signatures(SuiteId suite);

}  // namespace huangpu::crypto
