#include "node/driver/stored_chain.hpp"

#include <map>
#include <utility>

#include "consensus/codec/batch_record.hpp"
#include "consensus/codec/certificate_codec.hpp"
#include "consensus/codec/hashing.hpp"
#include "consensus/light/batch_order.hpp"
#include "ledger/codec/batch.hpp"

namespace huangpu::node {

namespace {

tl::unexpected<Error> undecodable(const Error& error, std::string_view what) {
  return fail(Errc::kCorrupt,
              std::string(what) + " in the block store does not decode: " + error.message);
}

}  // namespace

Result<consensus::BlockRecord> StoredChain::block(Height height) const {
  HP_TRY_ASSIGN(const ledger::Record record, store_.get_block(height));
  auto decoded = consensus::decode_block_record(record.payload);
  if (!decoded) return undecodable(decoded.error(), "block " + std::to_string(height.value()));
  return decoded;
}

Result<consensus::BlockRecord> StoredChain::block(const crypto::Digest& hash) const {
  HP_TRY_ASSIGN(const ledger::Record record, store_.get_block(hash));
  auto decoded = consensus::decode_block_record(record.payload);
  if (!decoded) return undecodable(decoded.error(), "block " + hash.hex());
  return decoded;
}

Result<consensus::CommitMessage> StoredChain::commit(Height height) const {
  HP_TRY_ASSIGN(const ledger::Record record, store_.get_commit(height));
  auto decoded = consensus::decode_commit_message(record.payload);
  if (!decoded)
    return undecodable(decoded.error(), "commit message " + std::to_string(height.value()));
  return decoded;
}

Result<consensus::CommitCertificate> StoredChain::certificate_for(Height height) const {
  HP_TRY_ASSIGN(const ledger::Record record, store_.get_certificate_at_or_above(height));
  auto decoded = consensus::decode_commit_certificate(record.payload);
  if (!decoded)
    return undecodable(decoded.error(),
                       "certificate at or above " + std::to_string(height.value()));
  return decoded;
}

Result<std::optional<consensus::CommitCertificate>> StoredChain::newest_certificate() const {
  const auto height = store_.last_certificate();
  if (!height) return std::optional<consensus::CommitCertificate>{};
  HP_TRY_ASSIGN(auto certificate, certificate_for(*height));
  return std::optional(std::move(certificate));
}

Result<consensus::Batch> StoredChain::batch(const ledger::BatchKey& key,
                                            const std::optional<crypto::Digest>& digest) const {
  HP_TRY_ASSIGN(ledger::Record record,
                digest ? store_.get_batch(key, *digest) : store_.get_batch(key));
  auto batch =
      consensus::decode_batch_record(std::make_shared<const Bytes>(std::move(record.payload)));
  if (!batch) return undecodable(batch.error(), to_string(record.key));
  auto signature = store_.get_batch_signature(key, record.key.digest);
  if (signature) {
    auto decoded = crypto::Signature::decode(signature->payload);
    if (!decoded) return undecodable(decoded.error(), to_string(signature->key));
    batch->signature = *decoded;
  } else if (signature.error().code != Errc::kNotFound) {
    return tl::unexpected(signature.error());
  }
  return batch;
}

Result<std::vector<consensus::Batch>> StoredChain::forks(const ledger::BatchKey& key) const {
  std::vector<consensus::Batch> found;
  for (const crypto::Digest& digest : store_.batch_digests(key)) {
    HP_TRY_ASSIGN(consensus::Batch one, batch(key, digest));
    found.push_back(std::move(one));
  }
  if (found.empty()) return fail(Errc::kNotFound, "no batch is held at this position");
  return found;
}

Result<std::vector<consensus::LaneTip>> StoredChain::tips_after(Height height,
                                                                std::size_t lanes) const {
  if (height == Height{0}) return std::vector<consensus::LaneTip>(lanes);
  HP_TRY_ASSIGN(consensus::BlockRecord record, block(height));
  if (record.tips.size() != lanes) {
    return fail(Errc::kCorrupt,
                "block " + std::to_string(height.value()) + " does not name the tip of every lane");
  }
  return std::move(record.tips);
}

Result<std::vector<consensus::LaneTip>> StoredChain::tips_before(
    const consensus::BlockRecord& record) const {
  const Height height = record.stored.block.header.height;
  if (height.value() <= 1) return std::vector<consensus::LaneTip>(record.tips.size());
  HP_TRY_ASSIGN(consensus::BlockRecord previous, block(height.previous()));
  return tips_before(record, std::move(previous));
}

Result<std::vector<consensus::LaneTip>> StoredChain::tips_before(
    const consensus::BlockRecord& record, consensus::BlockRecord previous) {
  const consensus::BlockHeader& header = record.stored.block.header;
  if (previous.stored.block.header.epoch != header.epoch)
    return std::vector<consensus::LaneTip>(record.tips.size());
  if (previous.tips.size() != record.tips.size()) {
    return fail(Errc::kCorrupt, "blocks " + std::to_string(header.height.value() - 1) + " and " +
                                    std::to_string(header.height.value()) +
                                    " of one epoch name different numbers of lanes");
  }
  return std::move(previous.tips);
}

Result<std::vector<consensus::Batch>> StoredChain::batches_of(
    const consensus::Block& block, std::span<const consensus::LaneTip> before) const {
  // Links run backwards from the cut, so each lane is read from its end.
  std::map<consensus::BatchPlace, consensus::Batch, decltype([](const auto& a, const auto& b) {
             return std::pair(a.lane, a.pos) < std::pair(b.lane, b.pos);
           })>
      found;
  for (const consensus::CutEntry& entry : block.cut) {
    if (entry.lane.value() >= before.size() || entry.pos <= before[entry.lane.value()].pos) {
      return fail(Errc::kCorrupt,
                  "block " + std::to_string(block.header.height.value()) + ": its cut goes back");
    }
    crypto::Digest digest = entry.digest;
    for (std::uint64_t pos = entry.pos.value(); pos > before[entry.lane.value()].pos.value();
         --pos) {
      HP_TRY_ASSIGN(consensus::Batch stored,
                    batch({block.header.epoch, entry.lane, LanePosition{pos}}, digest));
      digest = stored.header.prev_digest;
      found.emplace(consensus::BatchPlace{entry.lane, LanePosition{pos}}, std::move(stored));
    }
  }
  std::vector<consensus::Batch> batches;
  for (const consensus::BatchPlace& place : consensus::batch_order(before, block)) {
    batches.push_back(std::move(found.at(place)));
  }
  return batches;
}

Result<std::shared_ptr<const ledger::DecodedBatch>> StoredChain::decode(
    const consensus::Batch& batch) const {
  const std::vector<ByteView> envelopes = batch.envelopes.views();
  auto decoded =
      ledger::decode_batch(chain_, batch.header.lane.value(), batch.header.pos, envelopes);
  if (!decoded) return undecodable(decoded.error(), "a batch");
  return std::make_shared<const ledger::DecodedBatch>(std::move(*decoded));
}

Result<std::vector<std::shared_ptr<const ledger::DecodedBatch>>> StoredChain::decoded_batches_of(
    const consensus::Block& block, std::span<const consensus::LaneTip> before) const {
  HP_TRY_ASSIGN(const auto batches, batches_of(block, before));
  std::vector<std::shared_ptr<const ledger::DecodedBatch>> result;
  for (const consensus::Batch& stored : batches) {
    HP_TRY_ASSIGN(auto decoded, decode(stored));
    result.push_back(std::move(decoded));
  }
  return result;
}

}  // namespace huangpu::node
