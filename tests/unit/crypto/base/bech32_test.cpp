#include "crypto/base/bech32.hpp"

#include <gtest/gtest.h>

#include <random>

#include "tests/unit/crypto/helpers.hpp"

namespace huangpu {
namespace {

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

// BIP-350, "Test vectors for Bech32m".
TEST(Bech32m, TakesTheValidStringsOfBip350) {
  for (
      const std::string text :
      {"A1LQFN3A", "a1lqfn3a",
       "an83characterlonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11sg7hg6",
       "abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx",
       "11llllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllludsr8",
       "split1checkupstagehandshakeupstreamerranterredcaperredlc445v", "?1v759aa"}) {
    const auto decoded = bech32m_decode(text);
    ASSERT_TRUE(decoded.has_value()) << text << ": " << decoded.error().message;
    EXPECT_EQ(bech32m_encode(decoded->prefix, decoded->symbols), lower(text));
  }
}

TEST(Bech32m, RefusesTheInvalidStringsOfBip350WithTheReason) {
  const auto expect = [](const std::string& text, const std::string& reason) {
    const auto decoded = bech32m_decode(text);
    ASSERT_FALSE(decoded.has_value()) << text;
    EXPECT_EQ(decoded.error().code, Errc::kMalformed);
    EXPECT_NE(decoded.error().message.find(reason), std::string::npos)
        << text << ": " << decoded.error().message;
  };
  expect(
      "\x20"
      "1xj0phk",
      "character 1 is a space or an unprintable character");
  expect(
      "\x7f"
      "1g6xzxy",
      "character 1 is a space or an unprintable character");
  expect(
      "\x80"
      "1vctc34",
      "character 1 is a space or an unprintable character");
  expect(
      "an84characterslonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11d6pts4",
      "has 91 characters; 90 is the most");
  expect("qyrz8wqd2c9m", "has no '1' between prefix and data");
  expect("1qyrz8wqd2c9m", "has no prefix");
  expect("y1b0jsk6g", "character 3, 'b', occurs in no address");
  expect("lt1igcx5c0", "character 4, 'i', occurs in no address");
  expect("in1muywd", "ends before its checksum");
  expect("mm1crxm3i", "character 9, 'i', occurs in no address");
  expect("au1s5cgom", "character 8, 'o', occurs in no address");
  expect("M1VUXWEZ", "checksum does not fit");
  expect("16plkw9", "has no prefix");
  expect("1p2gdwpf", "has no prefix");
  // Of the older bech32, with the other constant.
  expect("a12uel5l", "checksum does not fit");
  expect("abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpQzd3ryx",
         "mixes upper and lower case: character 39");
}

TEST(Bech32m, FindsEveryOneAndTwoCharacterErrorAndEverySwap) {
  std::mt19937_64 rng(8);
  constexpr std::string_view kAlphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
  const std::string good = bech32m_encode("demo", bech32_symbols_of(test::random_bytes(rng, 33)));
  ASSERT_TRUE(bech32m_decode(good).has_value());
  for (std::size_t i = 5; i < good.size(); ++i) {
    for (const char c : kAlphabet) {
      std::string wrong = good;
      if (wrong[i] == c) continue;
      wrong[i] = c;
      EXPECT_FALSE(bech32m_decode(wrong).has_value()) << wrong;
      std::string again = wrong;
      const std::size_t second = 5 + rng() % (good.size() - 5);
      again[second] = kAlphabet[rng() % 32];
      EXPECT_TRUE(again == good || !bech32m_decode(again).has_value()) << again;
    }
    if (i + 1 < good.size() && good[i] != good[i + 1]) {
      std::string swapped = good;
      std::swap(swapped[i], swapped[i + 1]);
      EXPECT_FALSE(bech32m_decode(swapped).has_value()) << swapped;
    }
  }
}

TEST(Bech32m, BytesComeBackFromTheirSymbolsAndNothingElseDoes) {
  std::mt19937_64 rng(9);
  for (std::size_t size = 0; size < 60; ++size) {
    const Bytes bytes = test::random_bytes(rng, size);
    const Bytes symbols = bech32_symbols_of(bytes);
    EXPECT_EQ(symbols.size(), (size * 8 + 4) / 5);
    EXPECT_EQ(bech32_bytes_of(symbols), bytes);
    Bytes longer = symbols;
    longer.push_back(0);
    if (bech32_bytes_of(longer)) {
      EXPECT_NE(bech32_bytes_of(longer), bytes) << "one spelling per value";
    }
    if (size % 5 != 0) {
      Bytes dirty = symbols;
      dirty.back() = static_cast<std::uint8_t>(dirty.back() | 1);
      EXPECT_FALSE(bech32_bytes_of(dirty).has_value()) << size;
    }
  }
}

TEST(Bech32m, AnswersAnyTextWithoutHarm) {
  std::mt19937_64 rng(10);
  const std::string good = bech32m_encode("demo", bech32_symbols_of(Bytes(33, 7)));
  for (int round = 0; round < 20'000; ++round) {
    std::string text = good;
    for (std::uint64_t changes = rng() % 4; changes > 0; --changes) {
      text[rng() % text.size()] = static_cast<char>(rng());
    }
    if (rng() % 4 == 0) text.resize(rng() % text.size());
    if (const auto decoded = bech32m_decode(text)) {
      EXPECT_EQ(bech32m_encode(decoded->prefix, decoded->symbols), lower(text));
    }
  }
}

}  // namespace
}  // namespace huangpu
