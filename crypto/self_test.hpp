// Known answers checked before a program trusts its libraries (SPEC K-46).
#pragma once

#include "crypto/base/result.hpp"

namespace huangpu::crypto {

// Hashes and signature verdicts against fixed vectors, including the crafted keys on which
// libraries differ. A few milliseconds. kInternal names the first wrong answer: the program must
// not run.
[[nodiscard]] Status self_test();

}  // namespace huangpu::crypto
