// How tests speak of results: EXPECT_THAT(receipt, Settled()), EXPECT_THAT(receipt,
// RefusedWith(ResultCode::kX)).
#pragma once

#include <gmock/gmock.h>

#include <ostream>
#include <string>

#include "ledger/types/receipt.hpp"

namespace huangpu::ledger {

inline void PrintTo(ResultCode code, std::ostream* out) { *out << name(code); }
inline void PrintTo(const Receipt& receipt, std::ostream* out) {
  *out << "receipt with code " << name(receipt.code);
}

namespace test {

MATCHER(Settled, "settled") { return arg.code == ResultCode::kSettled; }

MATCHER_P(RefusedWith, code, "refused with " + std::string(name(code))) { return arg.code == code; }

// An Error-carrying Result or Status.
MATCHER_P(FailedWith, code, "failed") { return !arg.has_value() && arg.error().code == code; }

}  // namespace test
}  // namespace huangpu::ledger
