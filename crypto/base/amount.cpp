#include "crypto/base/amount.hpp"

#include "crypto/base/assert.hpp"

namespace huangpu {
namespace {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

Result<Amount> Amount::parse(std::string_view text, unsigned decimals) {
  if (decimals > kDecimalsMax) {
    return fail(Errc::kInvalidArgument, "an amount cannot have more than 38 decimals");
  }
  if (text.size() > kTextCharsMax) return fail(Errc::kOutOfRange, "amount is too long");

  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const bool has_point = point != std::string_view::npos;
  const std::string_view fraction = has_point ? text.substr(point + 1) : std::string_view();

  if (whole.empty() || (has_point && fraction.empty())) {
    return fail(Errc::kMalformed, "amount needs digits on both sides of its point");
  }
  if (whole.size() > 1 && whole.front() == '0') {
    return fail(Errc::kMalformed, "amount has a leading zero");
  }
  for (const std::string_view part : {whole, fraction}) {
    for (const char c : part) {
      if (!is_digit(c)) return fail(Errc::kMalformed, "amount has a character that is no digit");
    }
  }
  if (fraction.size() > decimals) {
    return fail(Errc::kMalformed,
                "amount has more decimals than its asset (" + std::to_string(decimals) + ")");
  }

  // The digits of both parts, then the decimals that were left out, make one integer of minor
  // units.
  Amount total;
  const auto shift_in = [&total](std::uint64_t digit) {
    const auto tenfold = total.checked_mul(10);
    const auto sum = tenfold ? tenfold->checked_add(from_u64(digit)) : std::nullopt;
    if (sum) total = *sum;
    return sum.has_value();
  };
  bool fits = true;
  for (const char c : whole) fits = fits && shift_in(static_cast<std::uint64_t>(c - '0'));
  for (const char c : fraction) fits = fits && shift_in(static_cast<std::uint64_t>(c - '0'));
  for (std::size_t i = fraction.size(); i < decimals; ++i) fits = fits && shift_in(0);
  if (!fits) return fail(Errc::kOutOfRange, "amount is beyond 128 bits");
  return total;
}

std::string Amount::to_string(unsigned decimals) const {
  HP_ASSERT(decimals <= kDecimalsMax, "an amount cannot have more than 38 decimals");

  // Least significant digit first; at least one digit stands before the point.
  std::string reversed;
  Rep rest = value_;
  while (rest != 0 || reversed.size() <= decimals) {
    reversed.push_back(static_cast<char>('0' + static_cast<int>(rest % 10)));
    rest /= 10;
  }
  std::string text(reversed.rbegin(), reversed.rend());
  if (decimals != 0) text.insert(text.size() - decimals, 1, '.');
  return text;
}

}  // namespace huangpu
