#include "ledger/store/block_store.hpp"

#include <absl/container/btree_map.h>
#include <absl/container/flat_hash_map.h>

#include <atomic>
#include <mutex>
#include <shared_mutex>

#include "crypto/base/assert.hpp"
#include "ledger/store/segment_log.hpp"

namespace huangpu::ledger {
namespace {

// A location and which of the two logs it is in follows from the kind.
template <class Key>
using Index = absl::btree_map<Key, Location>;

RecordKey batch_record(const BatchKey& key, const crypto::Digest& digest,
                       RecordKind kind = RecordKind::kBatch) {
  RecordKey record;
  record.kind = kind;
  record.epoch = key.epoch;
  record.lane = key.lane;
  record.position = key.position;
  record.digest = digest;
  return record;
}

RecordKey height_record(RecordKind kind, Height height, const crypto::Digest& digest = {}) {
  RecordKey record;
  record.kind = kind;
  record.height = height;
  record.digest = digest;
  return record;
}

RecordKey epoch_record(Epoch epoch) {
  RecordKey record;
  record.kind = RecordKind::kEpoch;
  record.epoch = epoch;
  return record;
}

bool belongs_to_epochs(RecordKind kind) {
  return kind == RecordKind::kEpoch || kind == RecordKind::kEvidence;
}

}  // namespace

class BlockStore::Impl {
 public:
  Impl(FileSystem& files, BlockStoreOptions options)
      : files_(files), options_(std::move(options)) {}

  Status open() {
    if (!options_.read_only) {
      if (options_.create_if_missing) {
        HP_TRY(make_directories());
      }
      HP_TRY_ASSIGN(lock_, files_.lock(options_.directory + "/LOCK"));
    }
    HP_TRY_ASSIGN(chain_, open_log("chain", segment::Stream::kChain));
    HP_TRY_ASSIGN(epochs_, open_log("epochs", segment::Stream::kEpochs));
    return {};
  }

  Status close() {
    if (closed_ || options_.read_only) return {};
    closed_ = true;
    if (stopped_.load(std::memory_order_acquire)) return health();
    return latch([&]() -> Status {
      HP_TRY(chain_->close());
      return epochs_->close();
    });
  }

  Status append(const RecordKey& raw_key, ByteView bytes) {
    HP_ASSERT(!options_.read_only && !closed_,
              "appending to a block store that is not open for it");
    const RecordKey key = canonical(raw_key);
    const bool named_by_digest = key.kind == RecordKind::kBatch || key.kind == RecordKind::kBlock ||
                                 key.kind == RecordKind::kEvidence ||
                                 key.kind == RecordKind::kBatchSignature;
    if (named_by_digest && key.digest.is_zero()) {
      return fail(Errc::kInvalidArgument, "block store: " + to_string(key) + " without its digest");
    }
    if (bytes.size() > kRecordPayloadBytesMax) {
      return fail(Errc::kOutOfRange,
                  "block store: " + to_string(key) + " is longer than a record may be");
    }
    if (key.kind == RecordKind::kCommit) {
      if (const auto held = get(key)) {
        if (equal(held->payload, bytes)) return {};
        return fail(Errc::kConflict, "block store: another " + to_string(key) + " is held");
      } else if (held.error().code != Errc::kNotFound) {
        return tl::unexpected(held.error());
      }
    } else if (find(key)) {
      return {};
    }
    return latch([&]() -> Status {
      HP_TRY_ASSIGN(const Location location, log_of(key.kind).append(key, bytes));
      const std::unique_lock lock(mutex_);
      insert(key, location);
      return {};
    });
  }

  Status sync() {
    return latch([&]() -> Status {
      HP_TRY(chain_->sync());
      return epochs_->sync();
    });
  }

  Status health() const {
    const std::shared_lock lock(mutex_);
    if (stopped_by_) return tl::unexpected(*stopped_by_);
    return {};
  }

  // The record under a key; a batch or block key with the zero digest asks for any.
  Result<Record> get(const RecordKey& key) const {
    const auto location = find(key);
    if (!location) return fail(Errc::kNotFound, "block store: no " + to_string(key));
    HP_TRY_ASSIGN(Record record, log_of(key.kind).read(*location));
    RecordKey expected = key;
    if (key.digest.is_zero()) expected.digest = record.key.digest;
    if (key.kind == RecordKind::kBlock && !key.digest.is_zero())
      expected.height = record.key.height;
    if (record.key != expected) {
      return fail(Errc::kCorrupt,
                  "block store: found " + to_string(record.key) + " in place of " + to_string(key));
    }
    return record;
  }

  std::optional<Location> find(const RecordKey& key) const {
    const std::shared_lock lock(mutex_);
    return find_locked(key);
  }

