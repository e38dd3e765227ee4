// No text crashes the reader of wallet profiles, and what it accepts is written so that it reads
// back.
#include <cstddef>
#include <cstdint>

#include "crypto/base/assert.hpp"
#include "crypto/base/bytes.hpp"
#include "tools/cli/profile.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  using namespace huangpu;
  using namespace huangpu::tools;
  const auto profile = parse_profile(as_text({data, size_bytes}), "/srv/wallet");
  if (!profile) {
    HP_ASSERT(!profile.error().message.empty(), "a refusal without a reason");
    return 0;
  }
  const std::string written = profile_text(*profile);
  const auto again = parse_profile(written, "/srv/wallet");
  HP_ASSERT(again.has_value(), "what was accepted is written so that it is refused");
  HP_ASSERT(profile_text(*again) == written, "what was written reads back differently");
  return 0;
}
