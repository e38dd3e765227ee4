// Sign-state files.
#include "consensus/safety/sign_state.hpp"
#include "crypto/base/assert.hpp"

using namespace huangpu;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  const ByteView bytes(data, size_bytes);
  if (const auto state = consensus::decode_sign_state(bytes)) {
    HP_ASSERT(equal(consensus::encode(*state), bytes), "a sign-state has a second encoding");
  }
  return 0;
}
