// What execution derives from the block store, kept in RocksDB: state entries, receipts, the
// transaction index and the nodes of the history range (SPEC S-30..S-43).
//
// It may be lost or damaged at any time: the owner then calls destroy(), opens an empty store and
// executes the block store again. open() tells these cases apart by code:
//   kCorrupt             damaged: destroy and rebuild
//   kWrongChain          another chain's store: refuse to start
//   kUnsupportedVersion  written by a newer program: refuse to start
//   kAlreadyRunning      another process holds it
//   kIo, kDiskFull       the disk
//
// A block is committed as one atomic batch that also moves the executed tip, so that the store
// always stands at the end of some block. Recovery may yield an earlier block than the last one
// committed; the owner executes the rest again.
//
// Thread: commit, get, scan, prefetch and usage belong to one executor thread. exec_tip, get_at,
// visit, snapshot, receipts, find_*, mmr_* and sync may be called from any thread, together with a
// commit.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "crypto/base/ids.hpp"
#include "crypto/hash/digest.hpp"
#include "crypto/hash/mmr.hpp"
#include "ledger/state/delta.hpp"
#include "ledger/state/reader.hpp"

namespace huangpu::ledger {

struct StateStoreOptions {
  std::string directory;
  crypto::Digest chain_id;
  bool read_only = false;
  bool create_if_missing = true;
  std::uint32_t undo_heights_max = 32;             // how far behind the tip get_at answers
  std::uint64_t cache_bytes = 64ull << 20;         // decoded entries in front of RocksDB
  std::uint64_t block_cache_bytes = 64ull << 20;   // RocksDB's own
  std::uint64_t write_buffer_bytes = 32ull << 20;  // per large column family
  std::uint64_t sync_interval_ms = 100;  // commit() syncs the log when the last sync is older;
                                         // 0 = on every commit
};

// One receipt in execution order.
struct StoredReceipt {
  crypto::Digest txid;
  Bytes bytes;
  // False for the receipt of a repeated envelope: find_transaction keeps naming the first.
  bool indexed = true;
  // Indexed only if the id has no receipt yet: it may be the first or a repetition.
  bool unless_indexed = false;
};

struct ExecTip {
  Height height{0};
  Bytes commit_message;

  friend bool operator==(const ExecTip&, const ExecTip&) = default;
};

struct BlockCommit {
  Height height{0};
  StateDelta delta;
  std::vector<StoredReceipt> receipts;
  std::vector<crypto::MmrNode> mmr_nodes;  // nodes this block added to the history range
  Bytes commit_message;
};

struct TransactionPlace {
  Height height{0};
  std::uint32_t index = 0;  // in execution order within the block

  friend bool operator==(const TransactionPlace&, const TransactionPlace&) = default;
};

class StateStore final : public StateReader {
 public:
  [[nodiscard]] static Result<std::unique_ptr<StateStore>> open(StateStoreOptions options);

  // Deletes a store that is not open. A missing directory is success.
  [[nodiscard]] static Status destroy(const std::string& directory);

  ~StateStore() override;

  // Commits one block. The first may have any height (genesis, a snapshot); every later one is tip
  // + 1 (kInvalidArgument otherwise). Refused with the latched error after a failed read or write.
  [[nodiscard]] Status commit(const BlockCommit& block);

  // Forces RocksDB's log to stable storage; only shortens the next re-execution.
  [[nodiscard]] Status sync();

  [[nodiscard]] std::optional<ExecTip> exec_tip() const;

  [[nodiscard]] std::optional<Bytes> get(ByteView key) const override;
  void scan(ByteView prefix, const Visitor& visit) const override;
  void prefetch(std::span<const Bytes> keys) override;
  [[nodiscard]] Status health() const override;

  // The newest committed value of any key. Any thread; two calls may see two blocks.
  [[nodiscard]] Result<std::optional<Bytes>> read(ByteView key) const;

  // The value of a tree key as of the end of block `height`. kOutOfRange when the height is above
  // the tip or further below it than the values kept (a restart keeps none below the tip).
  [[nodiscard]] Result<std::optional<Bytes>> get_at(Height height, ByteView key) const;
  [[nodiscard]] std::optional<Height> oldest_readable_height() const;

  [[nodiscard]] Result<std::vector<Bytes>> receipts(Height height) const;  // empty when none
  [[nodiscard]] Result<Bytes> receipt(Height height, std::uint32_t index) const;
  // What commit() was given for this height; nothing above the tip.
  [[nodiscard]] Result<std::optional<Bytes>> commit_message(Height height) const;
  [[nodiscard]] Result<std::optional<TransactionPlace>> find_transaction(
      const crypto::Digest& txid) const;
  // The node of the history range at a position; nothing when it is not stored.
  [[nodiscard]] Result<std::optional<crypto::Digest>> mmr_node(std::uint64_t position) const;

  // The newest committed entries of tree keys that begin with `prefix`, in key order from behind
  // `after` on (empty: from the first), until the visitor returns false. Any thread; all from the
  // end of one block.
  [[nodiscard]] Status visit(
      ByteView prefix, ByteView after,
      const std::function<bool(ByteView key, ByteView value)>& visitor) const;

  // The newest committed state, which stays as it is while blocks are committed. Any thread; its
  // own calls one at a time. The store outlives it.
  [[nodiscard]] std::unique_ptr<StateReader> snapshot() const;

  // Visits every tree entry in key order: the leaves of the state tree at start-up.
  [[nodiscard]] Status for_each_leaf(
      const std::function<void(ByteView key, ByteView value)>& visit) const;

  // Reads every table and compares checksums; kCorrupt names what RocksDB found.
  [[nodiscard]] Status scrub() const;

  struct Usage {
    std::uint64_t cache_entries = 0;
    std::uint64_t cache_bytes = 0;
    std::uint64_t cache_hits = 0;
    std::uint64_t cache_misses = 0;
    std::uint64_t undo_entries = 0;
  };
  [[nodiscard]] Usage usage() const;

 private:
  class Impl;
  explicit StateStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace huangpu::ledger