  Result<Record> get_certificate_at_or_above(Height height) const {
    Height found{0};
    {
      const std::shared_lock lock(mutex_);
      const auto it = certificates_.lower_bound(height);
      if (it == certificates_.end()) {
        return fail(Errc::kNotFound, "block store: no certificate at or above height " +
                                         std::to_string(height.value()));
      }
      found = it->first;
    }
    return get(height_record(RecordKind::kCertificate, found));
  }

  std::optional<Height> block_height(const crypto::Digest& hash) const {
    const std::shared_lock lock(mutex_);
    const auto it = block_hashes_.find(hash);
    if (it == block_hashes_.end()) return std::nullopt;
    return it->second.height;
  }

  std::optional<Height> first_block() const {
    const std::shared_lock lock(mutex_);
    if (blocks_.empty()) return std::nullopt;
    return blocks_.begin()->first;
  }
  std::optional<Height> last_block() const { return last_of(blocks_); }
  std::optional<Height> last_commit() const { return last_of(commits_); }
  std::optional<Height> last_certificate() const { return last_of(certificates_); }
  std::optional<Epoch> last_epoch() const { return last_of(epoch_records_); }

  std::optional<LanePosition> last_position(Epoch epoch, ValidatorIndex lane) const {
    const std::shared_lock lock(mutex_);
    const auto it = lanes_.find({epoch, lane});
    if (it == lanes_.end() || it->second.empty()) return std::nullopt;
    return it->second.rbegin()->first;
  }

  Status scan(const Visitor& visit) const {
    const auto forward = [&](const RecordKey& key, const Location&, ByteView payload) {
      return visit(key, payload);
    };
    HP_TRY(epochs_->for_each(forward));
    return chain_->for_each(forward);
  }

  Status refresh() {
    HP_TRY(chain_->refresh(indexer()));
    return epochs_->refresh(indexer());
  }

  const RecoveryReport& recovery() const { return recovery_; }
  std::uint64_t size_bytes() const { return chain_->bytes() + epochs_->bytes(); }

  std::vector<crypto::Digest> batch_digests(const BatchKey& key) const {
    std::vector<crypto::Digest> digests;
    const std::shared_lock lock(mutex_);
    const auto lane = lanes_.find({key.epoch, key.lane});
    if (lane == lanes_.end()) return digests;
    const auto first = lane->second.find(key.position);
    if (first == lane->second.end()) return digests;
    digests.push_back(first->second.digest);
    for (auto other = other_batches_.lower_bound(std::pair(key, crypto::Digest{}));
         other != other_batches_.end() && other->first.first == key; ++other) {
      digests.push_back(other->first.second);
    }
    return digests;
  }

 private:
  struct BlockPlace {
    Height height;
    Location location;
  };
  struct BatchPlace {
    crypto::Digest digest;
    Location location;
  };
  using LaneKey = std::pair<Epoch, ValidatorIndex>;

  std::string directory_of(const char* name) const { return options_.directory + "/" + name; }

  Status make_directories() {
    for (const char* name : {"chain", "epochs"}) {
      HP_TRY(files_.create_directories(directory_of(name)));
    }
    // The names of the two directories must survive a power cut before anything in them counts.
    return files_.sync_directory(options_.directory);
  }

  Result<std::unique_ptr<SegmentLog>> open_log(const char* name, segment::Stream stream) {
    RecoveryReport report;
    SegmentLog::Options options;
    options.directory = directory_of(name);
    options.stream = stream;
    options.chain_id = options_.chain_id;
    options.read_only = options_.read_only;
    options.verify_sealed_payloads = options_.verify_sealed_payloads;
    options.segment_bytes_max = options_.segment_bytes_max;
    HP_TRY_ASSIGN(auto log, SegmentLog::open(files_, std::move(options), indexer(), report));
    recovery_.segments += report.segments;
    recovery_.records += report.records;
    recovery_.bytes += report.bytes;
    if (stream == segment::Stream::kChain) recovery_.clean_close = report.clean_close;
    if (!report.cut_file.empty()) {
      recovery_.cut_file = report.cut_file;
      recovery_.cut_offset = report.cut_offset;
      recovery_.cut_bytes = report.cut_bytes;
    }
    return log;
  }

  SegmentLog::Visitor indexer() {
    return [this](const RecordKey& key, const Location& location, ByteView) -> Status {
      const std::unique_lock lock(mutex_);
      insert(key, location);
      return {};
    };
  }

  SegmentLog& log_of(RecordKind kind) { return belongs_to_epochs(kind) ? *epochs_ : *chain_; }
  const SegmentLog& log_of(RecordKind kind) const {
    return belongs_to_epochs(kind) ? *epochs_ : *chain_;
  }

