// No bytes crash the inspection of a TLS greeting; it is decided within its bound, and what is
// decided stays so when more bytes arrive.
#include <cstddef>
#include <cstdint>

#include "crypto/base/assert.hpp"
#include "node/transport/client_hello.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  using namespace huangpu;
  using namespace huangpu::node;
  const ByteView input(data, size_bytes);
  const Greeting strict = inspect_greeting(input, true);
  const Greeting lax = inspect_greeting(input, false);
  HP_ASSERT(strict != Greeting::kAccepted || lax == Greeting::kAccepted,
            "the strict form is looser");
  if (size_bytes >= kGreetingBytesMax) {
    HP_ASSERT(strict != Greeting::kNeedMore, "a greeting beyond its bound is undecided");
  }
  if (size_bytes > 1) {
    const Greeting before = inspect_greeting(input.first(size_bytes - 1), true);
    HP_ASSERT(before == Greeting::kNeedMore || before == strict, "more bytes changed the answer");
  }
  return 0;
}
