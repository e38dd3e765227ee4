// Messages between validators: kind byte, then the fixed layout of that message (SPEC C-50).
//
// Decoding is total: any bytes give a message or a kMalformed / kUnsupportedVersion error, allocate
// at most a small multiple of their own length, and never assert. A decoded message is well formed;
// whether it is true is for codec-independent checks (verify.hpp) and the engine.
#pragma once

#include <memory>

#include "consensus/types/message.hpp"
#include "crypto/base/result.hpp"

namespace huangpu::consensus {

// Bounds on a whole encoded message, kind byte included; transport refuses longer frames before
// reading them.
inline constexpr std::size_t kControlMessageBytesMax = 1u << 20;  // proposals dominate
inline constexpr std::size_t kBulkMessageBytesMax = 8u << 20;     // batches and block replies

[[nodiscard]] Bytes encode_message(const Message& message);

// Copies nothing of a batch: its envelopes stay spans into `bytes`, which the batch keeps alive.
[[nodiscard]] Result<Message> decode_message(std::shared_ptr<const Bytes> bytes);
// Copies the bytes first; for callers that do not own a shared buffer.
[[nodiscard]] Result<Message> decode_message(ByteView bytes);

}  // namespace huangpu::consensus
