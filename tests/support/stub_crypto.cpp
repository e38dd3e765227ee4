#include "tests/support/stub_crypto.hpp"

#include "crypto/base/assert.hpp"
#include "crypto/hash/hasher.hpp"

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
  Bytes raw(32, 0x11);
  raw[0] = number;
  auto key = crypto::PublicKey::from_raw(crypto::SuiteId::kEd25519Sha256, raw);
  HP_ASSERT(key.has_value(), "a stub key has the form of a key");
  key_ = *key;
}

Result<crypto::Signature> StubSigner::sign(ByteView message) { return stub(key_, message); }

bool StubVerifier::verify(const crypto::PublicKey& key, ByteView message,
                          const crypto::Signature& signature) const {
  return stub(key, message) == signature;
}

}  // namespace huangpu::test
