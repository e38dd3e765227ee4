// Strong<Tag, Rep>: a value that looks like its representation and mixes with nothing else.
//
//   using Height = Strong<struct HeightTag, std::uint64_t>;
//
// Construction and access are explicit. Comparison is that of the representation. Counting types
// have ++, next() and previous(); any other arithmetic is spelled out on value(), where its
// overflow is visible. Hashable with std::hash and, without including its headers, with absl
// containers.
#pragma once

#include <compare>
#include <concepts>
#include <cstddef>
#include <functional>
#include <limits>
#include <utility>

#include "crypto/base/assert.hpp"

namespace huangpu {

template <class Tag, class Rep>
class Strong {
 public:
  using Value = Rep;

  constexpr Strong() = default;
  explicit constexpr Strong(Rep value) : value_(std::move(value)) {}

  [[nodiscard]] constexpr const Rep& value() const noexcept { return value_; }

  friend bool operator==(const Strong&, const Strong&) = default;
  friend auto operator<=>(const Strong&, const Strong&) = default;

  // Counting types only. Running past either end is a broken invariant: 2^64 blocks are never
  // reached.
  constexpr Strong& operator++() requires std::unsigned_integral<Rep> {
    HP_ASSERT(value_ != std::numeric_limits<Rep>::max(), "a strong counter overflowed");
    ++value_;
    return *this;
  }
  [[nodiscard]] constexpr Strong next() const requires std::unsigned_integral<Rep> {
    Strong result = *this;
    return ++result;
  }
  // Requires value() > 0.
  [[nodiscard]] constexpr Strong previous() const requires std::unsigned_integral<Rep> {
    HP_ASSERT(value_ != 0, "a strong counter went below zero");
    return Strong(static_cast<Rep>(value_ - 1));
  }

  // Ids that are digests pass these through.
  [[nodiscard]] decltype(auto) bytes() const requires requires(const Rep& rep) { rep.bytes(); }
  { return value_.bytes(); }
  [[nodiscard]] auto hex() const requires requires(const Rep& rep) { rep.hex(); }
  { return value_.hex(); }

  template <class H>
  friend H AbslHashValue(H state, const Strong& strong) {
    return H::combine(std::move(state), strong.value_);
  }

 private:
  Rep value_{};
};

}  // namespace huangpu

template <class Tag, class Rep>
struct std::hash<huangpu::Strong<Tag, Rep>> {
  std::size_t operator()(const huangpu::Strong<Tag, Rep>& strong) const {
    return std::hash<Rep>{}(strong.value());
  }
};
