#include "node/driver/chain_answers.hpp"

#include <utility>
#include <variant>

#include "consensus/codec/block_codec.hpp"
#include "consensus/codec/message_codec.hpp"

namespace huangpu::node {

namespace {

// One answer stays well below the transport's frame bound.
constexpr std::uint64_t kBlocksAnswerBytesMax = 4u << 20;
static_assert(kBlocksAnswerBytesMax + consensus::kStoredBlockBytesMax +
                  consensus::kCommitCertificateBytesMax + 16 <=
              consensus::kBulkMessageBytesMax);
// One request for batches is answered up to here; the peer asks for the rest.
constexpr std::uint64_t kBatchesAnswerBytesMax = 16u << 20;

std::uint64_t size_of(const consensus::BlockRecord& record) {
  const std::uint64_t certificates = 2 + record.stored.justification.nullifications.size();
  std::uint64_t bytes = consensus::kBlockHeaderBytes + 64 +
                        record.stored.block.cut.size() * consensus::kCutEntryBytes +
                        certificates * consensus::certificate_bytes_max(record.tips.size());
  for (const Bytes& item : record.stored.block.system) bytes += 4 + item.size();
  return bytes;
}

}  // namespace

void ChainAnswers::answer(const Serve& serve) const {
  std::visit([&](const auto& get) { answer(serve.to, get); }, serve.request);
}

void ChainAnswers::answer(ValidatorIndex to, const consensus::GetBlocks& get) const {
  consensus::BlocksReply reply;
  std::size_t provable = 0;  // blocks up to the last one that a certificate in the answer covers
  std::uint64_t bytes = 0;
  for (std::uint64_t height = get.from.value();
       reply.blocks.size() < get.max_count && bytes < kBlocksAnswerBytesMax; ++height) {
    auto record = chain_.block(Height{height});
    if (!record) break;  // not held yet, or damaged: what precedes it is still an answer
    bytes += size_of(*record);
    const bool last_of_epoch = (record->stored.block.header.flags & consensus::kBlockBoundary) != 0;
    const bool final = record->stored.finalization.has_value();
    reply.blocks.push_back(std::move(record->stored));
    if (final || chain_.store().get_certificate(Height{height})) provable = reply.blocks.size();
    // Who asks has to leave the epoch before it can judge what follows
    // (SPEC N-352).
    if (last_of_epoch) break;
  }
  if (provable == 0) return;
  reply.blocks.resize(provable);
  const Height last = reply.blocks.back().block.header.height;
  auto certificate = chain_.certificate_for(last);
  if (certificate && certificate->message.height == last)
    reply.commit_certificate = std::move(*certificate);
  sender_(to, reply);
}

void ChainAnswers::answer(ValidatorIndex to, const consensus::GetBatches& get) const {
  std::uint64_t bytes = 0;
  for (std::uint64_t pos = get.from.value();
       pos <= get.to.value() && bytes < kBatchesAnswerBytesMax; ++pos) {
    // Of two batches at one position either may be the one that was ordered: the peer knows which.
    auto batches = chain_.forks({get.epoch, get.lane, LanePosition{pos}});
    if (!batches) return;
    // Without the owner's signature nobody would take it: the owner has stored it and not signed it
    // yet.
    std::erase_if(*batches, [](const consensus::Batch& one) { return one.signature.empty(); });
    if (batches->empty()) return;
    for (consensus::Batch& batch : *batches) {
      bytes += batch.header.byte_count;
      sender_(to, std::move(batch));
    }
  }
}

void ChainAnswers::answer(ValidatorIndex to, const consensus::GetCertificate& get) const {
  // Certificates of views are kept with the blocks they concern and travel with them; only commits
  // are asked for alone.
  if (get.kind != consensus::CertificateKind::kCommit) return;
  auto certificate = chain_.certificate_for(Height{get.position});
  if (certificate) sender_(to, std::move(*certificate));
}

void ChainAnswers::answer(ValidatorIndex to, const consensus::GetBlockByHash& get) const {
  auto record = chain_.block(get.hash);
  if (!record) return;
  consensus::BlocksReply reply;
  reply.blocks.push_back(std::move(record->stored));
  sender_(to, reply);
}

}  // namespace huangpu::node
