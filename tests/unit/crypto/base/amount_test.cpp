#include "crypto/base/amount.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace huangpu {
namespace {

constexpr char kMaxText[] = "340282366920938463463374607431768211455";

// Whole numbers as decimal digits, most significant first, with the arithmetic taught at school:
// slow, and sharing nothing with 128-bit integers.
std::string strip(std::string digits) {
  const auto first = digits.find_first_not_of('0');
  return first == std::string::npos ? "0" : digits.substr(first);
}
bool model_less(const std::string& a, const std::string& b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}
std::string model_add(std::string a, std::string b) {
  const std::size_t width = std::max(a.size(), b.size()) + 1;
  a.insert(0, width - a.size(), '0');
  b.insert(0, width - b.size(), '0');
  int carry = 0;
  for (std::size_t i = width; i-- > 0;) {
    const int sum = (a[i] - '0') + (b[i] - '0') + carry;
    a[i] = static_cast<char>('0' + sum % 10);
    carry = sum / 10;
  }
  return strip(a);
}
// Requires a >= b.
std::string model_sub(std::string a, std::string b) {
  b.insert(0, a.size() - b.size(), '0');
  int borrow = 0;
  for (std::size_t i = a.size(); i-- > 0;) {
    int difference = (a[i] - '0') - (b[i] - '0') - borrow;
    borrow = difference < 0 ? 1 : 0;
    a[i] = static_cast<char>('0' + difference + borrow * 10);
  }
  return strip(a);
}
std::string model_mul(const std::string& a, std::uint64_t factor) {
  std::string result = "0";
  const std::string digits = std::to_string(factor);
  for (const char digit : digits) {
    result = strip(result + "0");
    for (int i = 0; i < digit - '0'; ++i) result = model_add(result, a);
  }
  return result;
}

// Numbers of every length, with the edges of both halves well represented.
Amount random_amount(std::mt19937_64& rng) {
  const auto half = [&rng]() -> std::uint64_t {
    switch (rng() % 4) {
      case 0:
        return rng() >> (rng() % 64);
      case 1:
        return ~std::uint64_t{0} - (rng() % 3);
      case 2:
        return rng() % 3;
      default:
        return rng();
    }
  };
  const std::uint64_t hi = half();
  return Amount::from_parts(hi, half());
}

TEST(Amount, SumsDifferencesAndProductsAreThoseOfSchoolArithmeticOrNothing) {
  std::mt19937_64 rng(20261123);
  for (int round = 0; round < 3000; ++round) {
    const Amount a = random_amount(rng);
    const Amount b = random_amount(rng);
    const std::uint64_t factor = rng() >> (rng() % 64);
    const std::string a_text = a.to_string(0);
    const std::string b_text = b.to_string(0);

    const std::string sum = model_add(a_text, b_text);
    const auto checked_sum = a.checked_add(b);
    ASSERT_EQ(checked_sum.has_value(), !model_less(kMaxText, sum)) << a_text << " + " << b_text;
    if (checked_sum) {
      ASSERT_EQ(checked_sum->to_string(0), sum);
    }

    const auto checked_difference = a.checked_sub(b);
    ASSERT_EQ(checked_difference.has_value(), !model_less(a_text, b_text));
    if (checked_difference) {
      ASSERT_EQ(checked_difference->to_string(0), model_sub(a_text, b_text));
    }

    if (round % 10 == 0) {
      const std::string product = model_mul(a_text, factor);
      const auto checked_product = a.checked_mul(factor);
      ASSERT_EQ(checked_product.has_value(), !model_less(kMaxText, product));
      if (checked_product) {
        ASSERT_EQ(checked_product->to_string(0), product);
      }
    }
    ASSERT_EQ(a < b, model_less(a_text, b_text));
  }
}

TEST(Amount, ReadsBackEveryTextItWritesForEveryNumberOfDecimals) {
  std::mt19937_64 rng(7);
  for (int round = 0; round < 3000; ++round) {
    const Amount amount = random_amount(rng);
    const auto decimals = static_cast<unsigned>(rng() % (Amount::kDecimalsMax + 1));
    const std::string text = amount.to_string(decimals);
    const auto read = Amount::parse(text, decimals);
    ASSERT_TRUE(read.has_value()) << text << ": " << read.error().message;
    ASSERT_EQ(*read, amount) << text;
  }
}

TEST(Amount, MeansMinorUnits) {
  EXPECT_EQ(Amount::parse("12.34", 2), Amount::from_u64(1234));
  EXPECT_EQ(Amount::parse("12.3", 2), Amount::from_u64(1230));
  EXPECT_EQ(Amount::parse("12", 2), Amount::from_u64(1200));
  EXPECT_EQ(Amount::parse("0.05", 2), Amount::from_u64(5));
  EXPECT_EQ(Amount::parse("0", 8), Amount::zero());
  EXPECT_EQ(Amount::parse(kMaxText, 0), Amount::max());
  EXPECT_EQ(Amount::parse("3.40282366920938463463374607431768211455", 38), Amount::max());
  EXPECT_EQ(Amount::from_u64(5).to_string(2), "0.05");
  EXPECT_EQ(Amount::from_u64(123456).to_string(2), "1234.56");
  EXPECT_EQ(Amount::zero().to_string(0), "0");
  EXPECT_EQ(Amount::zero().to_string(3), "0.000");
}

TEST(Amount, RefusesEveryTextThatIsNotPlainDigitsWithAtMostTheAssetsDecimals) {
  const std::vector<std::string> refused = {"",
                                            ".",
                                            "1.",
                                            ".5",
                                            "1.000",
                                            "1.234",
                                            "+1",
                                            "-1",
                                            "-0",
                                            "1e3",
                                            "0x10",
                                            "1,000",
                                            "1 ",
                                            " 1",
                                            "1.2.3",
                                            "01",
                                            "00",
                                            "00.1",
                                            "1_000",
                                            "1'000",
                                            "NaN",
                                            "inf",
                                            "1\n",
                                            "１",
                                            "1.２",
                                            "1.-1",
                                            "1..2",
                                            "1.+2",
                                            "1/2",
                                            "1.2e1",
                                            "\xff",
                                            "1:",
                                            "1\x2f",
                                            "٣",
                                            "1. 2",
                                            "$1",
                                            std::string("1\0", 2),
                                            std::string("\0", 1)};
  for (const std::string& text : refused) {
    const auto read = Amount::parse(text, 2);
    ASSERT_FALSE(read.has_value()) << "\"" << text << "\"";
    EXPECT_EQ(read.error().code, Errc::kMalformed) << text;
  }
  EXPECT_FALSE(Amount::parse("1.0", 0).has_value());
}

TEST(Amount, RefusesWhatIsBeyond128BitsOrTooLong) {
  for (const std::string& text :
       {std::string("340282366920938463463374607431768211456"), std::string(39, '9'),
        std::string("1") + std::string(40, '0'), std::string("1") + std::string(100'000, '0')}) {
    const auto read = Amount::parse(text, 0);
    ASSERT_FALSE(read.has_value());
    EXPECT_EQ(read.error().code, Errc::kOutOfRange);
  }
  EXPECT_EQ(Amount::parse("3.41", 38).error().code, Errc::kOutOfRange);
  EXPECT_EQ(Amount::parse("1", 39).error().code, Errc::kInvalidArgument);
}

TEST(Amount, AnswersAnyTextWithoutHarm) {
  std::mt19937_64 rng(99);
  constexpr std::string_view kAlphabet = "0123456789.-+eE, \x00\xff";
  for (int round = 0; round < 20000; ++round) {
    std::string text(rng() % 45, ' ');
    for (char& c : text) c = kAlphabet[rng() % kAlphabet.size()];
    const auto decimals = static_cast<unsigned>(rng() % 40);
    const auto read = Amount::parse(text, decimals);
    if (!read) continue;
    // What is accepted means what a re-reading of its own text means.
    EXPECT_EQ(Amount::parse(read->to_string(decimals), decimals), *read);
  }
}

}  // namespace
}  // namespace huangpu
