#include "crypto/base/bytes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/unit/crypto/helpers.hpp"

namespace huangpu {
namespace {

TEST(Hex, ReadsBackWhatItWrites) {
  std::mt19937_64 rng(1);
  for (std::size_t size_bytes = 0; size_bytes < 100; ++size_bytes) {
    const Bytes bytes = test::random_bytes(rng, size_bytes);
    EXPECT_EQ(from_hex(to_hex(bytes)), bytes);
  }
  EXPECT_EQ(to_hex(Bytes{0x00, 0xab, 0xff}), "00abff");
  EXPECT_EQ(from_hex("00ABff"), (Bytes{0x00, 0xab, 0xff}));
}

TEST(Hex, RefusesOddLengthsAndForeignCharacters) {
  for (const char* const text : {"0", "abc", "0g", "g0", "0x", " 00", "00 ", "0\n", "\xc3\xa9"}) {
    ASSERT_FALSE(from_hex(text).has_value()) << text;
    EXPECT_EQ(from_hex(text).error().code, Errc::kMalformed);
  }
}

TEST(Bytes, ComparisonsAgreeWithTheStandardOnes) {
  std::mt19937_64 rng(2);
  for (int round = 0; round < 2000; ++round) {
    Bytes a = test::random_bytes(rng, rng() % 6);
    Bytes b = rng() % 3 == 0 ? a : test::random_bytes(rng, rng() % 6);
    if (!b.empty() && rng() % 3 == 0) b.back() = static_cast<std::uint8_t>(b.back() ^ 0x80);
    EXPECT_EQ(equal(a, b), a == b);
    EXPECT_EQ(constant_time_equal(a, b), a == b);
    EXPECT_EQ(less(a, b), a < b);
  }
}

}  // namespace
}  // namespace huangpu
