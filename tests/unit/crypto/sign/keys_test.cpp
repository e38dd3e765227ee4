#include <gtest/gtest.h>
#include <sodium.h>

#include <random>

#include "crypto/sign/public_key.hpp"
#include "crypto/sign/signature.hpp"
#include "crypto/sign/signer.hpp"
#include "crypto/sign/verifier.hpp"
#include "tests/unit/crypto/helpers.hpp"

namespace huangpu::crypto {
namespace {

constexpr SuiteId kSuite = SuiteId::kEd25519Sha256;

PublicKey make_key(SuiteId suite = kSuite) { return (*LocalSigner::generate(suite))->public_key(); }

// What holds for keys and signatures of every suite.
class EverySuite : public testing::TestWithParam<SuiteId> {
 protected:
  SuiteId other() const {
    return GetParam() == SuiteId::kSm2Sm3 ? SuiteId::kEd25519Sha256 : SuiteId::kSm2Sm3;
  }
};
INSTANTIATE_TEST_SUITE_P(Suites, EverySuite, testing::ValuesIn(kAllSuites), [](const auto& suite) {
  return suite.param == SuiteId::kSm2Sm3 ? "Sm2" : "Ed25519";
});

TEST_P(EverySuite, APublicKeyIsReadBackFromEveryOfItsForms) {
  const PublicKey key = make_key(GetParam());
  EXPECT_EQ(PublicKey::decode(key.encode()), key);
  EXPECT_EQ(PublicKey::parse(key.to_string()), key);
  EXPECT_EQ(PublicKey::from_raw(key.suite(), key.bytes()), key);

  Writer writer;
  key.write(writer);
  writer.u8(9);
  Reader reader(writer.view());
  EXPECT_EQ(PublicKey::read(reader), key);
  EXPECT_EQ(reader.u8(), 9);
  EXPECT_TRUE(reader.finish("key and byte").has_value());
  EXPECT_TRUE(key.check_for_registration().has_value());
  EXPECT_NE(key.id(), make_key(GetParam()).id());
  EXPECT_EQ(key.suite(), GetParam());
  EXPECT_EQ(key.encode()[0], static_cast<std::uint8_t>(GetParam()));
}

TEST_P(EverySuite, APublicKeyRefusesOtherLengthsSuitesAndTruncations) {
  const Bytes good = make_key(GetParam()).encode();
  for (std::size_t size_bytes = 0; size_bytes < good.size(); ++size_bytes) {
    EXPECT_FALSE(PublicKey::decode(ByteView(good).first(size_bytes)).has_value());
  }
  Bytes longer = good;
  longer.push_back(0);
  EXPECT_FALSE(PublicKey::decode(longer).has_value());

  Bytes unknown_suite = good;
  unknown_suite[0] = 7;
  EXPECT_EQ(PublicKey::decode(unknown_suite).error(),
            (Error{Errc::kUnsupportedVersion, "unknown crypto suite 7"}));
  Bytes other_suite = good;
  other_suite[0] = static_cast<std::uint8_t>(other());
  EXPECT_EQ(PublicKey::decode(other_suite).error().code, Errc::kMalformed);

  const std::size_t size = sizes_of(GetParam()).public_key_bytes;
  EXPECT_FALSE(PublicKey::from_raw(GetParam(), Bytes(size - 1, 5)).has_value());
  EXPECT_FALSE(PublicKey::from_raw(GetParam(), Bytes(size + 1, 5)).has_value());
  EXPECT_FALSE(PublicKey::decode(PublicKey().encode()).has_value());
  EXPECT_FALSE(PublicKey().check_for_registration().has_value());
  for (const char* const text : {"", "ed25519-sha256", "ed25519-sha256:", "ed25519-sha256:zz",
                                 "other:00", ":00", "sm2-sm3:00"}) {
    EXPECT_FALSE(PublicKey::parse(text).has_value()) << text;
  }
}

// All encodings of the eight points of small order, canonical or not: "Taming the many EdDSAs",
// tables 6a and 6b.
TEST(PublicKey, RefusesEveryEncodingOfEveryPointOfSmallOrder) {
  for (const char* const y : {"0000000000000000000000000000000000000000000000000000000000000000",
                              "0100000000000000000000000000000000000000000000000000000000000000",
                              "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
                              "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
                              "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                              "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                              "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"}) {
    Bytes raw = test::hex(y);
    for (const int sign : {0, 0x80}) {
      raw[31] = static_cast<std::uint8_t>((raw[31] & 0x7f) | sign);
      const auto key = PublicKey::from_raw(kSuite, raw);
      ASSERT_FALSE(key.has_value()) << to_hex(raw);
      EXPECT_EQ(key.error().code, Errc::kMalformed);
    }
  }
}

TEST(PublicKey, RefusesEveryEncodingThatIsNotCanonical) {
  for (int low = 0xed; low <= 0xff; ++low) {
    for (const int high : {0x7f, 0xff}) {
      Bytes raw(32, 0xff);
      raw[0] = static_cast<std::uint8_t>(low);
      raw[31] = static_cast<std::uint8_t>(high);
      EXPECT_FALSE(PublicKey::from_raw(kSuite, raw).has_value()) << to_hex(raw);
    }
  }
  // p - 2 is canonical, and no point of small order.
  Bytes last = Bytes(32, 0xff);
  last[0] = 0xeb;
  last[31] = 0x7f;
  EXPECT_TRUE(PublicKey::from_raw(kSuite, last).has_value());
}

TEST(PublicKey, OfMixedOrderOrOffTheCurveMayNotBeRegistered) {
  const Bytes torsion =
      test::hex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a");
  Bytes mixed(32);
  ASSERT_EQ(crypto_core_ed25519_add(mixed.data(), make_key().bytes().data(), torsion.data()), 0);
  const auto mixed_key = PublicKey::from_raw(kSuite, mixed);
  ASSERT_TRUE(mixed_key.has_value());
  EXPECT_FALSE(mixed_key->check_for_registration().has_value());

  Bytes off_curve(32);
  off_curve[0] = 2;
  const auto no_point = PublicKey::from_raw(kSuite, off_curve);
  ASSERT_TRUE(no_point.has_value());
  EXPECT_FALSE(no_point->check_for_registration().has_value());
  EXPECT_FALSE(verify(*no_point, as_bytes("m"), *Signature::from_raw(kSuite, Bytes(64, 1))));
}

TEST_P(EverySuite, ASignatureIsReadBackFromItsEncodingOnly) {
  std::mt19937_64 rng(4);
  const auto signature = Signature::from_raw(GetParam(), test::random_bytes(rng, 64));
  ASSERT_TRUE(signature.has_value());
  const Bytes good = signature->encode();
  EXPECT_EQ(Signature::decode(good), *signature);
  for (std::size_t size_bytes = 0; size_bytes < good.size(); ++size_bytes) {
    EXPECT_FALSE(Signature::decode(ByteView(good).first(size_bytes)).has_value());
  }
  EXPECT_FALSE(Signature::from_raw(GetParam(), Bytes(63)).has_value());
  EXPECT_FALSE(Signature::from_raw(GetParam(), Bytes(65)).has_value());
  EXPECT_FALSE(Signature::decode(Signature().encode()).has_value());

  Bytes unknown_suite = good;
  unknown_suite[0] = 3;
  Reader reader(unknown_suite);
  EXPECT_TRUE(Signature::read(reader).empty());
  EXPECT_FALSE(reader.ok());
}

TEST_P(EverySuite, DecodersAnswerAnyBytesWithoutHarm) {
  std::mt19937_64 rng(12);
  const Bytes good = make_key(GetParam()).encode();
  for (int round = 0; round < 5000; ++round) {
    Bytes bytes = rng() % 2 == 0 ? test::random_bytes(rng, rng() % 100) : good;
    if (!bytes.empty()) bytes[rng() % bytes.size()] = static_cast<std::uint8_t>(rng());
    if (const auto key = PublicKey::decode(bytes)) {
      EXPECT_EQ(key->encode(), bytes);
    }
    if (const auto signature = Signature::decode(bytes)) {
      EXPECT_EQ(signature->encode(), bytes);
    }
  }
}

TEST_P(EverySuite, ASignerSignsWhatItsPublicKeyVerifies) {
  const auto signer = LocalSigner::generate(GetParam());
  ASSERT_TRUE(signer.has_value());
  const PublicKey& key = (*signer)->public_key();
  const auto signature = (*signer)->sign(as_bytes("message"));
  ASSERT_TRUE(signature.has_value());
  EXPECT_EQ(signature->suite(), GetParam());
  EXPECT_TRUE(verify(key, as_bytes("message"), *signature));
  EXPECT_FALSE(verify(key, as_bytes("massage"), *signature));
  EXPECT_FALSE(verify(make_key(GetParam()), as_bytes("message"), *signature));
  EXPECT_FALSE(verify(PublicKey(), as_bytes("message"), *signature));
  EXPECT_FALSE(verify(key, as_bytes("message"), Signature()));
}

// SPEC K-40: never "try both".
TEST_P(EverySuite, ASignatureUnderTheNameOfAnotherSuiteIsRefused) {
  const auto signer = LocalSigner::generate(GetParam()).value();
  const auto signature = signer->sign(as_bytes("message")).value();
  const auto renamed = Signature::from_raw(other(), signature.bytes()).value();
  EXPECT_FALSE(verify(signer->public_key(), as_bytes("message"), renamed));
  EXPECT_FALSE(verify(make_key(other()), as_bytes("message"), signature));
  EXPECT_FALSE(verify(make_key(other()), as_bytes("message"), renamed));
}

TEST_P(EverySuite, ASignerRefusesSeedsOfOtherLengths) {
  for (const std::size_t size : {0U, 1U, 31U, 33U, 64U}) {
    EXPECT_EQ(LocalSigner::from_seed(GetParam(), SecretBytes(size)).error().code,
              Errc::kInvalidArgument);
  }
  EXPECT_TRUE(LocalSigner::from_seed(GetParam(), random_seed(GetParam())).has_value());
}

}  // namespace
}  // namespace huangpu::crypto
