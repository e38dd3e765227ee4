#include "ledger/store/state_store.hpp"

#include <rocksdb/write_batch.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <utility>

#include "crypto/base/assert.hpp"
#include "crypto/base/codec.hpp"
#include "ledger/store/bytes_map.hpp"
#include "ledger/store/entry_cache.hpp"
#include "ledger/store/rocks.hpp"
#include "ledger/store/rocks_snapshot.hpp"
#include "ledger/store/undo_log.hpp"

namespace huangpu::ledger {

using rocks::Family;
using rocks::slice;

namespace {

constexpr std::uint16_t kFormatVersion = 1;
constexpr std::string_view kFormatKey = "format";  // version u16 ‖ chain id
constexpr std::string_view kTipKey = "tip";        // height u64 ‖ commit message
constexpr std::size_t kAuxBufferEntriesMax = 1 << 20;

rocksdb::Slice text_slice(std::string_view text) { return {text.data(), text.size()}; }

Bytes receipt_key(Height height, std::uint32_t index) {
  Writer writer(12);
  writer.u64(height.value()).u32(index);
  return writer.take();
}

Bytes number_key(std::uint64_t number) {
  Writer writer(8);
  writer.u64(number);
  return writer.take();
}

Bytes commit_key(Height height) {
  Bytes key = to_bytes(as_bytes("commit/"));
  const Bytes number = number_key(height.value());
  key.insert(key.end(), number.begin(), number.end());
  return key;
}

// The first key after all keys with this prefix; nothing when the prefix is all 0xff.
std::optional<Bytes> end_of_prefix(ByteView prefix) {
  Bytes end = to_bytes(prefix);
  while (!end.empty() && end.back() == 0xff) end.pop_back();
  if (end.empty()) return std::nullopt;
  ++end.back();
  return end;
}

}  // namespace

class StateStore::Impl {
 public:
  explicit Impl(StateStoreOptions options)
      : options_(std::move(options)),
        cache_(options_.cache_bytes),
        undo_(options_.undo_heights_max) {}

  Status open() {
    HP_TRY_ASSIGN(database_, rocks::Database::open(options_));
    HP_TRY(check_format());
    std::string value;
    const rocksdb::Status status = read(Family::kMeta, text_slice(kTipKey), value);
    if (status.IsNotFound()) return {};
    if (!status.ok()) return tl::unexpected(rocks::open_error_of(status, options_.directory));
    Reader reader(as_bytes(value));
    ExecTip tip{Height(reader.u64()), {}};
    tip.commit_message = to_bytes(reader.raw(reader.remaining()));
    if (!reader.ok())
      return fail(Errc::kCorrupt, options_.directory + ": the executed tip is damaged");
    tip_ = std::move(tip);
    return {};
  }

  Status commit(const BlockCommit& block);

  Status sync() {
    const rocksdb::Status status = database_->db().SyncWAL();
    if (!status.ok()) return tl::unexpected(latch(rocks::error_of(status, "sync")));
    return {};
  }

  std::optional<ExecTip> exec_tip() const {
    const std::shared_lock lock(mutex_);
    return tip_;
  }

  std::optional<Bytes> get(ByteView key) const {
    if (!is_tree_key(key)) return get_aux(key);
    if (const auto* held = cache_.find(key)) {
      ++hits_;
      return *held;
    }
    ++misses_;
    auto value = load(key);
    if (!value) return std::nullopt;
    cache_.put(key, *value);
    return *std::move(value);
  }

  void scan(ByteView prefix, const Visitor& visit) const {
    if (prefix.empty())
      return latch_scan({Errc::kInvalidArgument, "state store: scan without a prefix"});
    const std::unique_ptr<rocksdb::Iterator> it(
        database_->db().NewIterator(rocksdb::ReadOptions(), database_->family(family_of(prefix))));
    for (it->Seek(slice(prefix)); it->Valid() && it->key().starts_with(slice(prefix)); it->Next()) {
      if (!visit(rocks::view(it->key()), rocks::view(it->value()))) break;
    }
    if (!it->status().ok()) latch_scan(rocks::error_of(it->status(), "scan"));
  }

