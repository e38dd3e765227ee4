#include "tests/support/sim_crypto.hpp"

#include <sodium.h>

#include <array>
#include <utility>

#include "crypto/base/assert.hpp"
#include "crypto/base/codec.hpp"
#include "crypto/hash/hasher.hpp"
#include "crypto/sign/sm2.hpp"

namespace huangpu::test {
namespace {

constexpr std::size_t kSignatureBytes = 64;

// Two SipHash values under the halves of the secret. A cryptographic hash would be a third of the
// simulation's time.
crypto::Signature tag(crypto::SuiteId suite, const crypto::Digest& secret, ByteView message) {
  static_assert(crypto::Digest::kSizeBytes == 2 * crypto_shorthash_KEYBYTES);
  std::array<std::uint8_t, kSignatureBytes> raw{};
  for (std::size_t half = 0; half < 2; ++half) {
    crypto_shorthash(raw.data() + half * crypto_shorthash_BYTES, message.data(), message.size(),
                     secret.bytes().data() + half * crypto_shorthash_KEYBYTES);
  }
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

// --- the generator ---

std::uint64_t random_state = 0;  // NOLINT: libsodium's interface has no context

std::uint32_t next_random() {
  random_state += 0x9e3779b97f4a7c15ULL;
  std::uint64_t z = random_state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return static_cast<std::uint32_t>(z >> 32);
}

void fill_random(void* const buffer, const std::size_t size) {
  auto* const bytes = static_cast<std::uint8_t*>(buffer);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(next_random());
}

const char* random_name() { return "seeded for a simulation"; }

}  // namespace

void seed_crypto_random(std::uint64_t seed) {
  static randombytes_implementation seeded = {random_name, next_random, nullptr,
                                              nullptr,     fill_random, nullptr};
  random_state = seed;
  randombytes_set_implementation(&seeded);
}

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
