// Files that say where in a token a key is. What is read is written so that it reads back.
#include <cstddef>
#include <cstdint>

#include "crypto/base/assert.hpp"
#include "crypto/base/bytes.hpp"
#include "crypto/pkcs11/token_key.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  using namespace huangpu;
  const auto key = crypto::parse_token_key(as_text({data, size_bytes}));
  if (!key) {
    HP_ASSERT(!key.error().message.empty(), "a refusal without a reason");
    return 0;
  }
  const auto again = crypto::parse_token_key(crypto::format_token_key(*key));
  HP_ASSERT(again.has_value() && *again == *key, "a token key is written as another one");
  return 0;
}
