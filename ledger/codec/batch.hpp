// Batches of envelopes, and the signature check that every validator makes before it acknowledges
// one (SPEC L-16).
#pragma once

#include <span>

#include "crypto/base/bytes.hpp"
#include "crypto/base/ids.hpp"
#include "crypto/base/result.hpp"
#include "crypto/sign/verifier.hpp"
#include "ledger/codec/envelope.hpp"
#include "ledger/types/transaction.hpp"

namespace huangpu::ledger {

// Pure function of its arguments: no state, no cache, any thread. kUnauthenticated names the first
// bad signature. Whether the keys may act is decided at execution.
[[nodiscard]] Status verify_envelope_signatures(const DecodedEnvelope& envelope,
                                                const crypto::Verifier& verifier);

// Decodes all envelopes or names the first that is refused; a batch with one bad envelope is
// refused whole.
[[nodiscard]] Result<DecodedBatch> decode_batch(const ChainInfo& chain, std::uint16_t lane,
                                                LanePosition position,
                                                std::span<const Bytes> envelopes);
[[nodiscard]] Result<DecodedBatch> decode_batch(const ChainInfo& chain, std::uint16_t lane,
                                                LanePosition position,
                                                std::span<const ByteView> envelopes);

[[nodiscard]] Status verify_batch_signatures(const DecodedBatch& batch,
                                             const crypto::Verifier& verifier);

}  // namespace huangpu::ledger
