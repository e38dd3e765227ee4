// The algorithm suite that this run of a test program is for: 1, or what HP_TEST_SUITE says. One
// source, registered with ctest once per suite (hp_test(... SUITES)): nothing that is tested may
// depend on which it is.
#pragma once

#include <cstdlib>
#include <string_view>

#include "crypto/base/assert.hpp"
#include "crypto/suite.hpp"

namespace huangpu::test {

inline crypto::SuiteId test_suite() {
  static const crypto::SuiteId suite = [] {
    const char* const wanted = std::getenv("HP_TEST_SUITE");
    if (wanted == nullptr || *wanted == '\0') return crypto::SuiteId::kEd25519Sha256;
    const auto known = crypto::parse_suite_option(wanted);
    HP_ASSERT(known.has_value(), "HP_TEST_SUITE is ed25519 or sm2");
    return *known;
  }();
  return suite;
}

// The one that it is not: for keys of accounts, which may be of either on every chain.
inline crypto::SuiteId other_suite() {
  return test_suite() == crypto::SuiteId::kSm2Sm3 ? crypto::SuiteId::kEd25519Sha256
                                                  : crypto::SuiteId::kSm2Sm3;
}

}  // namespace huangpu::test
