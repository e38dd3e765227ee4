#include "tests/support/sim_crypto.hpp"

#include <utility>

#include "crypto/base/assert.hpp"
#include "crypto/base/codec.hpp"
#include "crypto/hash/hasher.hpp"
#include "crypto/sign/sm2.hpp"

namespace huangpu::test {
namespace {

constexpr std::size_t kSignatureBytes = 64;

crypto::Signature tag(crypto::SuiteId suite, const crypto::Digest& secret, ByteView message) {
  const crypto::Digest digest =
      crypto::hash(crypto::SuiteId::kEd25519Sha256, {secret.bytes(), message});
  Bytes raw = to_bytes(digest.bytes());
  raw.resize(kSignatureBytes);
  auto signature = crypto::Signature::from_raw(suite, raw);
  HP_ASSERT(signature.has_value(), "a tag has the length of a signature");
  return *signature;
}

class StubKey final : public crypto::Signer {
 public:
  StubKey(crypto::PublicKey key, const crypto::Digest& secret)
      : key_(std::move(key)), secret_(secret) {}
  const crypto::PublicKey& public_key() const override { return key_; }
  Result<crypto::Signature> sign(ByteView message) override {
    return tag(key_.suite(), secret_, message);
  }

 private:
  const crypto::PublicKey key_;
  const crypto::Digest secret_;
};

// A real SM2 key whose signatures are those of every run: fresh randomness comes from a counter.
class ReplayableSm2Key final : public crypto::Signer {
 public:
  ReplayableSm2Key(crypto::PublicKey key, crypto::sm2::PrivateKey secret)
      : key_(std::move(key)), secret_(std::move(secret)) {}
  const crypto::PublicKey& public_key() const override { return key_; }
  Result<crypto::Signature> sign(ByteView message) override {
    Writer entropy_of;
    entropy_of.u64(++count_);
    const crypto::Digest entropy = crypto::sha256(entropy_of.view());
    HP_TRY_ASSIGN(const Bytes raw,
                  secret_.sign(crypto::sm2::UserId::standard(), message, entropy.bytes()));
    return crypto::Signature::from_raw(crypto::SuiteId::kSm2Sm3, raw);
  }

 private:
  const crypto::PublicKey key_;
  const crypto::sm2::PrivateKey secret_;
  std::uint64_t count_ = 0;
};

}  // namespace

std::unique_ptr<crypto::Signer> SimKeyRing::make_signer(std::uint64_t number,
                                                        crypto::SuiteId suite) {
  Writer seed_of;
  seed_of.tag("huangpu simulated key").u64(number);
  const crypto::Digest seed = crypto::sha256(seed_of.view());
  auto real = crypto::LocalSigner::from_seed(suite, crypto::SecretBytes::copy_of(seed.bytes()));
  HP_ASSERT(real.has_value(), "the bytes of a digest are a seed");
  const crypto::PublicKey key = (*real)->public_key();
  if (kind_ == Kind::kReal && suite == crypto::SuiteId::kEd25519Sha256) return std::move(*real);
  if (kind_ == Kind::kReal) {
    auto secret = crypto::sm2::PrivateKey::from_seed(crypto::SecretBytes::copy_of(seed.bytes()));
    HP_ASSERT(secret.has_value(), "what made a signer is a seed");
    return std::make_unique<ReplayableSm2Key>(key, std::move(*secret));
  }
  secrets_.emplace(key, seed);
  return std::make_unique<StubKey>(key, seed);
}

bool SimKeyRing::verify(const crypto::PublicKey& key, ByteView message,
                        const crypto::Signature& signature) const {
  if (kind_ == Kind::kReal) return crypto::default_verifier().verify(key, message, signature);
  const auto found = secrets_.find(key);
  return found != secrets_.end() && tag(key.suite(), found->second, message) == signature;
}

}  // namespace huangpu::test
