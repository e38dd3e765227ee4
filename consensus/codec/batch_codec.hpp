// Batches as bytes (SPEC C-41). The stored form of a batch is its sent form.
#pragma once

#include <memory>

#include "consensus/types/batch.hpp"
#include "crypto/base/codec.hpp"

namespace huangpu::consensus {

void write(Writer& out, const BatchHeader& header);
void write(Writer& out, const Batch& batch);
[[nodiscard]] BatchHeader read_batch_header(Reader& in);

[[nodiscard]] Bytes encode(const BatchHeader& header);
[[nodiscard]] Bytes encode(const Batch& batch);
[[nodiscard]] Result<BatchHeader> decode_batch_header(ByteView bytes);

// The batch occupies `bytes` from `offset` to the end. Envelopes become spans into the buffer.
[[nodiscard]] Result<Batch> decode_batch(std::shared_ptr<const Bytes> bytes,
                                         std::size_t offset = 0);
// Copies the bytes first.
[[nodiscard]] Result<Batch> decode_batch(ByteView bytes);

// Header of a new batch over `envelopes`: counts, sizes and root filled in; the signature is
// SafetyRules' business.
struct BatchPlan {
  ChainContext chain;
  Epoch epoch{kFirstEpoch};
  ValidatorIndex lane{0};
  LanePosition pos{0};
  Digest prev_digest;
  TimestampMs created{0};
  std::uint32_t transfer_count{0};
};
[[nodiscard]] BatchHeader make_batch_header(const BatchPlan& plan, const EnvelopeList& envelopes);

}  // namespace huangpu::consensus
