// A batch as stores and archives keep it: header and envelopes, the owner's signature apart (SPEC
// C-44).
//
// The owner stores a batch before it signs it, so the signature cannot be part of the record.
// Without it the record is a function of the batch digest alone, and the archives of all honest
// validators are equal byte for byte.
#pragma once

#include <memory>

#include "consensus/types/batch.hpp"
#include "crypto/base/result.hpp"

namespace huangpu::consensus {

// header ‖ per envelope: size u32 ‖ bytes; as many envelopes as the header counts.
[[nodiscard]] Bytes encode_batch_record(const BatchHeader& header, const EnvelopeList& envelopes);

// Total. The signature of the result is empty; its envelopes are spans into `bytes`. Counts and
// sizes agree with the header; whether the digest and the root do is for verify_batch and whoever
// compares digests.
[[nodiscard]] Result<Batch> decode_batch_record(std::shared_ptr<const Bytes> bytes);

}  // namespace huangpu::consensus
