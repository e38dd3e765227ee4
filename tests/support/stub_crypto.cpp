#include "tests/support/stub_crypto.hpp"

#include "crypto/base/assert.hpp"
#include "crypto/hash/hasher.hpp"
#include "tests/support/test_suite.hpp"

namespace huangpu::test {
namespace {

crypto::Signature stub(const crypto::PublicKey& key, ByteView message) {
  const crypto::Digest digest = crypto::sha256(message);
  const crypto::Digest bound = crypto::hash(key.suite(), {key.bytes(), digest.bytes()});
  Bytes raw = to_bytes(bound.bytes());
  raw.resize(64);
  auto signature = crypto::Signature::from_raw(key.suite(), raw);
  HP_ASSERT(signature.has_value(), "a stub signature has the suite's length");
  return *signature;
}

}  // namespace

StubSigner::StubSigner(std::uint8_t number) {
  Bytes seed(32, 0x11);
  seed[0] = number;
  const auto real =
      crypto::LocalSigner::from_seed(test_suite(), crypto::SecretBytes::copy_of(seed));
  HP_ASSERT(real.has_value(), "32 bytes that are no edge of the range are a seed in every suite");
  key_ = (*real)->public_key();
}

Result<crypto::Signature> StubSigner::sign(ByteView message) { return stub(key_, message); }

bool StubVerifier::verify(const crypto::PublicKey& key, ByteView message,
                          const crypto::Signature& signature) const {
  return stub(key, message) == signature;
}

}  // namespace huangpu::test