  void prefetch(std::span<const Bytes> keys) {
    std::vector<ByteView> tree_keys;
    std::vector<ByteView> aux_keys;
    for (const Bytes& key : keys) {
      if (is_tree_key(key)) {
        if (!cache_.contains(key)) tree_keys.push_back(key);
      } else if (!aux_buffer_.contains(ByteView(key))) {
        aux_keys.push_back(key);
      }
    }
    load_many(Family::kState, std::move(tree_keys),
              [&](ByteView key, std::optional<Bytes> value) { cache_.put(key, std::move(value)); });
    if (aux_buffer_.size() + aux_keys.size() > kAuxBufferEntriesMax) aux_buffer_.clear();
    load_many(Family::kAux, std::move(aux_keys), [&](ByteView key, std::optional<Bytes> value) {
      aux_buffer_.insert_or_assign(to_bytes(key), std::move(value));
    });
  }

  Status health() const {
    const std::lock_guard lock(failure_mutex_);
    if (failure_) return tl::unexpected(*failure_);
    return {};
  }

  Result<std::optional<Bytes>> get_at(Height height, ByteView key) const {
    if (!is_tree_key(key)) {
      return fail(Errc::kInvalidArgument, "state store: only state entries have a history");
    }
    // Held over the read: a commit publishes what it replaces before it writes, and waits for this
    // lock to do so. A reader therefore sees the old value in RocksDB or finds it in the undo log.
    const std::shared_lock lock(mutex_);
    if (!tip_ || height > tip_->height || height < undo_.oldest(tip_->height)) {
      return fail(Errc::kOutOfRange, "state store: height " + std::to_string(height.value()) +
                                         " is not among the heights kept");
    }
    if (const auto* before = undo_.find(height, key)) return *before;
    return read_entry(Family::kState, key);
  }

  Result<std::optional<Bytes>> read(ByteView key) const {
    return read_entry(is_tree_key(key) ? Family::kState : Family::kAux, key);
  }

  std::optional<Height> oldest_readable_height() const {
    const std::shared_lock lock(mutex_);
    if (!tip_) return std::nullopt;
    return undo_.oldest(tip_->height);
  }

  Result<std::vector<Bytes>> receipts(Height height) const {
    const Bytes prefix = number_key(height.value());
    const std::unique_ptr<rocksdb::Iterator> it(
        database_->db().NewIterator(rocksdb::ReadOptions(), database_->family(Family::kReceipts)));
    std::vector<Bytes> found;
    for (it->Seek(slice(prefix)); it->Valid() && it->key().starts_with(slice(prefix)); it->Next()) {
      found.push_back(to_bytes(rocks::view(it->value())));
    }
    if (!it->status().ok()) return tl::unexpected(rocks::error_of(it->status(), "read receipts"));
    return found;
  }

  Result<Bytes> receipt(Height height, std::uint32_t index) const {
    HP_TRY_ASSIGN(auto value, read_entry(Family::kReceipts, receipt_key(height, index)));
    if (!value) {
      return fail(Errc::kNotFound, "state store: no receipt " + std::to_string(index) +
                                       " at height " + std::to_string(height.value()));
    }
    return *std::move(value);
  }

  Result<std::optional<Bytes>> commit_message(Height height) const {
    return read_entry(Family::kMeta, commit_key(height));
  }

  Result<std::optional<TransactionPlace>> find_transaction(const crypto::Digest& txid) const {
    HP_TRY_ASSIGN(const auto value, read_entry(Family::kIndex, txid.bytes()));
    if (!value) return std::optional<TransactionPlace>();
    Reader reader(*value);
    TransactionPlace place;
    place.height = Height(reader.u64());
    place.index = reader.u32();
    if (!reader.finish("transaction place")) {
      return fail(Errc::kCorrupt,
                  "state store: the place of transaction " + txid.hex() + " is damaged");
    }
    return std::optional(place);
  }

