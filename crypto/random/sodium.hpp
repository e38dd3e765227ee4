// libsodium's one-time initialisation, for the sources of crypto/ that call the library.
#pragma once

#include <sodium.h>

#include "crypto/base/assert.hpp"

namespace huangpu::crypto {

// Cheap after the first call; any thread.
inline void require_sodium() {
  static const bool ready = sodium_init() >= 0;
  HP_ASSERT(ready, "libsodium cannot start: the system has no random number generator");
}

}  // namespace huangpu::crypto
