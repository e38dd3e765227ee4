#include "crypto/base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace huangpu {

void assertion_failed(const char* condition, const char* why, const char* file, int line) noexcept {
  std::fprintf(stderr, "assertion failed: %s (%s) at %s:%d\n", why, condition, file, line);
  std::fflush(stderr);
  std::abort();
}

}  // namespace huangpu
