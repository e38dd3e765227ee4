#include "crypto/base/civil.hpp"

#include <algorithm>
#include <cstddef>

namespace huangpu {
namespace {

constexpr std::uint32_t kYearMin = 1970;
constexpr std::uint32_t kYearMax = 9999;

struct Date {
  std::uint32_t year;
  std::uint32_t month;
  std::uint32_t day;
};

bool is_leap(std::uint32_t year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

std::uint32_t days_in_month(std::uint32_t year, std::uint32_t month) {
  constexpr std::uint32_t kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : kDays[month - 1];
}

bool exists(const Date& date) {
  return date.year >= kYearMin && date.year <= kYearMax && date.month >= 1 && date.month <= 12 &&
         date.day >= 1 && date.day <= days_in_month(date.year, date.month);
}

// Both directions count years from March, so that the leap day is the last of its year, and use the
// 146,097 days of a 400-year cycle (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms").
// 719,468 days lie between 0000-03-01 and 1970-01-01.
std::uint32_t day_from_date(const Date& date) {
  const std::uint32_t year = date.month <= 2 ? date.year - 1 : date.year;
  const std::uint32_t era = year / 400;
  const std::uint32_t year_of_era = year % 400;
  const std::uint32_t month_from_march = (date.month + 9) % 12;
  const std::uint32_t day_of_year = (153 * month_from_march + 2) / 5 + date.day - 1;
  const std::uint32_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

Date date_from_day(std::uint32_t day) {
  const std::uint32_t shifted = std::min(day, kDayNumberMax) + 719'468;
  const std::uint32_t era = shifted / 146'097;
  const std::uint32_t day_of_era = shifted % 146'097;
  const std::uint32_t year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::uint32_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::uint32_t month_from_march = (5 * day_of_year + 2) / 153;
  Date date{};
  date.day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
  date.month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  date.year = era * 400 + year_of_era + (date.month <= 2 ? 1 : 0);
  return date;
}

void append_padded(std::string& text, std::uint64_t value, std::size_t width) {
  const std::string digits = std::to_string(value);
  text.append(width - digits.size(), '0');
  text += digits;
}

// Takes numbers and punctuation off the front of a text; after the first mismatch nothing matches
// any more.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  std::uint32_t digits(std::size_t width) {
    if (rest_.size() < width) ok_ = false;
    std::uint32_t value = 0;
    for (std::size_t i = 0; ok_ && i < width; ++i) {
      ok_ = rest_[i] >= '0' && rest_[i] <= '9';
      value = value * 10 + static_cast<std::uint32_t>(rest_[i] - '0');
    }
    if (!ok_) return 0;
    rest_.remove_prefix(width);
    return value;
  }

  void expect(char c) {
    ok_ = ok_ && !rest_.empty() && rest_.front() == c;
    if (ok_) rest_.remove_prefix(1);
  }

  // ".1", ".12" or ".123" as milliseconds; nothing is zero.
  std::uint32_t optional_fraction_ms() {
    if (!ok_ || rest_.empty() || rest_.front() != '.') return 0;
    rest_.remove_prefix(1);
    const std::size_t width =
        std::min<std::size_t>(rest_.find_first_not_of("0123456789"), rest_.size());
    if (width < 1 || width > 3) {
      ok_ = false;
      return 0;
    }
    std::uint32_t value = digits(width);
    for (std::size_t i = width; i < 3; ++i) value *= 10;
    return value;
  }

  [[nodiscard]] bool at_end() const { return ok_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace

Result<std::uint32_t> day_from_yyyymmdd(std::uint32_t yyyymmdd) {
  const Date date{yyyymmdd / 10'000, yyyymmdd / 100 % 100, yyyymmdd % 100};
  if (!exists(date)) {
    return fail(Errc::kOutOfRange, "there is no date " + std::to_string(yyyymmdd));
  }
  return day_from_date(date);
}

std::uint32_t yyyymmdd_from_day(std::uint32_t day) {
  const Date date = date_from_day(day);
  return date.year * 10'000 + date.month * 100 + date.day;
}

std::uint32_t day_from_timestamp(TimestampMs time) {
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(time.value() / kMsPerDay, kDayNumberMax));
}

std::string format_rfc3339(TimestampMs time) {
  const std::uint64_t day = time.value() / kMsPerDay;
  if (day > kDayNumberMax) return std::to_string(time.value()) + "ms";

  const Date date = date_from_day(static_cast<std::uint32_t>(day));
  const std::uint64_t ms = time.value() % kMsPerDay;
  std::string text;
  text.reserve(24);
  append_padded(text, date.year, 4);
  text += '-';
  append_padded(text, date.month, 2);
  text += '-';
  append_padded(text, date.day, 2);
  text += 'T';
  append_padded(text, ms / 3'600'000, 2);
  text += ':';
  append_padded(text, ms / 60'000 % 60, 2);
  text += ':';
  append_padded(text, ms / 1'000 % 60, 2);
  text += '.';
  append_padded(text, ms % 1'000, 3);
  text += 'Z';
  return text;
}

Result<TimestampMs> parse_rfc3339(std::string_view text) {
  Scanner scanner(text);
  Date date{};
  date.year = scanner.digits(4);
  scanner.expect('-');
  date.month = scanner.digits(2);
  scanner.expect('-');
  date.day = scanner.digits(2);
  scanner.expect('T');
  const std::uint32_t hour = scanner.digits(2);
  scanner.expect(':');
  const std::uint32_t minute = scanner.digits(2);
  scanner.expect(':');
  const std::uint32_t second = scanner.digits(2);
  const std::uint32_t fraction_ms = scanner.optional_fraction_ms();
  scanner.expect('Z');
  if (!scanner.at_end()) {
    return fail(Errc::kMalformed, "a time is written like 2026-11-23T12:12:19.123Z");
  }
  if (!exists(date) || hour > 23 || minute > 59 || second > 59) {
    return fail(Errc::kOutOfRange, "there is no such time");
  }
  return TimestampMs(std::uint64_t{day_from_date(date)} * kMsPerDay +
                     std::uint64_t{hour} * 3'600'000 + std::uint64_t{minute} * 60'000 +
                     std::uint64_t{second} * 1'000 + fraction_ms);
}

}  // namespace huangpu
