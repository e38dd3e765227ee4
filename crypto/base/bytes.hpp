// Byte strings: the owning type, the view, hexadecimal text and comparison.
//
// ByteView never owns. A view made from a temporary dies with it: `ByteView v = to_bytes(...)` is a
// bug.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/base/result.hpp"

namespace huangpu {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

// The bytes of a text, without its terminator. The view lives as long as the text.
[[nodiscard]] inline ByteView as_bytes(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// The same memory seen as characters, for libraries that take std::string_view.
[[nodiscard]] inline std::string_view as_text(ByteView bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

[[nodiscard]] inline Bytes to_bytes(ByteView view) { return {view.begin(), view.end()}; }
[[nodiscard]] inline Bytes to_bytes(std::string_view text) { return to_bytes(as_bytes(text)); }

inline void append(Bytes& target, ByteView more) {
  target.insert(target.end(), more.begin(), more.end());
}

// Lower-case, two digits per byte.
[[nodiscard]] std::string to_hex(ByteView bytes);

// Accepts both cases, nothing else: no prefix, no spaces, an even number of digits.
[[nodiscard]] Result<Bytes> from_hex(std::string_view text);

// For public data; time depends on the content.
[[nodiscard]] bool equal(ByteView a, ByteView b) noexcept;

// For secrets and their tags; time depends on the length only.
[[nodiscard]] bool constant_time_equal(ByteView a, ByteView b) noexcept;

// Lexicographic, unsigned: the order of keys in the store and of sorted deltas.
[[nodiscard]] bool less(ByteView a, ByteView b) noexcept;

}  // namespace huangpu