  Result<std::optional<crypto::Digest>> mmr_node(std::uint64_t position) const {
    HP_TRY_ASSIGN(const auto value, read_entry(Family::kMmr, number_key(position)));
    if (!value) return std::optional<crypto::Digest>();
    if (value->size() != crypto::Digest::kSizeBytes) {
      return fail(Errc::kCorrupt,
                  "state store: history node " + std::to_string(position) + " is damaged");
    }
    return std::optional(crypto::Digest::from(*value));
  }

  Status visit(ByteView prefix, ByteView after,
               const std::function<bool(ByteView, ByteView)>& visitor) const {
    if (prefix.empty() || !is_tree_key(prefix)) {
      return fail(Errc::kInvalidArgument, "state store: no tree keys begin like this");
    }
    const std::unique_ptr<rocksdb::Iterator> it(
        database_->db().NewIterator(rocksdb::ReadOptions(), database_->family(Family::kState)));
    for (it->Seek(slice(after.empty() ? prefix : after));
         it->Valid() && it->key().starts_with(slice(prefix)); it->Next()) {
      const ByteView key = rocks::view(it->key());
      if (!after.empty() && equal(key, after)) continue;
      if (!visitor(key, rocks::view(it->value()))) break;
    }
    if (!it->status().ok()) return tl::unexpected(rocks::error_of(it->status(), "visit entries"));
    return {};
  }

  Status for_each_leaf(const std::function<void(ByteView, ByteView)>& visit) const {
    rocksdb::ReadOptions options;
    options.fill_cache = false;
    options.readahead_size = 2 << 20;
    const std::unique_ptr<rocksdb::Iterator> it(
        database_->db().NewIterator(options, database_->family(Family::kState)));
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
      visit(rocks::view(it->key()), rocks::view(it->value()));
    }
    if (!it->status().ok())
      return tl::unexpected(rocks::error_of(it->status(), "read all entries"));
    return {};
  }

  std::unique_ptr<StateReader> snapshot() const { return rocks::make_snapshot(*database_); }

  Status scrub() const {
    const rocksdb::Status status = database_->db().VerifyChecksum();
    if (!status.ok()) return tl::unexpected(rocks::error_of(status, "scrub"));
    return {};
  }

  Usage usage() const {
    Usage result;
    result.cache_entries = cache_.entries();
    result.cache_bytes = cache_.bytes();
    result.cache_hits = hits_;
    result.cache_misses = misses_;
    const std::shared_lock lock(mutex_);
    result.undo_entries = undo_.entries();
    return result;
  }

 private:
  using Clock = std::chrono::steady_clock;

  static Family family_of(ByteView key) { return is_tree_key(key) ? Family::kState : Family::kAux; }

  rocksdb::Status read(Family family, const rocksdb::Slice& key, std::string& value) const {
    return database_->db().Get(rocksdb::ReadOptions(), database_->family(family), key, &value);
  }

  Result<std::optional<Bytes>> read_entry(Family family, ByteView key) const {
    rocksdb::PinnableSlice value;
    const rocksdb::Status status =
        database_->db().Get(rocksdb::ReadOptions(), database_->family(family), slice(key), &value);
    if (status.IsNotFound()) return std::optional<Bytes>();
    if (!status.ok()) return tl::unexpected(rocks::error_of(status, "read"));
    return std::optional(to_bytes(rocks::view(value)));
  }

  // The executor's read: nothing outside means a failure, which is latched.
  std::optional<std::optional<Bytes>> load(ByteView key) const {
    auto value = read_entry(family_of(key), key);
    if (value) return *std::move(value);
    latch(value.error());
    return std::nullopt;
  }

  std::optional<Bytes> get_aux(ByteView key) const {
    if (const auto it = aux_buffer_.find(key); it != aux_buffer_.end()) return it->second;
    auto value = load(key);
    if (!value) return std::nullopt;
    return *std::move(value);
  }

