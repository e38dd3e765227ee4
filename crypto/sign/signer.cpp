#include "crypto/sign/signer.hpp"

#include <optional>
#include <string>
#include <utility>

#include "crypto/random/random.hpp"
#include "crypto/sign/ed25519.hpp"
#include "crypto/sign/sm2.hpp"

namespace huangpu::crypto {

// One of the two is there, as the suite of the public key says.
struct LocalSigner::Key {
  SecretBytes ed25519;  // expanded
  std::optional<sm2::PrivateKey> sm2;
};

LocalSigner::LocalSigner(std::unique_ptr<Key> key, PublicKey public_key)
    : key_(std::move(key)), public_key_(public_key) {}
LocalSigner::~LocalSigner() = default;

Result<std::unique_ptr<LocalSigner>> LocalSigner::from_seed(SuiteId suite,
                                                            const SecretBytes& seed) {
  const std::size_t expected = sizes_of(suite).seed_bytes;
  if (seed.size() != expected) {
    return fail(Errc::kInvalidArgument, "private key has " + std::to_string(seed.size()) +
                                            " bytes where its suite has " +
                                            std::to_string(expected));
  }
  auto key = std::make_unique<Key>();
  Bytes raw_public_key;
  if (suite == SuiteId::kEd25519Sha256) {
    key->ed25519 = ed25519::expand_seed(seed);
    raw_public_key = to_bytes(key->ed25519.view().last(ed25519::kKeyBytes));
  } else {
    HP_TRY_ASSIGN(key->sm2, sm2::PrivateKey::from_seed(seed));
    raw_public_key = key->sm2->public_key();
  }
  HP_TRY_ASSIGN(const PublicKey public_key, PublicKey::from_raw(suite, raw_public_key));
  // The constructor is private, so make_unique cannot reach it.
  return std::unique_ptr<LocalSigner>(new LocalSigner(std::move(key), public_key));
}

Result<std::unique_ptr<LocalSigner>> LocalSigner::generate(SuiteId suite) {
  return from_seed(suite, random_seed(suite));
}

Result<Signature> LocalSigner::sign(ByteView message) {
  if (public_key_.suite() == SuiteId::kEd25519Sha256) {
    return Signature::from_raw(SuiteId::kEd25519Sha256, ed25519::sign(key_->ed25519, message));
  }
  SecretBytes entropy = SecretBytes::random(sm2::kEntropyBytes);
  HP_TRY_ASSIGN(const Bytes raw, key_->sm2->sign(sm2::UserId::standard(), message, entropy.view()));
  return Signature::from_raw(SuiteId::kSm2Sm3, raw);
}

SecretBytes random_seed(SuiteId suite) {
  for (;;) {
    SecretBytes seed = SecretBytes::random(sizes_of(suite).seed_bytes);
    // One SM2 seed in 2^32 is out of range; of Ed25519 every seed is good.
    if (suite == SuiteId::kEd25519Sha256 || sm2::PrivateKey::from_seed(seed)) return seed;
  }
}

}  // namespace huangpu::crypto
