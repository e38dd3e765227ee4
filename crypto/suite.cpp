#include "crypto/suite.hpp"

#include <string>

namespace huangpu::crypto {

Result<SuiteId> parse_suite(std::uint64_t byte) {
  for (const SuiteId suite : kAllSuites) {
    if (byte == static_cast<std::uint64_t>(suite)) return suite;
  }
  return fail(Errc::kUnsupportedVersion, "unknown crypto suite " + std::to_string(byte));
}

std::string_view suite_name(SuiteId suite) noexcept {
  return suite == SuiteId::kEd25519Sha256 ? "ed25519-sha256" : "sm2-sm3";
}

Result<SuiteId> parse_suite_name(std::string_view name) {
  for (const SuiteId suite : kAllSuites) {
    if (name == suite_name(suite)) return suite;
  }
  return fail(Errc::kUnsupportedVersion, "unknown crypto suite \"" +
                                             std::string(name.substr(0, 32)) +
                                             "\"; there are ed25519-sha256 and sm2-sm3");
}

Result<SuiteId> parse_suite_option(std::string_view name) {
  if (name == "ed25519") return SuiteId::kEd25519Sha256;
  if (name == "sm2") return SuiteId::kSm2Sm3;
  return parse_suite_name(name);
}

}  // namespace huangpu::crypto