  template <class Store>
  void load_many(Family family, std::vector<ByteView> keys, Store&& store) const;
  void add_entries(rocksdb::WriteBatch& batch, const StateDelta& delta) const;
  Status add_results(rocksdb::WriteBatch& batch, const BlockCommit& block) const;
  Result<UndoLog::Values> values_before(const StateDelta& delta) const;
  Status check_format();

  Error latch(Error error) const {
    const std::lock_guard lock(failure_mutex_);
    if (!failure_) failure_ = error;
    return error;
  }
  void latch_scan(Error error) const { static_cast<void>(latch(std::move(error))); }

  bool sync_is_due() const {
    return Clock::now() - last_sync_ >= std::chrono::milliseconds(options_.sync_interval_ms);
  }

  StateStoreOptions options_;
  std::unique_ptr<rocks::Database> database_;

  // The executor's own.
  mutable EntryCache cache_;
  mutable BytesMap<std::optional<Bytes>> aux_buffer_;  // of this block's prefetch
  mutable std::uint64_t hits_ = 0;
  mutable std::uint64_t misses_ = 0;
  Clock::time_point last_sync_ = Clock::now();

  mutable std::shared_mutex mutex_;  // guards tip_ and undo_
  std::optional<ExecTip> tip_;
  UndoLog undo_;

  mutable std::mutex failure_mutex_;
  mutable std::optional<Error> failure_;
};

Status StateStore::Impl::check_format() {
  std::string value;
  const rocksdb::Status status = read(Family::kMeta, text_slice(kFormatKey), value);
  if (status.ok()) {
    Reader reader(as_bytes(value));
    const std::uint16_t version = reader.u16();
    if (reader.ok() && version != kFormatVersion) {
      return fail(Errc::kUnsupportedVersion, options_.directory +
                                                 ": has state store format version " +
                                                 std::to_string(version) + ", this program knows " +
                                                 std::to_string(kFormatVersion));
    }
    const crypto::Digest chain_id = reader.digest();
    if (!reader.finish("state store format")) {
      return fail(Errc::kCorrupt, options_.directory + ": the format entry is damaged");
    }
    if (chain_id != options_.chain_id) {
      return fail(Errc::kWrongChain, options_.directory + ": belongs to chain " + chain_id.hex() +
                                         ", not to " + options_.chain_id.hex());
    }
    return {};
  }
  if (!status.IsNotFound()) return tl::unexpected(rocks::open_error_of(status, options_.directory));

  // A store that never got its first entry: made just now, or cut short while it was made.
  const std::unique_ptr<rocksdb::Iterator> any(
      database_->db().NewIterator(rocksdb::ReadOptions(), database_->family(Family::kMeta)));
  any->SeekToFirst();
  if (!any->status().ok() || any->Valid() || options_.read_only) {
    return fail(Errc::kCorrupt, options_.directory + ": the format entry is missing");
  }
  Writer format;
  format.u16(kFormatVersion).digest(options_.chain_id);
  rocksdb::WriteOptions write;
  write.sync = true;
  const rocksdb::Status written = database_->db().Put(write, database_->family(Family::kMeta),
                                                      text_slice(kFormatKey), slice(format.view()));
  if (!written.ok()) return tl::unexpected(rocks::error_of(written, "create"));
  return {};
}

// Reads the keys in order and hands each with its value to `store`. A failure is latched.
template <class Store>
void StateStore::Impl::load_many(Family family, std::vector<ByteView> keys, Store&& store) const {
  std::ranges::sort(keys, less);
  const auto repeated = std::ranges::unique(keys, equal);
  keys.erase(repeated.begin(), repeated.end());
  if (keys.empty()) return;
  std::vector<rocksdb::Slice> slices;
  slices.reserve(keys.size());
  for (const ByteView key : keys) slices.push_back(slice(key));
  std::vector<rocksdb::PinnableSlice> values(keys.size());
  std::vector<rocksdb::Status> statuses(keys.size());
  database_->db().MultiGet(rocksdb::ReadOptions(), database_->family(family), keys.size(),
                           slices.data(), values.data(), statuses.data(), true);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (statuses[i].ok()) {
      store(keys[i], to_bytes(rocks::view(values[i])));
    } else if (statuses[i].IsNotFound()) {
      store(keys[i], std::nullopt);
    } else {
      latch(rocks::error_of(statuses[i], "read"));
      return;
    }
  }
}

