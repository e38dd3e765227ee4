#include "tools/audit/block_reader.hpp"

#include <string>
#include <utility>

#include "consensus/codec/batch_record.hpp"
#include "consensus/codec/certificate_codec.hpp"
#include "consensus/codec/epoch_codec.hpp"
#include "consensus/codec/evidence_codec.hpp"

namespace huangpu::tools {
namespace {

// What batch records hold beside the bytes of their envelopes: a header each, and four bytes in
// front of each envelope, of which none that decodes is shorter than 64 bytes.
constexpr std::uint64_t kBatchHeaderBytesMax = 1'024;
constexpr std::uint64_t kLengthShare = 16;

Finding undecodable(Height height, const ledger::RecordKey& key,
                    std::optional<std::uint64_t> offset, const Error& error) {
  Finding finding;
  finding.check = Check::kRecord;
  finding.code = error.code == Errc::kUnsupportedVersion ? error.code : Errc::kCorrupt;
  finding.height = height;
  finding.offset = offset;
  finding.subject = to_string(key);
  finding.message = "the record does not decode: " + error.message;
  return finding;
}

Finding misfiled(Height height, const ledger::RecordKey& key, std::optional<std::uint64_t> offset,
                 std::string expected, std::string found) {
  Finding finding;
  finding.check = Check::kRecord;
  finding.code = Errc::kCorrupt;
  finding.height = height;
  finding.offset = offset;
  finding.subject = to_string(key);
  finding.message = "the record is filed under a key that is not its content's";
  finding.expected = std::move(expected);
  finding.found = std::move(found);
  return finding;
}

Checked<void> check_height_key(Height height, const Piece& piece) {
  if (piece.record.key.height == height) return {};
  return report(misfiled(height, piece.record.key, piece.offset,
                         "height " + std::to_string(height.value()),
                         "height " + std::to_string(piece.record.key.height.value())));
}

}  // namespace

std::unique_ptr<PendingBlock> BlockReader::next() {
  if (ended_) return nullptr;
  auto block = std::make_unique<PendingBlock>();
  block->height = height_.next();
  auto piece = source_.block(block->height);
  if (!piece) {
    block->reading = std::move(piece).error();
    ended_ = true;
    return block;
  }
  if (!*piece) {
    ended_ = true;
    return nullptr;
  }
  height_ = block->height;
  block->offset = (*piece)->offset;
  const ledger::Record& record = (*piece)->record;
  block->bytes = record.payload.size();

  const auto checked = [&]() -> Checked<void> {
    auto decoded = consensus::decode_block_record(record.payload);
    if (!decoded) {
      return report(undecodable(block->height, record.key, block->offset, decoded.error()));
    }
    block->record = std::move(*decoded);
    block->epoch = rules_.epoch();
    past_.emplace(block->epoch->epoch, block->epoch);
    HP_CHECK(check_height_key(block->height, **piece));
    auto place = rules_.accept(block->record);
    if (!place) {
      place.error().offset = block->offset;
      return report(std::move(place).error());
    }
    block->hash = place->hash;
    if (record.key.digest != place->hash) {
      return report(misfiled(block->height, record.key, block->offset, place->hash.hex(),
                             record.key.digest.hex()));
    }
    HP_CHECK(read_batches(*block, *place));
    HP_CHECK(read_results(*block));
    return read_others(*block);
  }();
  if (!checked) {
    block->reading = checked.error();
    ended_ = true;
  }
  // Before the block is known to stand in its place there is nothing for the workers.
  if (!block->hash.is_zero()) submit(*block);
  return block;
}

Checked<void> BlockReader::read_batches(PendingBlock& block, const CheckedBlock& place) {
  const consensus::Block& ordered = block.record.stored.block;
  const auto& parameters = rules_.epoch()->parameters;
  const std::uint64_t bytes_max = parameters.block_bytes_max +
                                  parameters.block_bytes_max / kLengthShare +
                                  place.order.size() * kBatchHeaderBytesMax;
  HP_CHECK_ASSIGN(std::vector<Piece> pieces,
                  source_.batches(ordered, place.before, place.order, bytes_max));

  std::vector<consensus::LaneTip> tips = place.before;
  std::uint64_t bytes = 0;
  std::uint64_t transfers = 0;
  for (std::size_t i = 0; i < place.order.size(); ++i) {
    Piece& piece = pieces[i];
    const ledger::RecordKey key = piece.record.key;
    block.bytes += piece.record.payload.size();
    auto decoded = consensus::decode_batch_record(
        std::make_shared<const Bytes>(std::move(piece.record.payload)));
    if (!decoded) return report(undecodable(block.height, key, piece.offset, decoded.error()));

    consensus::LaneTip& tip = tips[place.order[i].lane.value()];
    auto digest = rules_.check_batch(block.height, decoded->header, place.order[i], tip.digest);
    if (!digest) {
      digest.error().offset = piece.offset;
      return report(std::move(digest).error());
    }
    if (key.digest != *digest) {
      return report(misfiled(block.height, key, piece.offset, digest->hex(), key.digest.hex()));
    }
    tip = {place.order[i].pos, *digest};
    bytes += decoded->header.byte_count;
    transfers += decoded->header.transfer_count;
    PendingBatch batch;
    batch.batch = std::move(*decoded);
    batch.subject = to_string(key);
    batch.offset = piece.offset;
    block.batches.push_back(std::move(batch));
  }
  for (const consensus::CutEntry& entry : ordered.cut) {
    const crypto::Digest& digest = tips[entry.lane.value()].digest;
    if (digest == entry.digest) continue;
    Finding finding;
    finding.check = Check::kBatch;
    finding.height = block.height;
    finding.offset = block.offset;
    finding.subject = "lane " + std::to_string(entry.lane.value()) + ", position " +
                      std::to_string(entry.pos.value());
    finding.message = "the batch is not the one that the block orders";
    finding.expected = entry.digest.hex();
    finding.found = digest.hex();
    return report(std::move(finding));
  }
  if (bytes > parameters.block_bytes_max || transfers > parameters.block_transfers_max) {
    Finding finding;
    finding.check = Check::kCut;
    finding.height = block.height;
    finding.offset = block.offset;
    finding.subject = "block " + std::to_string(block.height.value());
    finding.message = "the block orders more than a block may";
    finding.expected = std::to_string(parameters.block_bytes_max) + " bytes and " +
                       std::to_string(parameters.block_transfers_max) + " transfers at most";
    finding.found =
        std::to_string(bytes) + " bytes and " + std::to_string(transfers) + " transfers";
    return report(std::move(finding));
  }
  return {};
}

Checked<void> BlockReader::read_results(PendingBlock& block) {
  HP_CHECK_ASSIGN(auto commit, source_.commit(block.height));
  if (commit) {
    HP_CHECK(check_height_key(block.height, *commit));
    block.commit_offset = commit->offset;
    auto message = consensus::decode_commit_message(commit->record.payload);
    if (!message) {
      return report(undecodable(block.height, commit->record.key, commit->offset, message.error()));
    }
    block.commit = *message;
  }
  HP_CHECK_ASSIGN(auto certificate, source_.certificate(block.height));
  if (certificate) {
    HP_CHECK(check_height_key(block.height, *certificate));
    block.certificate_offset = certificate->offset;
    auto decoded = consensus::decode_commit_certificate(certificate->record.payload);
    if (!decoded) {
      return report(
          undecodable(block.height, certificate->record.key, certificate->offset, decoded.error()));
    }
    block.certificate = std::move(*decoded);
  }
  return {};
}

Checked<void> BlockReader::read_others(PendingBlock& block) {
  HP_CHECK_ASSIGN(const std::vector<Piece> pieces, source_.others(block.height));
  for (const Piece& piece : pieces) {
    const ledger::RecordKey& key = piece.record.key;
    if (key.kind == ledger::RecordKind::kEpoch) {
      const auto record = consensus::decode_epoch_record(piece.record.payload);
      if (!record) return report(undecodable(block.height, key, piece.offset, record.error()));
      if (*record == *block.epoch && key.epoch == record->epoch) continue;
      if (key.epoch != record->epoch || !rules_.at_boundary() ||
          !rules_.enter(std::make_shared<const consensus::EpochRecord>(*record))) {
        return report(misfiled(block.height, key, piece.offset,
                               "the record that this block names as the next epoch's",
                               "another epoch record"));
      }
      continue;
    }
    const auto evidence = consensus::decode_evidence(piece.record.payload);
    if (!evidence) return report(undecodable(block.height, key, piece.offset, evidence.error()));
    if (auto proven = verify_kept(*block.epoch, *evidence); !proven) {
      Finding finding;
      finding.check = Check::kEvidence;
      finding.height = block.height;
      finding.offset = piece.offset;
      finding.subject = to_string(key);
      finding.message = proven.error().message;
      return report(std::move(finding));
    }
    ++block.evidence;
  }
  return {};
}

// Evidence is about an epoch that may be over by the time it is kept.
Status BlockReader::verify_kept(const consensus::EpochRecord& now,
                                const consensus::Evidence& evidence) const {
  const auto past = past_.find(evidence.epoch);
  return consensus::verify_evidence(checks_.validators(past == past_.end() ? now : *past->second),
                                    evidence);
}

void BlockReader::submit(PendingBlock& block) {
  const bool with_signatures = block.height >= from_;
  const auto& parent = block.record.stored.justification.parent;
  const bool parent_known = parent && finalization_ && *parent == *finalization_;
  finalization_.reset();
  if (with_signatures) finalization_ = block.record.stored.finalization;

  block.jobs.emplace(static_cast<std::ptrdiff_t>(block.batches.size()) + 1);
  for (PendingBatch& batch : block.batches) {
    pool_.submit([this, with_signatures, &block, &batch] {
      check_envelopes(checks_, block.height, with_signatures, batch);
      block.jobs->count_down();
    });
  }
  pool_.submit([this, with_signatures, parent_known, &block] {
    check_certificates(checks_, with_signatures, parent_known, block);
    block.jobs->count_down();
  });
}

}  // namespace huangpu::tools
