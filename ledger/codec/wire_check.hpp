// A walk over the top level of a protobuf message before the library parses it (SPEC L-12).
//
// The library would accept, and allocate for, half a million empty repeated fields in a megabyte,
// fields in any order and unknown fields. This walk allocates nothing and refuses all of that, so
// that the library only sees small messages.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "crypto/base/bytes.hpp"

namespace huangpu::ledger {

struct RepeatedField {
  std::uint32_t number = 0;
  std::size_t count_max = 0;
};

// True when field numbers ascend, only `repeated` occurs more than once and at most as often as it
// may, and all fields are varints or length-prefixed.
[[nodiscard]] bool has_plain_fields(ByteView message, std::optional<RepeatedField> repeated);

// The content of the first length-prefixed field with this number, or nothing. For messages that
// passed the check.
[[nodiscard]] std::optional<ByteView> find_field(ByteView message, std::uint32_t number);

}  // namespace huangpu::ledger
