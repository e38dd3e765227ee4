#include "crypto/suite.hpp"

#include <string>

namespace huangpu::crypto {

Result<SuiteId> parse_suite(std::uint64_t byte) {
  switch (byte) {
    case static_cast<std::uint64_t>(SuiteId::kEd25519Sha256):
      return SuiteId::kEd25519Sha256;
    case static_cast<std::uint64_t>(SuiteId::kSm2Sm3):
      return SuiteId::kSm2Sm3;
    default:
      return fail(Errc::kUnsupportedVersion, "unknown crypto suite " + std::to_string(byte));
  }
}

std::string_view suite_name(SuiteId suite) noexcept {
  return suite == SuiteId::kEd25519Sha256 ? "ed25519-sha256" : "sm2-sm3";
}

Result<SuiteId> parse_suite_name(std::string_view name) {
  for (const SuiteId suite : {SuiteId::kEd25519Sha256, SuiteId::kSm2Sm3}) {
    if (name == suite_name(suite)) return suite;
  }
  return fail(Errc::kUnsupportedVersion,
              "unknown crypto suite \"" + std::string(name.substr(0, 32)) + "\"");
}

Status require_signatures(SuiteId suite) {
  if (suite == SuiteId::kEd25519Sha256) return {};
  return fail(Errc::kUnsupportedVersion, "this build has no signatures of suite 2 (sm2-sm3)");
}

}  // namespace huangpu::crypto
