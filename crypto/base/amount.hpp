// Amount: money as an unsigned 128-bit count of minor units, with checked arithmetic only (SPEC
// K-10..K-13).
//
// There is no operator+ and no conversion from signed or floating types, so an unchecked sum cannot
// be written. Whether 1 means a cent or a satoshi is the asset's business: text needs the asset's
// number of decimals.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "crypto/base/result.hpp"

namespace huangpu {

class Amount {
 public:
  __extension__ using Rep = unsigned __int128;

  // 10^38 < 2^128 < 10^39: more decimals than this could not show the unit 1.
  static constexpr unsigned kDecimalsMax = 38;
  // 39 digits, a point, a spare: longer text is refused before it is read.
  static constexpr std::size_t kTextCharsMax = 41;

  constexpr Amount() = default;
  [[nodiscard]] static constexpr Amount from_u64(std::uint64_t units) { return Amount(Rep{units}); }
  [[nodiscard]] static constexpr Amount from_parts(std::uint64_t hi, std::uint64_t lo) {
    return Amount((Rep{hi} << 64) | Rep{lo});
  }
  [[nodiscard]] static constexpr Amount zero() { return Amount(); }
  [[nodiscard]] static constexpr Amount max() { return Amount(~Rep{0}); }

  [[nodiscard]] constexpr std::uint64_t hi() const {
    return static_cast<std::uint64_t>(value_ >> 64);
  }
  [[nodiscard]] constexpr std::uint64_t lo() const { return static_cast<std::uint64_t>(value_); }
  [[nodiscard]] constexpr bool is_zero() const { return value_ == 0; }
  [[nodiscard]] constexpr bool fits_u64() const { return hi() == 0; }

  // Nothing when the exact result does not fit.
  [[nodiscard]] constexpr std::optional<Amount> checked_add(Amount other) const {
    if (value_ > ~Rep{0} - other.value_) return std::nullopt;
    return Amount(value_ + other.value_);
  }
  [[nodiscard]] constexpr std::optional<Amount> checked_sub(Amount other) const {
    if (value_ < other.value_) return std::nullopt;
    return Amount(value_ - other.value_);
  }
  [[nodiscard]] constexpr std::optional<Amount> checked_mul(std::uint64_t factor) const {
    if (factor != 0 && value_ > ~Rep{0} / factor) return std::nullopt;
    return Amount(value_ * factor);
  }

  // Reads "12", "12.3" or "12.34" for two decimals. ASCII digits and one point only: no sign,
  // exponent, space, separator, leading zero ("01"), bare point ("1.", ".5"), nor more fraction
  // digits than the asset has, even when they are zeros.
  [[nodiscard]] static Result<Amount> parse(std::string_view text, unsigned decimals);

  // The one spelling parse() accepts back: all decimals shown, no separators. Requires decimals <=
  // kDecimalsMax.
  [[nodiscard]] std::string to_string(unsigned decimals) const;

  friend constexpr bool operator==(Amount a, Amount b) { return a.value_ == b.value_; }
  friend constexpr std::strong_ordering operator<=>(Amount a, Amount b) {
    return a.value_ < b.value_   ? std::strong_ordering::less
           : a.value_ > b.value_ ? std::strong_ordering::greater
                                 : std::strong_ordering::equal;
  }

  template <class H>
  friend H AbslHashValue(H state, Amount amount) {
    return H::combine(std::move(state), amount.hi(), amount.lo());
  }

 private:
  explicit constexpr Amount(Rep value) : value_(value) {}

  Rep value_ = 0;
};

}  // namespace huangpu

template <>
struct std::hash<huangpu::Amount> {
  std::size_t operator()(huangpu::Amount amount) const noexcept {
    return std::hash<std::uint64_t>{}(amount.hi() * 0x9e3779b97f4a7c15ULL ^ amount.lo());
  }
};
