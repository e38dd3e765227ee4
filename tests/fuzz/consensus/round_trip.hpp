// What every decoder must hold: it takes any bytes, and what it accepts has exactly one encoding.
#pragma once

#include <cstddef>
#include <cstdint>

#include "consensus/codec/message_codec.hpp"
#include "crypto/base/assert.hpp"

namespace huangpu::fuzz {

// The input is the payload of a message of this kind, without the kind byte.
inline void message_round_trip(consensus::MessageKind kind, const std::uint8_t* data,
                               std::size_t size_bytes) {
  Bytes bytes{static_cast<std::uint8_t>(kind)};
  if (size_bytes > 0) bytes.insert(bytes.end(), data, data + size_bytes);
  const Result<consensus::Message> message = consensus::decode_message(ByteView(bytes));
  if (!message) return;
  HP_ASSERT(consensus::encode_message(*message) == bytes, "a message has a second encoding");
}

}  // namespace huangpu::fuzz
