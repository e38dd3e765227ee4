// The acceptance predicate on inputs built by hand. Published cases are in vectors_test.cpp.
#include "crypto/sign/verifier.hpp"

#include <gtest/gtest.h>
#include <sodium.h>

#include <random>

#include "crypto/sign/ed25519.hpp"
#include "crypto/sign/signer.hpp"
#include "tests/unit/crypto/helpers.hpp"

namespace huangpu::crypto {
namespace {

constexpr SuiteId kSuite = SuiteId::kEd25519Sha256;

// The group order L, little-endian.
const Bytes kOrder = test::hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");

// The secret scalar of a seed (RFC 8032, 5.1.5).
Bytes scalar_of(ByteView seed) {
  Bytes hashed(64);
  crypto_hash_sha512(hashed.data(), seed.data(), seed.size());
  hashed[0] &= 248;
  hashed[31] = static_cast<std::uint8_t>((hashed[31] & 127) | 64);
  hashed.resize(32);
  return hashed;
}

// h = SHA-512(R ‖ A ‖ M) mod L.
Bytes challenge(ByteView r, ByteView a, ByteView message) {
  Bytes input = to_bytes(r);
  append(input, a);
  append(input, message);
  Bytes wide(64);
  crypto_hash_sha512(wide.data(), input.data(), input.size());
  Bytes h(32);
  crypto_core_ed25519_scalar_reduce(h.data(), wide.data());
  return h;
}

Bytes joined(ByteView r, ByteView s) {
  Bytes signature = to_bytes(r);
  append(signature, s);
  return signature;
}

// Adds L to the scalar of a signature; false when it no longer fits in 32 bytes.
bool add_order(Bytes& signature) {
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    const unsigned sum = signature[32 + i] + kOrder[i] + carry;
    signature[32 + i] = static_cast<std::uint8_t>(sum);
    carry = sum >> 8;
  }
  return carry == 0;
}

class FrozenPredicate : public testing::Test {
 protected:
  const Bytes seed_ = Bytes(32, 0x42);
  const std::unique_ptr<LocalSigner> signer_ =
      *LocalSigner::from_seed(kSuite, SecretBytes::copy_of(seed_));
  const PublicKey key_ = signer_->public_key();
  const Bytes message_ = to_bytes("pay 12.00 to no one");

  bool accepts(ByteView raw_signature) const {
    return verify(key_, message_, *Signature::from_raw(kSuite, raw_signature));
  }
};

TEST_F(FrozenPredicate, RefusesEveryMultipleOfTheOrderAddedToS) {
  Bytes signature = to_bytes(signer_->sign(message_)->bytes());
  ASSERT_TRUE(accepts(signature));
  int tried = 0;
  for (; add_order(signature); ++tried) EXPECT_FALSE(accepts(signature)) << tried;
  EXPECT_GE(tried, 14);
}

TEST_F(FrozenPredicate, RefusesRsOfSmallOrderThatSatisfyTheEquation) {
  // R is the neutral element and S = h·a: S·B = R + h·A holds, as the control below shows.
  Bytes neutral(32);
  neutral[0] = 1;
  const Bytes h = challenge(neutral, key_.bytes(), message_);
  Bytes s(32);
  crypto_core_ed25519_scalar_mul(s.data(), h.data(), scalar_of(seed_).data());

  Bytes left(32);
  Bytes right(32);
  ASSERT_EQ(crypto_scalarmult_ed25519_base_noclamp(left.data(), s.data()), 0);
  ASSERT_EQ(crypto_scalarmult_ed25519_noclamp(right.data(), h.data(), key_.bytes().data()), 0);
  ASSERT_EQ(left, right);

  EXPECT_FALSE(accepts(joined(neutral, s)));
}

TEST_F(FrozenPredicate, RefusesRsWithATorsionPartThatOnlyTheCofactorWouldRemove) {
  const Bytes torsion =
      test::hex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a");
  // R = r·B + T, S = r + h·a.
  Bytes r(32, 7);
  r[31] = 0;
  Bytes r_point(32);
  ASSERT_EQ(crypto_scalarmult_ed25519_base_noclamp(r_point.data(), r.data()), 0);
  Bytes mixed(32);
  ASSERT_EQ(crypto_core_ed25519_add(mixed.data(), r_point.data(), torsion.data()), 0);

  const auto complete = [&](const Bytes& point) {
    Bytes s(32);
    const Bytes h = challenge(point, key_.bytes(), message_);
    crypto_core_ed25519_scalar_mul(s.data(), h.data(), scalar_of(seed_).data());
    crypto_core_ed25519_scalar_add(s.data(), s.data(), r.data());
    return joined(point, s);
  };
  EXPECT_TRUE(accepts(complete(r_point))) << "control: without the torsion part it is a signature";
  EXPECT_FALSE(accepts(complete(mixed)));
}

TEST_F(FrozenPredicate, RefusesKeysOfSmallOrderEvenBelowTheKeyType) {
  Bytes neutral(32);
  neutral[0] = 1;
  const Bytes forged = joined(neutral, Bytes(32));
  for (const char* const encoding :
       {"0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"}) {
    // Eight messages, so that one of them meets the order of each point.
    for (std::uint8_t i = 0; i < 8; ++i) {
      EXPECT_FALSE(ed25519::verify(test::hex(encoding), ByteView(&i, 1), forged));
    }
  }
}

TEST_F(FrozenPredicate, RefusesEveryFlippedBit) {
  const Bytes good = to_bytes(signer_->sign(message_)->bytes());
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes flipped = good;
    flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
    ASSERT_FALSE(accepts(flipped)) << bit;
  }
}

TEST_F(FrozenPredicate, IsTheLibrarysVerdictForRandomKeysAndSignatures) {
  std::mt19937_64 rng(31);
  for (int round = 0; round < 300; ++round) {
    const Bytes raw_key = test::random_bytes(rng, 32);
    const Bytes signature = test::random_bytes(rng, 64);
    const auto key = PublicKey::from_raw(kSuite, raw_key);
    const bool expected = crypto_sign_verify_detached(signature.data(), message_.data(),
                                                      message_.size(), raw_key.data()) == 0;
    const bool accepted = key && verify(*key, message_, *Signature::from_raw(kSuite, signature));
    EXPECT_EQ(accepted, expected);
  }
}

TEST_F(FrozenPredicate, NothingVerifiesWithoutAKeyOrASignature) {
  const Signature good = *signer_->sign(message_);
  EXPECT_FALSE(verify(PublicKey(), message_, good));
  EXPECT_FALSE(verify(key_, message_, Signature()));
  EXPECT_FALSE(verify(PublicKey(), message_, Signature()));
  EXPECT_TRUE(default_verifier().verify(key_, message_, good));
}

TEST_F(FrozenPredicate, TheEmptyMessageIsAMessage) {
  const Signature signature = *signer_->sign(ByteView());
  EXPECT_TRUE(verify(key_, ByteView(), signature));
  EXPECT_FALSE(verify(key_, message_, signature));
}

}  // namespace
}  // namespace huangpu::crypto
