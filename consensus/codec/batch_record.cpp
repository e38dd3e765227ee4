#include "consensus/codec/batch_record.hpp"

#include <utility>

#include "consensus/codec/batch_codec.hpp"
#include "crypto/base/codec.hpp"

namespace huangpu::consensus {

Bytes encode_batch_record(const BatchHeader& header, const EnvelopeList& envelopes) {
  Writer out;
  write(out, header);
  for (std::size_t i = 0; i < envelopes.size(); ++i) out.blob(envelopes[i]);
  return std::move(out).take();
}

Result<Batch> decode_batch_record(std::shared_ptr<const Bytes> bytes) {
  Reader in(*bytes);
  Batch batch;
  batch.header = read_batch_header(in);
  if (!in.ok()) return fail(Errc::kMalformed, "batch record: header");
  if (batch.header.envelope_count > kBatchEnvelopesMax) {
    return fail(Errc::kMalformed, "batch record: too many envelopes");
  }
  std::vector<EnvelopeList::Extent> extents;
  std::uint64_t total = 0;
  for (std::uint32_t i = 0; i < batch.header.envelope_count; ++i) {
    const ByteView envelope = in.blob(kEnvelopeBytesMax);
    if (!in.ok()) return fail(Errc::kMalformed, "batch record: envelope " + std::to_string(i));
    extents.push_back({static_cast<std::uint32_t>(envelope.data() - bytes->data()),
                       static_cast<std::uint32_t>(envelope.size())});
    total += envelope.size();
  }
  HP_TRY(in.finish("batch record"));
  if (total != batch.header.byte_count) return fail(Errc::kMalformed, "batch record: byte count");
  batch.envelopes = EnvelopeList(std::move(bytes), std::move(extents));
  return batch;
}

}  // namespace huangpu::consensus
