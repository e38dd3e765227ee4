#include "node/replica/batch_check.hpp"

#include <utility>
#include <vector>

#include "consensus/codec/batch_record.hpp"
#include "consensus/codec/verify.hpp"
#include "ledger/codec/batch.hpp"

namespace huangpu::node {

namespace {

// Of a batch that its owner signed.
Result<ledger::DecodedBatch> checked_contents(const BatchCheckContext& context,
                                              const consensus::Batch& batch) {
  const std::vector<ByteView> envelopes = batch.envelopes.views();
  HP_TRY_ASSIGN(ledger::DecodedBatch decoded,
                ledger::decode_batch(context.ledger_chain, batch.header.lane.value(),
                                     batch.header.pos, envelopes));
  std::uint64_t transfers = 0;
  for (const auto& envelope : decoded.envelopes) transfers += envelope.transfer_count;
  if (transfers != batch.header.transfer_count) {
    return fail(Errc::kMalformed, "its header counts other transfers than it holds");
  }
  HP_TRY(ledger::verify_batch_signatures(decoded, context.verifier));
  return decoded;
}

}  // namespace

BatchVerified check_batch(const BatchCheckContext& context, const VerifyBatch& verify) {
  const consensus::Batch& batch = verify.batch;
  BatchVerified verified;
  verified.header = batch.header;
  verified.digest = verify.digest;
  verified.signature = batch.signature;
  verified.from = verify.from;
  const Status authentic = consensus::verify_batch(
      {context.chain, context.epoch.epoch, context.epoch.set, context.verifier}, batch);
  if (!authentic) {
    verified.refusal = authentic.error();
    verified.forged = true;
    return verified;
  }
  auto decoded = checked_contents(context, batch);
  if (!decoded) {
    verified.refusal = std::move(decoded).error();
    return verified;
  }
  verified.decoded = std::make_shared<const ledger::DecodedBatch>(*std::move(decoded));
  verified.record =
      std::make_shared<const Bytes>(consensus::encode_batch_record(batch.header, batch.envelopes));
  return verified;
}

}  // namespace huangpu::node