  // Runs a write unless an earlier one failed; the first failure stops the store for good.
  template <class Action>
  Status latch(Action&& action) {
    if (stopped_.load(std::memory_order_acquire)) return health();
    Status status = action();
    if (!status) {
      const std::unique_lock lock(mutex_);
      stopped_by_ = status.error();
      stopped_.store(true, std::memory_order_release);
    }
    return status;
  }

  void insert(const RecordKey& key, const Location& location) {
    switch (key.kind) {
      case RecordKind::kBatch: {
        const BatchKey batch{key.epoch, key.lane, key.position};
        auto& lane = lanes_[{key.epoch, key.lane}];
        const bool first = lane.try_emplace(key.position, BatchPlace{key.digest, location}).second;
        // A second batch at one position is a lane owner's equivocation; both are kept.
        if (!first) other_batches_.emplace(std::pair(batch, key.digest), location);
        break;
      }
      case RecordKind::kBlock:
        blocks_[key.height] = location;
        block_hashes_[key.digest] = {key.height, location};
        break;
      case RecordKind::kCommit:
        commits_.try_emplace(key.height, location);
        break;
      case RecordKind::kCertificate:
        certificates_.try_emplace(key.height, location);
        break;
      case RecordKind::kEpoch:
        epoch_records_.try_emplace(key.epoch, location);
        break;
      case RecordKind::kEvidence:
        evidence_.try_emplace(key.digest, location);
        break;
      case RecordKind::kBatchSignature:
        batch_signatures_.try_emplace(key.digest, location);
        break;
    }
  }

  template <class Map, class Key>
  static std::optional<Location> at(const Map& map, const Key& key) {
    const auto it = map.find(key);
    if (it == map.end()) return std::nullopt;
    return it->second;
  }

  std::optional<Location> find_locked(const RecordKey& key) const {
    switch (key.kind) {
      case RecordKind::kBatch:
        return find_batch(key);
      case RecordKind::kBlock: {
        if (key.digest.is_zero()) return at(blocks_, key.height);
        const auto it = block_hashes_.find(key.digest);
        if (it == block_hashes_.end()) return std::nullopt;
        return it->second.location;
      }
      case RecordKind::kCommit:
        return at(commits_, key.height);
      case RecordKind::kCertificate:
        return at(certificates_, key.height);
      case RecordKind::kEpoch:
        return at(epoch_records_, key.epoch);
      case RecordKind::kEvidence:
        return at(evidence_, key.digest);
      case RecordKind::kBatchSignature:
        return at(batch_signatures_, key.digest);
    }
    HP_UNREACHABLE("a record kind that decoding does not admit");
  }

  std::optional<Location> find_batch(const RecordKey& key) const {
    const auto lane = lanes_.find({key.epoch, key.lane});
    if (lane == lanes_.end()) return std::nullopt;
    const auto first = lane->second.find(key.position);
    if (first == lane->second.end()) return std::nullopt;
    if (key.digest.is_zero() || first->second.digest == key.digest) return first->second.location;
    return at(other_batches_, std::pair(BatchKey{key.epoch, key.lane, key.position}, key.digest));
  }

  template <class Key>
  std::optional<Key> last_of(const Index<Key>& index) const {
    const std::shared_lock lock(mutex_);
    if (index.empty()) return std::nullopt;
    return index.rbegin()->first;
  }

  FileSystem& files_;
  BlockStoreOptions options_;
  std::unique_ptr<FileLock> lock_;
  std::unique_ptr<SegmentLog> chain_;
  std::unique_ptr<SegmentLog> epochs_;
  RecoveryReport recovery_;
  bool closed_ = false;
  std::atomic<bool> stopped_{false};

