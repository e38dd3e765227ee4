#include "crypto/hash/hasher.hpp"

#include <gtest/gtest.h>

#include <random>
#include <thread>
#include <vector>

#include "crypto/self_test.hpp"
#include "tests/unit/crypto/helpers.hpp"

namespace huangpu::crypto {
namespace {

TEST(Hash, GivesThePublishedAnswers) {
  // FIPS 180-4 examples; GB/T 32905-2016, annex A.
  EXPECT_EQ(hash(SuiteId::kEd25519Sha256, as_bytes("abc")).hex(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hash(SuiteId::kEd25519Sha256, ByteView()).hex(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hash(SuiteId::kSm2Sm3, as_bytes("abc")).hex(),
            "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
  std::string abcd;
  for (int i = 0; i < 16; ++i) abcd += "abcd";
  EXPECT_EQ(hash(SuiteId::kSm2Sm3, as_bytes(abcd)).hex(),
            "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732");
}

TEST(Hash, DoesNotDependOnHowTheInputIsCut) {
  std::mt19937_64 rng(11);
  for (int round = 0; round < 400; ++round) {
    const Bytes data = test::random_bytes(rng, rng() % 700);
    for (const SuiteId suite : {SuiteId::kEd25519Sha256, SuiteId::kSm2Sm3}) {
      const Digest whole = hash(suite, data);
      std::vector<ByteView> parts;
      Hasher hasher(suite);
      for (ByteView rest = data; !rest.empty();) {
        const ByteView part = rest.first(std::min<std::size_t>(rest.size(), rng() % 200));
        parts.push_back(part);
        hasher.update(part);
        rest = rest.subspan(part.size());
      }
      ASSERT_EQ(hash(suite, parts), whole);
      ASSERT_EQ(hasher.finish(), whole);
      ASSERT_EQ(hasher.update(data).finish(), whole) << "a finished hasher starts afresh";
    }
  }
}

TEST(Hash, GivesTheSameAnswerOnEveryThread) {
  const Bytes data(100, 7);
  const Digest expected = hash(SuiteId::kEd25519Sha256, data);
  std::vector<std::thread> threads;
  std::vector<Digest> seen(4);
  for (Digest& slot : seen) {
    threads.emplace_back([&slot, &data] {
      for (int i = 0; i < 1000; ++i) slot = hash(SuiteId::kEd25519Sha256, data);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const Digest& digest : seen) EXPECT_EQ(digest, expected);
}

TEST(Hasher, MayBeMovedWhileInUse) {
  Hasher first(SuiteId::kEd25519Sha256);
  first.update(as_bytes("a"));
  Hasher second(std::move(first));
  Hasher third(SuiteId::kSm2Sm3);
  third = std::move(second);
  EXPECT_EQ(third.update(as_bytes("bc")).finish(), sha256(as_bytes("abc")));
}

TEST(Digest, IsReadFromExactly32BytesOr64Digits) {
  EXPECT_TRUE(Digest::parse(Bytes(32, 1)).has_value());
  EXPECT_FALSE(Digest::parse(Bytes(31, 1)).has_value());
  EXPECT_FALSE(Digest::parse(Bytes(33, 1)).has_value());
  const Digest digest = sha256(as_bytes("x"));
  EXPECT_EQ(Digest::parse_hex(digest.hex()), digest);
  EXPECT_FALSE(Digest::parse_hex(digest.hex() + "00").has_value());
  EXPECT_TRUE(Digest().is_zero());
  EXPECT_FALSE(digest.is_zero());
}

TEST(Suite, IsKnownByNumberAndNameAndNothingElse) {
  EXPECT_EQ(parse_suite(1), SuiteId::kEd25519Sha256);
  EXPECT_EQ(parse_suite_name("sm2-sm3"), SuiteId::kSm2Sm3);
  for (const std::uint64_t byte : {0ULL, 3ULL, 255ULL, 257ULL}) {
    EXPECT_EQ(parse_suite(byte).error().code, Errc::kUnsupportedVersion);
  }
  EXPECT_EQ(parse_suite_name("ED25519").error().code, Errc::kUnsupportedVersion);
  EXPECT_EQ(parse_suite_option("sm2"), SuiteId::kSm2Sm3);
  EXPECT_EQ(parse_suite_option("ed25519"), SuiteId::kEd25519Sha256);
  EXPECT_EQ(parse_suite_option("sm2-sm3"), SuiteId::kSm2Sm3);
  EXPECT_FALSE(parse_suite_option("SM2").has_value());
  EXPECT_FALSE(parse_suite_name("sm2").has_value()) << "documents spell suites in full";
}

TEST(SelfTest, PassesOnThisMachine) {
  const Status status = self_test();
  EXPECT_TRUE(status.has_value()) << status.error().message;
}

}  // namespace
}  // namespace huangpu::crypto
