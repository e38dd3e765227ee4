// Bech32m (BIP-350): bytes as text that people copy. A prefix says what the text is for, and a
// checksum finds every error of up to four characters in 90. Pure.
//
// Nothing is ever corrected or suggested: a wrong guess would be a valid address of somebody else.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "crypto/base/bytes.hpp"
#include "crypto/base/result.hpp"

namespace huangpu {

inline constexpr std::size_t kBech32CharsMax = 90;

// The form below bytes: prefix and values of 5 bits each, one per byte.
struct Bech32Symbols {
  std::string prefix;  // lower case
  Bytes symbols;       // 0..31, without the checksum
};

// Requires a prefix of printable ASCII in lower case, symbols below 32, and at most 90 characters
// together: prefix + 1 + symbols + 6.
[[nodiscard]] std::string bech32m_encode(std::string_view prefix, ByteView symbols);

// kMalformed with the reason in words: which character is none of the alphabet, mixed case, no
// separator, wrong length, wrong checksum. Lower or upper case, never both.
[[nodiscard]] Result<Bech32Symbols> bech32m_decode(std::string_view text);

// Regrouping, most significant bit first: bytes to symbols with zero bits at the end, and back.
[[nodiscard]] Bytes bech32_symbols_of(ByteView bytes);
// kMalformed when the bits left over are more than four or not zero.
[[nodiscard]] Result<Bytes> bech32_bytes_of(ByteView symbols);

}  // namespace huangpu
