#include "node/config/units.hpp"

#include <gtest/gtest.h>

namespace huangpu::node {
namespace {

using namespace std::chrono_literals;

TEST(Duration, ReadsAWholeNumberAndAUnit) {
  EXPECT_EQ(parse_duration("0ms"), 0ms);
  EXPECT_EQ(parse_duration("250ms"), 250ms);
  EXPECT_EQ(parse_duration("10s"), 10s);
  EXPECT_EQ(parse_duration("5m"), 5min);
  EXPECT_EQ(parse_duration("24h"), 24h);
}

TEST(Duration, RefusesEverythingElse) {
  for (const auto* text :
       {"", "5", "ms", " 5ms", "5 ms", "5ms ", "-5ms", "+5ms", "0.5s", "5S", "5sec", "0x5s"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
  EXPECT_EQ(parse_duration("9000h").error().code, Errc::kOutOfRange);
  EXPECT_EQ(parse_duration("99999999999999999999ms").error().code, Errc::kOutOfRange);
}

TEST(Duration, IsWrittenWithTheLargestExactUnit) {
  EXPECT_EQ(duration_text(0ms), "0ms");
  EXPECT_EQ(duration_text(1500ms), "1500ms");
  EXPECT_EQ(duration_text(90s), "90s");
  EXPECT_EQ(duration_text(120s), "2m");
  EXPECT_EQ(duration_text(2h), "2h");
}

TEST(Size, ReadsAWholeNumberAndABinaryUnit) {
  EXPECT_EQ(parse_size("0B"), 0u);
  EXPECT_EQ(parse_size("64KiB"), 64u << 10);
  EXPECT_EQ(parse_size("3MiB"), 3u << 20);
  EXPECT_EQ(parse_size("2GiB"), 2ull << 30);
  EXPECT_EQ(parse_size("1TiB"), 1ull << 40);
}

TEST(Size, RefusesDecimalUnitsAndOverflow) {
  for (const auto* text : {"64", "64KB", "64kb", "64M", "MiB", "1.5MiB", "-1MiB"}) {
    EXPECT_FALSE(parse_size(text)) << text;
  }
  EXPECT_EQ(parse_size("18446744073709551615TiB").error().code, Errc::kOutOfRange);
}

TEST(Size, IsWrittenSoThatItReadsBack) {
  for (const std::uint64_t bytes :
       {0ull, 1ull, 1000ull, 1024ull, 65536ull, 3ull << 20, 5ull << 40}) {
    EXPECT_EQ(parse_size(size_text(bytes)), bytes);
  }
}

}  // namespace
}  // namespace huangpu::node
