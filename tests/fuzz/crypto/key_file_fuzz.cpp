// Key file documents: parsing is total, and what is accepted is read back from its own text.
#include <cstddef>
#include <cstdint>

#include "crypto/base/assert.hpp"
#include "crypto/keystore/key_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  using namespace huangpu;
  const auto file = crypto::parse_key_file(as_text({data, size_bytes}));
  if (file) {
    const auto again = crypto::parse_key_file(crypto::format_key_file(*file));
    HP_ASSERT(again && *again == *file, "a key file changed in a round trip");
  }
  return 0;
}