void StateStore::Impl::add_entries(rocksdb::WriteBatch& batch, const StateDelta& delta) const {
  for (const Change& change : delta.changes) {
    rocksdb::ColumnFamilyHandle* family = database_->family(family_of(change.key));
    // A write batch in memory refuses only a family or key it cannot encode; commit() checked both.
    if (change.value) {
      static_cast<void>(batch.Put(family, slice(change.key), slice(*change.value)));
    } else {
      static_cast<void>(batch.Delete(family, slice(change.key)));
    }
  }
}

Status StateStore::Impl::add_results(rocksdb::WriteBatch& batch, const BlockCommit& block) const {
  // In the order of their keys, which makes inserting cheap.
  std::map<crypto::Digest, Bytes> places;
  for (std::size_t i = 0; i < block.receipts.size(); ++i) {
    const StoredReceipt& receipt = block.receipts[i];
    const Bytes place = receipt_key(block.height, static_cast<std::uint32_t>(i));
    static_cast<void>(
        batch.Put(database_->family(Family::kReceipts), slice(place), slice(receipt.bytes)));
    if (!receipt.indexed) continue;
    if (receipt.unless_indexed) {
      HP_TRY_ASSIGN(const auto earlier, read_entry(Family::kIndex, receipt.txid.bytes()));
      if (earlier || places.contains(receipt.txid)) continue;
    }
    places[receipt.txid] = place;
  }
  for (const auto& [txid, place] : places) {
    static_cast<void>(
        batch.Put(database_->family(Family::kIndex), slice(txid.bytes()), slice(place)));
  }
  for (const crypto::MmrNode& node : block.mmr_nodes) {
    static_cast<void>(batch.Put(database_->family(Family::kMmr), slice(number_key(node.position)),
                                slice(node.digest.bytes())));
  }
  static_cast<void>(batch.Put(database_->family(Family::kMeta), slice(commit_key(block.height)),
                              slice(block.commit_message)));
  Writer tip(8 + block.commit_message.size());
  tip.u64(block.height.value()).raw(block.commit_message);
  static_cast<void>(
      batch.Put(database_->family(Family::kMeta), text_slice(kTipKey), slice(tip.view())));
  return {};
}

Result<UndoLog::Values> StateStore::Impl::values_before(const StateDelta& delta) const {
  UndoLog::Values before;
  before.reserve(delta.changes.size());
  std::vector<ByteView> unknown;
  for (const Change& change : delta.changes) {
    if (!is_tree_key(change.key)) continue;
    if (const auto* held = cache_.find(change.key)) {
      before.emplace(change.key, *held);
    } else {
      unknown.push_back(change.key);
    }
  }
  load_many(Family::kState, std::move(unknown), [&](ByteView key, std::optional<Bytes> value) {
    before.emplace(to_bytes(key), std::move(value));
  });
  HP_TRY(health());
  return before;
}

Status StateStore::Impl::commit(const BlockCommit& block) {
  HP_TRY(health());
  HP_ASSERT(!options_.read_only, "committing to a read-only state store");
  HP_TRY(check_delta(block.delta));
  if (tip_ && block.height != tip_->height.next()) {
    return fail(Errc::kInvalidArgument,
                "state store: block " + std::to_string(block.height.value()) +
                    " does not follow block " + std::to_string(tip_->height.value()));
  }
  rocksdb::WriteBatch batch;
  for (const Bytes& prefix : block.delta.erased_aux_prefixes) {
    const auto end = end_of_prefix(prefix);
    if (!end) return fail(Errc::kInvalidArgument, "state store: a prefix without an end");
    static_cast<void>(
        batch.DeleteRange(database_->family(Family::kAux), slice(prefix), slice(*end)));
  }
  add_entries(batch, block.delta);
  HP_TRY(add_results(batch, block));

  if (tip_) {  // before the first block there is no height to read at
    HP_TRY_ASSIGN(auto before, values_before(block.delta));
    const std::unique_lock lock(mutex_);
    undo_.push(block.height, std::move(before));
  }
  rocksdb::WriteOptions write;
  write.sync = sync_is_due();
  const rocksdb::Status status = database_->db().Write(write, &batch);
  if (!status.ok()) return tl::unexpected(latch(rocks::error_of(status, "commit")));
  if (write.sync) last_sync_ = Clock::now();

  for (const Change& change : block.delta.changes) {
    if (is_tree_key(change.key)) cache_.put(change.key, change.value);
  }
  aux_buffer_.clear();
  const std::unique_lock lock(mutex_);
  tip_ = ExecTip{block.height, block.commit_message};
  return {};
}

