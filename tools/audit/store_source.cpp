#include "tools/audit/store_source.hpp"

#include <map>
#include <utility>

#include "consensus/codec/batch_codec.hpp"
#include "crypto/base/codec.hpp"

namespace huangpu::tools {
namespace {

Finding unreadable(Height height, std::string subject, const Error& error) {
  Finding finding;
  finding.check = error.code == Errc::kNotFound ? Check::kMissing : Check::kStorage;
  // What the chain needs and the store does not hold is damage, not a wrong path.
  finding.code = error.code == Errc::kNotFound ? Errc::kCorrupt : error.code;
  finding.height = height;
  finding.subject = std::move(subject);
  finding.message = error.message;
  return finding;
}

Checked<std::optional<Piece>> optional_piece(Height height, std::string_view what,
                                             Result<ledger::Record> record) {
  if (record) return std::optional(Piece{std::move(*record), std::nullopt});
  if (record.error().code == Errc::kNotFound) return std::optional<Piece>();
  return report(
      unreadable(height, std::string(what) + " " + std::to_string(height.value()), record.error()));
}

}  // namespace

StoreSource::StoreSource(std::unique_ptr<ledger::BlockStore> store) : store_(std::move(store)) {
  if (const auto last = store_->last_block()) last_ = *last;
}

Checked<std::unique_ptr<StoreSource>> StoreSource::open(ledger::FileSystem& files,
                                                        const std::string& folder,
                                                        const crypto::Digest& chain_id) {
  ledger::BlockStoreOptions options;
  options.directory = folder;
  options.chain_id = chain_id;
  options.read_only = true;
  options.create_if_missing = false;
  // Every payload is checked when it is read, at the height it belongs to.
  options.verify_sealed_payloads = false;
  auto store = ledger::BlockStore::open(files, std::move(options));
  if (!store) {
    Finding finding;
    finding.check = store.error().code == Errc::kWrongChain ? Check::kGenesis : Check::kStorage;
    finding.code = store.error().code;
    finding.subject = "block store";
    finding.message = store.error().message;
    return report(std::move(finding));
  }
  return std::unique_ptr<StoreSource>(new StoreSource(std::move(*store)));
}

Checked<std::optional<Piece>> StoreSource::block(Height height) {
  current_ = height;
  if (height > last_) return std::optional<Piece>();
  auto record = store_->get_block(height);
  if (!record) {
    return report(unreadable(height, "block " + std::to_string(height.value()), record.error()));
  }
  return std::optional(Piece{std::move(*record), std::nullopt});
}

// The store may hold several batches of one place; the links say which was ordered, and they run
// backwards from the cut.
Checked<std::vector<Piece>> StoreSource::batches(const consensus::Block& block,
                                                 std::span<const consensus::LaneTip> before,
                                                 std::span<const consensus::BatchPlace> order,
                                                 std::uint64_t bytes_max) {
  const Height height = block.header.height;
  if ((block.header.flags & consensus::kBlockBoundary) != 0)
    next_epoch_ = block.header.epoch.next();
  std::map<std::pair<ValidatorIndex, LanePosition>, Piece> found;
  std::uint64_t bytes = 0;
  for (const consensus::CutEntry& entry : block.cut) {
    crypto::Digest digest = entry.digest;
    for (LanePosition pos = entry.pos; pos > before[entry.lane.value()].pos;
         pos = LanePosition{pos.value() - 1}) {
      auto record = store_->get_batch({block.header.epoch, entry.lane, pos}, digest);
      ledger::RecordKey wanted;
      wanted.kind = ledger::RecordKind::kBatch;
      wanted.epoch = block.header.epoch;
      wanted.lane = entry.lane;
      wanted.position = pos;
      wanted.digest = digest;
      if (!record) return report(unreadable(height, to_string(wanted), record.error()));
      bytes += record->payload.size();
      Reader in(record->payload);
      const consensus::BatchHeader header = consensus::read_batch_header(in);
      if (!in.ok() || bytes > bytes_max) {
        Finding finding;
        finding.check = in.ok() ? Check::kCut : Check::kRecord;
        finding.code = in.ok() ? Errc::kDiverged : Errc::kCorrupt;
        finding.height = height;
        finding.subject = to_string(wanted);
        finding.message = in.ok() ? "the batches of the block are larger than a block may be"
                                  : "the record does not decode";
        return report(std::move(finding));
      }
      digest = header.prev_digest;
      found.insert_or_assign({entry.lane, pos}, Piece{std::move(*record), std::nullopt});
    }
  }
  std::vector<Piece> pieces;
  pieces.reserve(order.size());
  for (const consensus::BatchPlace& place : order) {
    pieces.push_back(std::move(found.at({place.lane, place.pos})));
  }
  return pieces;
}

Checked<std::optional<Piece>> StoreSource::commit(Height height) {
  return optional_piece(height, "commit message", store_->get_commit(height));
}

Checked<std::optional<Piece>> StoreSource::certificate(Height height) {
  return optional_piece(height, "certificate", store_->get_certificate(height));
}

// A node's evidence is filed by its own id, not by height; the record of the epoch after a boundary
// by its number.
Checked<std::vector<Piece>> StoreSource::others(Height height) {
  std::vector<Piece> pieces;
  if (!next_epoch_ || height != current_) return pieces;
  auto record = store_->get_epoch(*std::exchange(next_epoch_, std::nullopt));
  if (record) {
    pieces.push_back(Piece{std::move(*record), std::nullopt});
  } else if (record.error().code != Errc::kNotFound) {
    return report(unreadable(height, "epoch record", record.error()));
  }
  return pieces;
}

SourceProgress StoreSource::progress() const { return {current_.value(), last_.value()}; }

}  // namespace huangpu::tools
