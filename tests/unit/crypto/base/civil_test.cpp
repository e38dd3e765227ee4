#include "crypto/base/civil.hpp"

#include <gtest/gtest.h>

#include <array>

namespace huangpu {
namespace {

TEST(Civil, CountsEveryDayFrom1970To9999OnceAndInOrder) {
  // The model walks the calendar day by day.
  constexpr std::array<std::uint32_t, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  std::uint32_t day = 0;
  for (std::uint32_t year = 1970; year <= 9999; ++year) {
    const bool leap = year % 400 == 0 || (year % 4 == 0 && year % 100 != 0);
    for (std::uint32_t month = 1; month <= 12; ++month) {
      const std::uint32_t last = kDays[month - 1] + (month == 2 && leap ? 1 : 0);
      for (std::uint32_t date = 1; date <= last; ++date, ++day) {
        const std::uint32_t yyyymmdd = year * 10'000 + month * 100 + date;
        ASSERT_EQ(yyyymmdd_from_day(day), yyyymmdd);
        ASSERT_EQ(day_from_yyyymmdd(yyyymmdd), day);
      }
      ASSERT_FALSE(day_from_yyyymmdd(year * 10'000 + month * 100 + last + 1).has_value());
    }
  }
  EXPECT_EQ(day - 1, kDayNumberMax);
  EXPECT_EQ(yyyymmdd_from_day(kDayNumberMax + 1), 99991231U);
  EXPECT_EQ(yyyymmdd_from_day(0xffffffffU), 99991231U);
}

TEST(Civil, RefusesNumbersThatAreNoDate) {
  for (const std::uint32_t number : {0U, 19691231U, 20260000U, 20260100U, 20261301U, 20260230U,
                                     20270229U, 21000229U, 100000101U, 0xffffffffU}) {
    EXPECT_EQ(day_from_yyyymmdd(number).error().code, Errc::kOutOfRange) << number;
  }
  EXPECT_TRUE(day_from_yyyymmdd(20280229).has_value());
}

TEST(Civil, TimeTextNamesTheInstant) {
  EXPECT_EQ(format_rfc3339(TimestampMs(0)), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(format_rfc3339(TimestampMs(1'795'435'939'123)), "2026-11-23T12:12:19.123Z");
  EXPECT_EQ(format_rfc3339(TimestampMs(253'402'300'799'999)), "9999-12-31T23:59:59.999Z");
  EXPECT_EQ(format_rfc3339(TimestampMs(253'402'300'800'000)), "253402300800000ms");
  EXPECT_EQ(format_rfc3339(TimestampMs(~std::uint64_t{0})), "18446744073709551615ms");
  EXPECT_EQ(parse_rfc3339("2026-11-23T12:12:19.123Z"), TimestampMs(1'795'435'939'123));
  EXPECT_EQ(parse_rfc3339("2026-11-23T12:12:19Z"), TimestampMs(1'795'435'939'000));
  EXPECT_EQ(parse_rfc3339("2026-11-23T12:12:19.1Z"), TimestampMs(1'795'435'939'100));
  EXPECT_EQ(day_from_timestamp(TimestampMs(kMsPerDay - 1)), 0U);
  EXPECT_EQ(day_from_timestamp(TimestampMs(kMsPerDay)), 1U);
  EXPECT_EQ(day_from_timestamp(TimestampMs(~std::uint64_t{0})), kDayNumberMax);
}

TEST(Civil, RefusesTimeTextThatIsNotExactlyUtc) {
  for (const char* const text :
       {"", "2026-11-23", "2026-11-23T12:12:19", "2026-11-23 12:12:19Z",
        "2026-11-23T12:12:19+00:00", "2026-11-23T12:12:19.Z", "2026-11-23T12:12:19.1234Z",
        "2026-11-23T12:12:19.123Zx", "2026-11-23t12:12:19z", "26-11-23T12:12:19Z",
        "2026-1-23T12:12:19Z", "-026-11-23T12:12:19Z", "2026-11-23T12:12:19.12aZ"}) {
    EXPECT_EQ(parse_rfc3339(text).error().code, Errc::kMalformed) << text;
  }
  for (const char* const text :
       {"2026-02-29T00:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23T12:60:00Z",
        "2026-11-23T12:12:60Z", "1969-12-31T23:59:59Z", "0000-00-00T00:00:00Z"}) {
    EXPECT_EQ(parse_rfc3339(text).error().code, Errc::kOutOfRange) << text;
  }
}

}  // namespace
}  // namespace huangpu
