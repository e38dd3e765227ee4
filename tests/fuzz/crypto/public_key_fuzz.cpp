// Public keys and signatures: one encoding per value; an accepted key of a wrong group verifies
// nothing unnoticed.
#include <cstddef>
#include <cstdint>
#include <string>

#include "crypto/base/assert.hpp"
#include "crypto/sign/public_key.hpp"
#include "crypto/sign/signature.hpp"
#include "crypto/sign/verifier.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  using namespace huangpu;
  const ByteView input(data, size_bytes);

  if (const auto key = crypto::PublicKey::decode(input)) {
    HP_ASSERT(equal(key->encode(), input), "a public key has two encodings");
    HP_ASSERT(crypto::PublicKey::parse(key->to_string()) == *key, "a public key lost its text");
  }
  if (const auto signature = crypto::Signature::decode(input)) {
    HP_ASSERT(equal(signature->encode(), input), "a signature has two encodings");
  }
  static_cast<void>(crypto::PublicKey::parse(as_text(input)));

  // A key and a signature in one layout, then the message: nobody signed it.
  Reader reader(input);
  const auto key = crypto::PublicKey::read(reader);
  const auto signature = crypto::Signature::read(reader);
  const ByteView message = reader.raw(reader.remaining());
  if (reader.ok() && key.check_for_registration()) {
    static_cast<void>(crypto::verify(key, message, signature));
  }
  return 0;
}