StateStore::StateStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
StateStore::~StateStore() = default;

Result<std::unique_ptr<StateStore>> StateStore::open(StateStoreOptions options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  HP_TRY(impl->open());
  return std::unique_ptr<StateStore>(new StateStore(std::move(impl)));
}

Status StateStore::destroy(const std::string& directory) {
  std::error_code error;
  if (!std::filesystem::exists(directory, error)) return {};
  const rocksdb::Status status = rocksdb::DestroyDB(directory, rocksdb::Options());
  if (!status.ok()) {
    const Error failure = rocks::open_error_of(status, directory);
    // Whatever else RocksDB makes of a damaged store, its files go; only a running owner keeps
    // them.
    if (failure.code == Errc::kAlreadyRunning) return tl::unexpected(failure);
  }
  std::filesystem::remove_all(directory, error);
  if (error) return fail(Errc::kIo, directory + ": remove: " + error.message());
  return {};
}

Status StateStore::commit(const BlockCommit& block) { return impl_->commit(block); }
Status StateStore::sync() { return impl_->sync(); }
std::optional<ExecTip> StateStore::exec_tip() const { return impl_->exec_tip(); }
std::optional<Bytes> StateStore::get(ByteView key) const { return impl_->get(key); }
void StateStore::scan(ByteView prefix, const Visitor& visit) const { impl_->scan(prefix, visit); }
void StateStore::prefetch(std::span<const Bytes> keys) { impl_->prefetch(keys); }
Status StateStore::health() const { return impl_->health(); }
Result<std::optional<Bytes>> StateStore::read(ByteView key) const { return impl_->read(key); }
Result<std::optional<Bytes>> StateStore::get_at(Height height, ByteView key) const {
  return impl_->get_at(height, key);
}
std::optional<Height> StateStore::oldest_readable_height() const {
  return impl_->oldest_readable_height();
}
Result<std::vector<Bytes>> StateStore::receipts(Height height) const {
  return impl_->receipts(height);
}
Result<Bytes> StateStore::receipt(Height height, std::uint32_t index) const {
  return impl_->receipt(height, index);
}
Result<std::optional<Bytes>> StateStore::commit_message(Height height) const {
  return impl_->commit_message(height);
}
Result<std::optional<TransactionPlace>> StateStore::find_transaction(
    const crypto::Digest& txid) const {
  return impl_->find_transaction(txid);
}
Result<std::optional<crypto::Digest>> StateStore::mmr_node(std::uint64_t position) const {
  return impl_->mmr_node(position);
}
Status StateStore::visit(ByteView prefix, ByteView after,
                         const std::function<bool(ByteView key, ByteView value)>& visitor) const {
  return impl_->visit(prefix, after, visitor);
}
std::unique_ptr<StateReader> StateStore::snapshot() const { return impl_->snapshot(); }
Status StateStore::for_each_leaf(
    const std::function<void(ByteView key, ByteView value)>& visit) const {
  return impl_->for_each_leaf(visit);
}
Status StateStore::scrub() const { return impl_->scrub(); }
StateStore::Usage StateStore::usage() const { return impl_->usage(); }

}  // namespace huangpu::ledger
