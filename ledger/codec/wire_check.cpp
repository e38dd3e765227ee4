#include "ledger/codec/wire_check.hpp"

namespace huangpu::ledger {
namespace {

struct Field {
  std::uint32_t number = 0;
  std::optional<ByteView> content;  // of a length-prefixed field
};

std::optional<std::uint64_t> take_varint(ByteView& rest) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (rest.empty()) return std::nullopt;
    const std::uint8_t byte = rest.front();
    rest = rest.subspan(1);
    value |= std::uint64_t{byte & 0x7fU} << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

// The next field; nothing when the bytes are no field of the two plain wire types.
std::optional<Field> take_field(ByteView& rest) {
  constexpr std::uint64_t kVarint = 0;
  constexpr std::uint64_t kLengthPrefixed = 2;
  const auto tag = take_varint(rest);
  if (!tag || *tag > 0xffffffffU) return std::nullopt;
  Field field;
  field.number = static_cast<std::uint32_t>(*tag >> 3);
  if (field.number == 0) return std::nullopt;
  const auto value = take_varint(rest);
  if (!value) return std::nullopt;
  if ((*tag & 7) == kVarint) return field;
  if ((*tag & 7) != kLengthPrefixed || *value > rest.size()) return std::nullopt;
  field.content = rest.first(static_cast<std::size_t>(*value));
  rest = rest.subspan(static_cast<std::size_t>(*value));
  return field;
}

}  // namespace

bool has_plain_fields(ByteView message, std::optional<RepeatedField> repeated) {
  std::uint32_t previous = 0;
  std::size_t count = 0;
  while (!message.empty()) {
    const auto field = take_field(message);
    if (!field || field->number < previous) return false;
    if (repeated && field->number == repeated->number) {
      if (++count > repeated->count_max) return false;
    } else if (field->number == previous) {
      return false;
    }
    previous = field->number;
  }
  return true;
}

std::optional<ByteView> find_field(ByteView message, std::uint32_t number) {
  while (!message.empty()) {
    const auto field = take_field(message);
    if (!field) return std::nullopt;
    if (field->number == number) return field->content;
  }
  return std::nullopt;
}

}  // namespace huangpu::ledger