  mutable std::shared_mutex mutex_;  // guards everything below
  std::optional<Error> stopped_by_;
  absl::btree_map<LaneKey, absl::btree_map<LanePosition, BatchPlace>> lanes_;
  absl::btree_map<std::pair<BatchKey, crypto::Digest>, Location> other_batches_;
  Index<Height> blocks_;
  absl::flat_hash_map<crypto::Digest, BlockPlace> block_hashes_;
  Index<Height> commits_;
  Index<Height> certificates_;
  Index<Epoch> epoch_records_;
  absl::flat_hash_map<crypto::Digest, Location> evidence_;
  absl::flat_hash_map<crypto::Digest, Location> batch_signatures_;  // by batch digest
};

BlockStore::BlockStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

BlockStore::~BlockStore() {
  // A failed close only costs the mark of a clean stop: what was synced stays, the rest was never
  // promised.
  static_cast<void>(close());
}

Result<std::unique_ptr<BlockStore>> BlockStore::open(FileSystem& files, BlockStoreOptions options) {
  auto impl = std::make_unique<Impl>(files, std::move(options));
  HP_TRY(impl->open());
  return std::unique_ptr<BlockStore>(new BlockStore(std::move(impl)));
}

Status BlockStore::close() { return impl_->close(); }
Status BlockStore::sync() { return impl_->sync(); }
Status BlockStore::health() const { return impl_->health(); }

Status BlockStore::append(const RecordKey& key, ByteView bytes) {
  return impl_->append(key, bytes);
}
Status BlockStore::append_batch(const BatchKey& key, const crypto::Digest& digest, ByteView bytes) {
  return append(batch_record(key, digest), bytes);
}
Status BlockStore::append_batch_signature(const BatchKey& key, const crypto::Digest& digest,
                                          ByteView bytes) {
  return append(batch_record(key, digest, RecordKind::kBatchSignature), bytes);
}
Status BlockStore::append_block(Height height, const crypto::Digest& hash, ByteView bytes) {
  return append(height_record(RecordKind::kBlock, height, hash), bytes);
}
Status BlockStore::append_commit(Height height, ByteView bytes) {
  return append(height_record(RecordKind::kCommit, height), bytes);
}
Status BlockStore::append_certificate(Height height, ByteView bytes) {
  return append(height_record(RecordKind::kCertificate, height), bytes);
}
Status BlockStore::append_epoch(Epoch epoch, ByteView bytes) {
  return append(epoch_record(epoch), bytes);
}
Status BlockStore::append_evidence(const crypto::Digest& id, ByteView bytes) {
  return append(height_record(RecordKind::kEvidence, Height(0), id), bytes);
}

Result<Record> BlockStore::get_batch(const BatchKey& key) const {
  return impl_->get(batch_record(key, {}));
}
Result<Record> BlockStore::get_batch(const BatchKey& key, const crypto::Digest& digest) const {
  return impl_->get(batch_record(key, digest));
}
std::vector<crypto::Digest> BlockStore::batch_digests(const BatchKey& key) const {
  return impl_->batch_digests(key);
}
Result<Record> BlockStore::get_batch_signature(const BatchKey& key,
                                               const crypto::Digest& digest) const {
  return impl_->get(batch_record(key, digest, RecordKind::kBatchSignature));
}
Result<Record> BlockStore::get_block(Height height) const {
  return impl_->get(height_record(RecordKind::kBlock, height));
}
Result<Record> BlockStore::get_block(const crypto::Digest& hash) const {
  return impl_->get(height_record(RecordKind::kBlock, Height(0), hash));
}
Result<Record> BlockStore::get_commit(Height height) const {
  return impl_->get(height_record(RecordKind::kCommit, height));
}
Result<Record> BlockStore::get_certificate(Height height) const {
  return impl_->get(height_record(RecordKind::kCertificate, height));
}
Result<Record> BlockStore::get_certificate_at_or_above(Height height) const {
  return impl_->get_certificate_at_or_above(height);
}
Result<Record> BlockStore::get_epoch(Epoch epoch) const { return impl_->get(epoch_record(epoch)); }
Result<Record> BlockStore::get_evidence(const crypto::Digest& id) const {
  return impl_->get(height_record(RecordKind::kEvidence, Height(0), id));
}

bool BlockStore::has_batch(const BatchKey& key, const crypto::Digest& digest) const {
  return impl_->find(batch_record(key, digest)).has_value();
}
bool BlockStore::has_block(const crypto::Digest& hash) const {
  return impl_->block_height(hash).has_value();
}
std::optional<Height> BlockStore::block_height(const crypto::Digest& hash) const {
  return impl_->block_height(hash);
}
std::optional<Height> BlockStore::first_block() const { return impl_->first_block(); }
std::optional<Height> BlockStore::last_block() const { return impl_->last_block(); }
std::optional<Height> BlockStore::last_commit() const { return impl_->last_commit(); }
std::optional<Height> BlockStore::last_certificate() const { return impl_->last_certificate(); }
std::optional<Epoch> BlockStore::last_epoch() const { return impl_->last_epoch(); }
std::optional<LanePosition> BlockStore::last_position(Epoch epoch, ValidatorIndex lane) const {
  return impl_->last_position(epoch, lane);
}

Status BlockStore::scan(const Visitor& visit) const { return impl_->scan(visit); }
Status BlockStore::scrub() const {
  return impl_->scan([](const RecordKey&, ByteView) -> Status { return {}; });
}
Status BlockStore::refresh() { return impl_->refresh(); }
const RecoveryReport& BlockStore::recovery() const { return impl_->recovery(); }
std::uint64_t BlockStore::size_bytes() const { return impl_->size_bytes(); }

}  // namespace huangpu::ledger
