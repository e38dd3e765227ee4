#include "ledger/codec/batch.hpp"

#include <string>

namespace huangpu::ledger {
namespace {

// A key that is about to be registered must lie in the prime-order group: no twin of it can then
// verify the same signatures (SPEC L-16).
Status check_new_key(const Operation& operation) {
  const auto check = [](const crypto::PublicKey& key) -> Status {
    if (auto status = key.check_for_registration(); !status) {
      return fail(Errc::kUnauthenticated, status.error().message);
    }
    return {};
  };
  if (const auto* op = std::get_if<RegisterKey>(&operation)) return check(op->key);
  if (const auto* op = std::get_if<RotateKey>(&operation)) return check(op->new_key);
  return {};
}

template <class View>
Result<DecodedBatch> decode_all(const ChainInfo& chain, std::uint16_t lane, LanePosition position,
                                std::span<const View> envelopes) {
  DecodedBatch batch;
  batch.lane = lane;
  batch.position = position;
  batch.envelopes.reserve(envelopes.size());
  for (std::size_t i = 0; i < envelopes.size(); ++i) {
    auto envelope = decode_envelope(chain, envelopes[i]);
    if (!envelope) return fail(std::move(envelope).error(), "envelope " + std::to_string(i));
    batch.envelopes.push_back(*std::move(envelope));
  }
  return batch;
}

}  // namespace

Status verify_envelope_signatures(const DecodedEnvelope& envelope,
                                  const crypto::Verifier& verifier) {
  const Bytes message = signing_message(envelope.txid);
  for (std::size_t i = 0; i < envelope.signatures.size(); ++i) {
    const auto& entry = envelope.signatures[i];
    if (!verifier.verify(entry.key, message, entry.signature)) {
      return fail(Errc::kUnauthenticated, "signature " + std::to_string(i) + " of transaction " +
                                              envelope.txid.hex() + " does not verify");
    }
  }
  return check_new_key(envelope.body.operation);
}

Result<DecodedBatch> decode_batch(const ChainInfo& chain, std::uint16_t lane, LanePosition position,
                                  std::span<const Bytes> envelopes) {
  return decode_all(chain, lane, position, envelopes);
}

Result<DecodedBatch> decode_batch(const ChainInfo& chain, std::uint16_t lane, LanePosition position,
                                  std::span<const ByteView> envelopes) {
  return decode_all(chain, lane, position, envelopes);
}

Status verify_batch_signatures(const DecodedBatch& batch, const crypto::Verifier& verifier) {
  for (const auto& envelope : batch.envelopes) {
    HP_TRY(verify_envelope_signatures(envelope, verifier));
  }
  return {};
}

}  // namespace huangpu::ledger
