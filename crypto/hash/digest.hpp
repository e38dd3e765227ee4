// Digest: 32 bytes that came out of a hash function. A plain value; suites agree on this one length
// (SPEC K-21).
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "crypto/base/assert.hpp"
#include "crypto/base/bytes.hpp"

namespace huangpu::crypto {

class Digest {
 public:
  static constexpr std::size_t kSizeBytes = 32;
  using Array = std::array<std::uint8_t, kSizeBytes>;

  // All zeros, which no input is known to hash to: "nothing" in trees and links.
  constexpr Digest() = default;
  explicit constexpr Digest(const Array& bytes) : bytes_(bytes) {}
  [[nodiscard]] static constexpr Digest zero() { return Digest(); }

  // Requires view.size() == kSizeBytes; for lengths that are not yet checked use parse().
  [[nodiscard]] static Digest from(ByteView view) {
    HP_ASSERT(view.size() == kSizeBytes, "a digest is made of exactly 32 bytes");
    Digest digest;
    std::memcpy(digest.bytes_.data(), view.data(), kSizeBytes);
    return digest;
  }
  // kMalformed unless there are exactly 32 bytes.
  [[nodiscard]] static Result<Digest> parse(ByteView view);
  // 64 hexadecimal digits.
  [[nodiscard]] static Result<Digest> parse_hex(std::string_view text);

  [[nodiscard]] constexpr ByteView bytes() const noexcept { return bytes_; }
  [[nodiscard]] constexpr const Array& array() const noexcept { return bytes_; }
  [[nodiscard]] std::string hex() const { return to_hex(bytes_); }
  [[nodiscard]] bool is_zero() const noexcept { return *this == Digest(); }

  friend bool operator==(const Digest& a, const Digest& b) noexcept {
    return std::memcmp(a.bytes_.data(), b.bytes_.data(), kSizeBytes) == 0;
  }
  friend std::strong_ordering operator<=>(const Digest& a, const Digest& b) noexcept {
    return std::memcmp(a.bytes_.data(), b.bytes_.data(), kSizeBytes) <=> 0;
  }

  template <class H>
  friend H AbslHashValue(H state, const Digest& digest) {
    return H::combine_contiguous(std::move(state), digest.bytes_.data(), kSizeBytes);
  }

 private:
  Array bytes_{};
};

}  // namespace huangpu::crypto

template <>
struct std::hash<huangpu::crypto::Digest> {
  std::size_t operator()(const huangpu::crypto::Digest& digest) const noexcept {
    std::uint64_t words[4];
    std::memcpy(words, digest.array().data(), sizeof(words));
    std::uint64_t mixed = words[0];
    for (int i = 1; i < 4; ++i) mixed = (mixed ^ words[i]) * 0x9e3779b97f4a7c15ULL;
    return static_cast<std::size_t>(mixed ^ (mixed >> 32));
  }
};
