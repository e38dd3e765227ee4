#include "tools/audit/archive_source.hpp"

#include <utility>

namespace huangpu::tools {
namespace {

// Epoch records and evidence are few; more of them at one height is no honest archive.
constexpr std::size_t kOthersMax = 1'024;
constexpr std::uint64_t kOthersBytesMax = 64U << 20;

Finding cannot_open(const Error& error) {
  Finding finding;
  finding.check = Check::kStorage;
  // A file that is not an archive at all is as useless as a damaged one.
  finding.code = error.code == Errc::kMalformed ? Errc::kCorrupt : error.code;
  finding.offset = 0;
  finding.subject = "archive";
  finding.message = error.message;
  return finding;
}

}  // namespace

Checked<std::unique_ptr<ArchiveSource>> ArchiveSource::open(ledger::FileSystem& files,
                                                            const std::string& path) {
  auto reader = ledger::ArchiveReader::open(files, path);
  if (!reader) return report(cannot_open(reader.error()));
  return std::unique_ptr<ArchiveSource>(new ArchiveSource(std::move(*reader)));
}

Checked<std::unique_ptr<ArchiveSource>> ArchiveSource::from_bytes(ByteView bytes) {
  auto reader = ledger::ArchiveReader::from_bytes(bytes);
  if (!reader) return report(cannot_open(reader.error()));
  return std::unique_ptr<ArchiveSource>(new ArchiveSource(std::move(*reader)));
}

Checked<void> ArchiveSource::fill() {
  if (next_) return {};
  const std::uint64_t offset = reader_->offset();
  auto record = reader_->next();
  if (!record) {
    Finding finding;
    finding.check = Check::kStorage;
    finding.code = record.error().code;
    finding.offset = offset;
    finding.subject = "archive";
    finding.message = record.error().message;
    if (const auto& damage = reader_->damage()) {
      finding.height = damage->height;
      finding.offset = damage->offset;
      finding.message = damage->what;
    }
    return report(std::move(finding));
  }
  next_ = std::move(*record);
  return {};
}

Checked<std::optional<Piece>> ArchiveSource::take(ledger::RecordKind kind, Height height) {
  for (;;) {
    HP_CHECK(fill());
    if (!next_ || next_->height != height) return std::optional<Piece>();
    const ledger::RecordKind met = next_->record.key.kind;
    Piece piece{std::move(next_->record), next_->offset};
    if (met == kind) {
      next_.reset();
      return std::optional(std::move(piece));
    }
    if (met != ledger::RecordKind::kEvidence && met != ledger::RecordKind::kEpoch) {
      next_->record = std::move(piece.record);
      return std::optional<Piece>();
    }
    others_bytes_ += piece.record.payload.size();
    if (others_.size() == kOthersMax || others_bytes_ > kOthersBytesMax) {
      Finding finding;
      finding.check = Check::kRecord;
      finding.code = Errc::kCorrupt;
      finding.height = height;
      finding.offset = piece.offset;
      finding.subject = to_string(piece.record.key);
      finding.message = "more evidence and epoch records stand here than one height can have";
      return report(std::move(finding));
    }
    others_.push_back(std::move(piece));
    next_.reset();
  }
}

Finding ArchiveSource::misplaced(Height height, const std::string& wanted) const {
  Finding finding;
  finding.check = Check::kMissing;
  finding.code = Errc::kCorrupt;
  finding.height = height;
  finding.subject = wanted;
  finding.message = wanted + " is not where it belongs";
  finding.expected = wanted;
  finding.found = "the end of the archive";
  if (next_) {
    finding.offset = next_->offset;
    finding.found = to_string(next_->record.key) + " in the group of height " +
                    std::to_string(next_->height.value());
  }
  return finding;
}

Checked<std::optional<Piece>> ArchiveSource::block(Height height) {
  HP_CHECK(fill());
  if (!next_) return std::optional<Piece>();
  HP_CHECK_ASSIGN(auto piece, take(ledger::RecordKind::kBlock, height));
  if (!piece) return report(misplaced(height, "block " + std::to_string(height.value())));
  return piece;
}

Checked<std::vector<Piece>> ArchiveSource::batches(const consensus::Block& block,
                                                   std::span<const consensus::LaneTip> /*before*/,
                                                   std::span<const consensus::BatchPlace> order,
                                                   std::uint64_t bytes_max) {
  const Height height = block.header.height;
  std::vector<Piece> pieces;
  std::uint64_t bytes = 0;
  for (const consensus::BatchPlace& place : order) {
    HP_CHECK_ASSIGN(auto piece, take(ledger::RecordKind::kBatch, height));
    ledger::RecordKey wanted;
    wanted.kind = ledger::RecordKind::kBatch;
    wanted.epoch = block.header.epoch;
    wanted.lane = place.lane;
    wanted.position = place.pos;
    if (!piece) return report(misplaced(height, to_string(wanted)));
    const ledger::RecordKey& key = piece->record.key;
    bytes += piece->record.payload.size();
    const bool fits = bytes <= bytes_max;
    if (!fits || key.epoch != wanted.epoch || key.lane != wanted.lane ||
        key.position != wanted.position) {
      Finding finding;
      finding.check = fits ? Check::kMissing : Check::kCut;
      finding.code = fits ? Errc::kCorrupt : Errc::kDiverged;
      finding.height = height;
      finding.offset = piece->offset;
      finding.subject = to_string(wanted);
      finding.message = fits ? "another batch stands in its place"
                             : "the batches of the block are larger than a block may be";
      finding.expected = fits ? to_string(wanted) : std::to_string(bytes_max) + " bytes at most";
      finding.found = fits ? to_string(key) : std::to_string(bytes) + " bytes or more";
      return report(std::move(finding));
    }
    pieces.push_back(std::move(*piece));
  }
  return pieces;
}

Checked<std::optional<Piece>> ArchiveSource::commit(Height height) {
  return take(ledger::RecordKind::kCommit, height);
}

Checked<std::optional<Piece>> ArchiveSource::certificate(Height height) {
  return take(ledger::RecordKind::kCertificate, height);
}

Checked<std::vector<Piece>> ArchiveSource::others(Height height) {
  // Whatever else stands at this height belongs to no chain: a batch too many, a second block, …
  HP_CHECK_ASSIGN(const auto block, take(ledger::RecordKind::kBlock, height));
  const bool too_many = next_ && next_->height == height;
  if (block || too_many) {
    const ledger::RecordKey& key = block ? block->record.key : next_->record.key;
    Finding finding;
    finding.check = Check::kRecord;
    finding.code = Errc::kCorrupt;
    finding.height = height;
    finding.offset = block ? *block->offset : next_->offset;
    finding.subject = to_string(key);
    finding.message = "the record does not belong to this height, or stands out of order";
    return report(std::move(finding));
  }
  others_bytes_ = 0;
  return std::exchange(others_, {});
}

SourceProgress ArchiveSource::progress() const {
  return {reader_->offset(), reader_->size_bytes()};
}

Checked<ledger::Genesis> genesis_of(const ArchiveSource& archive, const ledger::Genesis* given) {
  const ledger::ArchiveHeader& header = archive.header();
  Finding finding;
  finding.check = Check::kGenesis;
  finding.code = Errc::kWrongChain;
  finding.offset = 0;
  finding.subject = "archive header";
  auto genesis = ledger::parse_genesis(as_text(header.genesis));
  if (!genesis) {
    finding.code =
        genesis.error().code == Errc::kUnsupportedVersion ? genesis.error().code : Errc::kCorrupt;
    finding.message = "its genesis document is refused: " + genesis.error().message;
    return report(std::move(finding));
  }
  const crypto::Digest chain = ledger::chain_id(*genesis).value();
  finding.expected = chain.hex();
  finding.found = header.chain_id.hex();
  if (chain != header.chain_id || genesis->suite != header.suite) {
    finding.message = "its genesis document gives another chain id than the header states";
    return report(std::move(finding));
  }
  if (given != nullptr && ledger::chain_id(*given).value() != chain) {
    finding.message = "the archive is of another chain than the genesis document that was given";
    finding.expected = ledger::chain_id(*given).hex();
    return report(std::move(finding));
  }
  return std::move(*genesis);
}

}  // namespace huangpu::tools
