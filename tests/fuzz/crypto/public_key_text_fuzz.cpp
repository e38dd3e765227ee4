// Public keys as people exchange them: PEM or hexadecimal text. What is read is written so that it
// reads back.
#include <cstddef>
#include <cstdint>

#include "crypto/base/assert.hpp"
#include "crypto/base/bytes.hpp"
#include "crypto/sign/public_key_pem.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  using namespace huangpu;
  const auto key = crypto::read_public_key(as_text({data, size_bytes}));
  if (!key) {
    HP_ASSERT(!key.error().message.empty(), "a refusal without a reason");
    return 0;
  }
  const auto again = crypto::read_public_key(crypto::public_key_pem(*key));
  HP_ASSERT(again.has_value() && *again == *key, "a key is written as another one");
  return 0;
}
