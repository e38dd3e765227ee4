#include "consensus/codec/batch_codec.hpp"

#include "consensus/codec/certificate_codec.hpp"
#include "consensus/codec/hashing.hpp"

namespace huangpu::consensus {

void write(Writer& out, const BatchHeader& header) {
  out.u16(header.version).digest(header.genesis).u64(header.epoch.value());
  out.u16(header.lane.value()).u64(header.pos.value()).digest(header.prev_digest);
  out.u64(header.created.value()).u32(header.envelope_count).u32(header.transfer_count);
  out.u32(header.byte_count).digest(header.envelope_root);
}

BatchHeader read_batch_header(Reader& in) {
  BatchHeader header;
  header.version = in.u16();
  if (header.version != kBatchVersion) in.mark_failed("has an unknown batch version");
  header.genesis = in.digest();
  header.epoch = Epoch{in.u64()};
  header.lane = ValidatorIndex{in.u16()};
  header.pos = LanePosition{in.u64()};
  header.prev_digest = in.digest();
  header.created = TimestampMs{in.u64()};
  header.envelope_count = in.u32();
  header.transfer_count = in.u32();
  header.byte_count = in.u32();
  header.envelope_root = in.digest();
  return header;
}

void write(Writer& out, const Batch& batch) {
  write(out, batch.header);
  batch.signature.write(out);
  for (std::size_t i = 0; i < batch.envelopes.size(); ++i) out.blob(batch.envelopes[i]);
}

Bytes encode(const BatchHeader& header) {
  Writer out;
  write(out, header);
  return std::move(out).take();
}

Bytes encode(const Batch& batch) {
  Writer out(512 + batch.envelopes.size() * sizeof(std::uint32_t) +
             static_cast<std::size_t>(batch.envelopes.total_bytes()));
  write(out, batch);
  return std::move(out).take();
}

Result<BatchHeader> decode_batch_header(ByteView bytes) {
  Reader in(bytes);
  BatchHeader header = read_batch_header(in);
  HP_TRY(in.finish("batch header"));
  return header;
}

Result<Batch> decode_batch(std::shared_ptr<const Bytes> bytes, std::size_t offset) {
  if (bytes == nullptr || offset > bytes->size()) {
    return fail(Errc::kInvalidArgument, "batch: no bytes to decode");
  }
  Reader in(ByteView(*bytes).subspan(offset));
  Batch batch;
  batch.header = read_batch_header(in);
  batch.signature = read_signature(in);
  if (batch.header.envelope_count > kBatchEnvelopesMax ||
      batch.header.envelope_count > in.remaining() / sizeof(std::uint32_t)) {
    in.mark_failed("counts more envelopes than it can hold");
  }
  std::vector<EnvelopeList::Extent> extents;
  if (in.ok()) extents.reserve(batch.header.envelope_count);
  std::uint64_t total = 0;
  for (std::uint32_t i = 0; i < batch.header.envelope_count && in.ok(); ++i) {
    const ByteView envelope = in.blob(kEnvelopeBytesMax);
    if (!in.ok()) break;
    extents.push_back({static_cast<std::uint32_t>(bytes->size() - in.remaining() - envelope.size()),
                       static_cast<std::uint32_t>(envelope.size())});
    total += envelope.size();
    if (total > kBatchBytesMax) in.mark_failed("has more envelope bytes than a batch may have");
  }
  if (in.ok() && total != batch.header.byte_count) in.mark_failed("miscounts its envelope bytes");
  HP_TRY(in.finish("batch"));
  batch.envelopes = EnvelopeList(std::move(bytes), std::move(extents));
  return batch;
}

Result<Batch> decode_batch(ByteView bytes) {
  return decode_batch(std::make_shared<const Bytes>(to_bytes(bytes)));
}

BatchHeader make_batch_header(const BatchPlan& plan, const EnvelopeList& envelopes) {
  BatchHeader header;
  header.genesis = plan.chain.genesis;
  header.epoch = plan.epoch;
  header.lane = plan.lane;
  header.pos = plan.pos;
  header.prev_digest = plan.prev_digest;
  header.created = plan.created;
  header.envelope_count = static_cast<std::uint32_t>(envelopes.size());
  header.transfer_count = plan.transfer_count;
  header.byte_count = static_cast<std::uint32_t>(envelopes.total_bytes());
  header.envelope_root = envelope_root(plan.chain.suite, envelopes);
  return header;
}

}  // namespace huangpu::consensus
