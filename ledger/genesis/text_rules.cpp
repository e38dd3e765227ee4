#include "ledger/genesis/text_rules.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace huangpu::ledger {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes one code point off the front; nothing when the bytes are not well-formed (Unicode table
// 3-7).
std::optional<std::uint32_t> take_code_point(std::string_view& rest) {
  const auto byte_at = [&rest](std::size_t i) { return static_cast<std::uint8_t>(rest[i]); };
  const std::uint8_t lead = byte_at(0);
  std::size_t size_bytes = 1;
  std::uint32_t value = lead;
  std::uint32_t value_min = 0;
  if (lead >= 0xc2 && lead <= 0xdf) {
    size_bytes = 2, value = lead & 0x1fU, value_min = 0x80;
  } else if (lead >= 0xe0 && lead <= 0xef) {
    size_bytes = 3, value = lead & 0x0fU, value_min = 0x800;
  } else if (lead >= 0xf0 && lead <= 0xf4) {
    size_bytes = 4, value = lead & 0x07U, value_min = 0x10000;
  } else if (lead >= 0x80) {
    return std::nullopt;
  }
  if (rest.size() < size_bytes) return std::nullopt;
  for (std::size_t i = 1; i < size_bytes; ++i) {
    if ((byte_at(i) & 0xc0U) != 0x80) return std::nullopt;
    value = (value << 6) | (byte_at(i) & 0x3fU);
  }
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  if (value < value_min || value > 0x10ffff || surrogate) return std::nullopt;
  rest.remove_prefix(size_bytes);
  return value;
}

bool is_control(std::uint32_t code_point) {
  return code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0) ||
         (code_point >= 0x2028 && code_point <= 0x202e) ||  // line breaks and direction overrides
         (code_point >= 0x2066 && code_point <= 0x2069);
}

}  // namespace

bool is_label(std::string_view text, std::size_t chars_max) {
  return !text.empty() && text.size() <= chars_max && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-';
  });
}

bool is_code(std::string_view text, std::size_t chars_max) {
  return !text.empty() && text.size() <= chars_max &&
         std::ranges::all_of(text, [](char c) { return (c >= 'A' && c <= 'Z') || is_digit(c); });
}

bool is_printable(std::string_view text, std::size_t chars_max) {
  if (text.empty() || text.front() == ' ' || text.back() == ' ') return false;
  std::size_t count = 0;
  while (!text.empty()) {
    const auto code_point = take_code_point(text);
    if (!code_point || is_control(*code_point) || ++count > chars_max) return false;
  }
  return true;
}

}  // namespace huangpu::ledger
