#include "crypto/base/bech32.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "crypto/base/assert.hpp"

namespace huangpu {
namespace {

constexpr std::string_view kAlphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
constexpr std::size_t kChecksumSymbols = 6;
constexpr std::uint32_t kBech32mConstant = 0x2bc830a3;

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
char to_lower(char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

// One step of the checksum's remainder over GF(32).
std::uint32_t step(std::uint32_t remainder, std::uint8_t symbol) {
  constexpr std::array<std::uint32_t, 5> kGenerator = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa,
                                                       0x3d4233dd, 0x2a1462b3};
  const std::uint32_t top = remainder >> 25;
  remainder = (remainder & 0x1ffffff) << 5 ^ symbol;
  for (std::size_t i = 0; i < kGenerator.size(); ++i) {
    if (((top >> i) & 1) != 0) remainder ^= kGenerator[i];
  }
  return remainder;
}

// The prefix as symbols: upper bits of each character, a zero, lower bits of each.
std::uint32_t start(std::string_view prefix) {
  std::uint32_t remainder = 1;
  for (const char c : prefix) remainder = step(remainder, static_cast<std::uint8_t>(c) >> 5);
  remainder = step(remainder, 0);
  for (const char c : prefix) remainder = step(remainder, static_cast<std::uint8_t>(c) & 31);
  return remainder;
}

std::string place(std::size_t index) { return "character " + std::to_string(index + 1); }

std::string shown(char c) {
  if (c > 0x20 && c < 0x7f) return std::string("'") + c + "'";
  return "a space or an unprintable character";
}

// Case and range of every character, whatever it stands for.
Status check_characters(std::string_view text) {
  std::size_t first_upper = text.size();
  std::size_t first_lower = text.size();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] <= 0x20 || text[i] >= 0x7f) {
      return fail(Errc::kMalformed, place(i) + " is " + shown(text[i]));
    }
    if (is_upper(text[i])) first_upper = std::min(first_upper, i);
    if (is_lower(text[i])) first_lower = std::min(first_lower, i);
  }
  if (first_upper < text.size() && first_lower < text.size()) {
    return fail(Errc::kMalformed,
                "mixes upper and lower case: " + place(std::max(first_upper, first_lower)) +
                    " is the first of the other case");
  }
  return {};
}

}  // namespace

std::string bech32m_encode(std::string_view prefix, ByteView symbols) {
  HP_ASSERT(
      !prefix.empty() && prefix.size() + 1 + symbols.size() + kChecksumSymbols <= kBech32CharsMax,
      "a bech32 text has at most 90 characters");
  std::string text(prefix);
  text += '1';
  std::uint32_t remainder = start(prefix);
  for (const std::uint8_t symbol : symbols) {
    HP_ASSERT(symbol < 32, "a bech32 symbol has five bits");
    remainder = step(remainder, symbol);
    text += kAlphabet[symbol];
  }
  for (std::size_t i = 0; i < kChecksumSymbols; ++i) remainder = step(remainder, 0);
  remainder ^= kBech32mConstant;
  for (std::size_t i = 0; i < kChecksumSymbols; ++i) {
    text += kAlphabet[(remainder >> (5 * (kChecksumSymbols - 1 - i))) & 31];
  }
  return text;
}

Result<Bech32Symbols> bech32m_decode(std::string_view text) {
  if (text.size() > kBech32CharsMax) {
    return fail(Errc::kMalformed,
                "has " + std::to_string(text.size()) + " characters; 90 is the most");
  }
  HP_TRY(check_characters(text));
  const std::size_t separator = text.rfind('1');
  if (separator == std::string_view::npos) {
    return fail(Errc::kMalformed, "has no '1' between prefix and data");
  }
  if (separator == 0) return fail(Errc::kMalformed, "has no prefix before the '1'");
  if (text.size() - separator - 1 < kChecksumSymbols) {
    return fail(Errc::kMalformed, "ends before its checksum of six characters");
  }

  Bech32Symbols decoded;
  for (const char c : text.substr(0, separator)) decoded.prefix += to_lower(c);
  std::uint32_t remainder = start(decoded.prefix);
  for (std::size_t i = separator + 1; i < text.size(); ++i) {
    const std::size_t symbol = kAlphabet.find(to_lower(text[i]));
    if (symbol == std::string_view::npos) {
      return fail(Errc::kMalformed, place(i) + ", " + shown(text[i]) +
                                        ", occurs in no address (1, b, i and o never "
                                        "do after the prefix)");
    }
    decoded.symbols.push_back(static_cast<std::uint8_t>(symbol));
    remainder = step(remainder, decoded.symbols.back());
  }
  if (remainder != kBech32mConstant) {
    return fail(Errc::kMalformed,
                "has a typing error somewhere: its checksum does not fit the characters");
  }
  decoded.symbols.resize(decoded.symbols.size() - kChecksumSymbols);
  return decoded;
}

Bytes bech32_symbols_of(ByteView bytes) {
  Bytes symbols;
  symbols.reserve((bytes.size() * 8 + 4) / 5);
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const std::uint8_t byte : bytes) {
    bits = (bits << 8 | byte) & 0xfff;  // never more than four old bits
    held += 8;
    for (; held >= 5; held -= 5) {
      symbols.push_back(static_cast<std::uint8_t>((bits >> (held - 5)) & 31));
    }
  }
  if (held > 0) symbols.push_back(static_cast<std::uint8_t>((bits << (5 - held)) & 31));
  return symbols;
}

Result<Bytes> bech32_bytes_of(ByteView symbols) {
  Bytes bytes;
  bytes.reserve(symbols.size() * 5 / 8);
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const std::uint8_t symbol : symbols) {
    HP_ASSERT(symbol < 32, "a bech32 symbol has five bits");
    bits = (bits << 5 | symbol) & 0xfff;  // never more than seven old bits
    held += 5;
    if (held < 8) continue;
    held -= 8;
    bytes.push_back(static_cast<std::uint8_t>(bits >> held));
  }
  if (held > 4 || (bits & ((1U << held) - 1)) != 0) {
    return fail(Errc::kMalformed, "does not end on a whole byte");
  }
  return bytes;
}

}  // namespace huangpu
