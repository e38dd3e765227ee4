// The record of the chain: batches, blocks, commit messages, certificates, epoch records and
// evidence in append-only segment files of our own (SPEC S-3..S-20, docs/protocol/block-store.md).
//
// Everything else the node keeps can be derived from it. A record is durable when a sync() that
// began after its append has returned; only then may it be acted upon. Records read back are
// checked against their checksum every time.
//
// Opening recovers: what a crash tore at the end of the newest segment is cut off and reported;
// damage anywhere else is refused (kCorrupt) with the file and the offset. Another chain's files
// are refused with kWrongChain, an unknown format with kUnsupportedVersion.
//
// After the first failed write or sync the store is stopped: every later append and sync returns
// that first error, reads go on. A full disk (kDiskFull) is cured by closing, freeing space and
// opening again; any other failure (kIo) means that the process ends and recovers at its next
// start.
//
// Thread: one appender thread calls append_* and sync; any thread reads.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "ledger/store/file_system.hpp"
#include "ledger/store/record.hpp"

namespace huangpu::ledger {

struct BlockStoreOptions {
  std::string directory;
  crypto::Digest chain_id;
  bool read_only = false;  // never writes, cuts or locks; tolerates a tail that is being written
  bool create_if_missing = true;  // ignored when read-only
  bool verify_sealed_payloads =
      true;  // false: of full segments only record headers are checked at open
  std::uint64_t segment_bytes_max = 128ull << 20;
};

struct RecoveryReport {
  std::uint64_t segments = 0;
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  bool clean_close = false;  // the store had been closed in order
  std::string cut_file;      // empty: nothing was cut off
  std::uint64_t cut_offset = 0;
  std::uint64_t cut_bytes = 0;
};

struct BatchKey {
  Epoch epoch{0};
  ValidatorIndex lane{0};
  LanePosition position{0};

  friend auto operator<=>(const BatchKey&, const BatchKey&) = default;
};

class BlockStore {
 public:
  [[nodiscard]] static Result<std::unique_ptr<BlockStore>> open(FileSystem& files,
                                                                BlockStoreOptions options);

  // Closes in order when the store is healthy: syncs and leaves a mark that a later open can tell a
  // clean stop from a crash. close() reports the outcome; the destructor calls it and drops the
  // status.
  [[nodiscard]] Status close();
  ~BlockStore();

  // Appends are visible to readers at once and durable after sync(). Appending what is already held
  // (same key and digest; for commits the same bytes; for certificates and epochs the same number)
  // changes nothing. A different commit message for a held height is kConflict.
  [[nodiscard]] Status append_batch(const BatchKey& key, const crypto::Digest& digest,
                                    ByteView bytes);
  // The owner's signature over a batch that is held.
  [[nodiscard]] Status append_batch_signature(const BatchKey& key, const crypto::Digest& digest,
                                              ByteView bytes);
  [[nodiscard]] Status append_block(Height height, const crypto::Digest& hash, ByteView bytes);
  [[nodiscard]] Status append_commit(Height height, ByteView bytes);
  [[nodiscard]] Status append_certificate(Height height, ByteView bytes);
  [[nodiscard]] Status append_epoch(Epoch epoch, ByteView bytes);
  [[nodiscard]] Status append_evidence(const crypto::Digest& id, ByteView bytes);
  [[nodiscard]] Status append(const RecordKey& key, ByteView bytes);

  // Everything appended before this call is on stable storage when it returns.
  [[nodiscard]] Status sync();

  // The error that stopped the store, if any.
  [[nodiscard]] Status health() const;

  // Reads: kNotFound when not held, kCorrupt (file and offset) when damaged, kIo.
  [[nodiscard]] Result<Record> get_batch(
      const BatchKey& key) const;  // the first held at that position
  [[nodiscard]] Result<Record> get_batch(const BatchKey& key, const crypto::Digest& digest) const;
  // Of every batch held at that position, the first held first: more than one after its lane's
  // owner signed two.
  [[nodiscard]] std::vector<crypto::Digest> batch_digests(const BatchKey& key) const;
  [[nodiscard]] Result<Record> get_batch_signature(const BatchKey& key,
                                                   const crypto::Digest& digest) const;
  [[nodiscard]] Result<Record> get_block(
      Height height) const;  // the newest appended at that height
  [[nodiscard]] Result<Record> get_block(const crypto::Digest& hash) const;
  [[nodiscard]] Result<Record> get_commit(Height height) const;
  [[nodiscard]] Result<Record> get_certificate(Height height) const;
  [[nodiscard]] Result<Record> get_certificate_at_or_above(Height height) const;  // the lowest such
  [[nodiscard]] Result<Record> get_epoch(Epoch epoch) const;
  [[nodiscard]] Result<Record> get_evidence(const crypto::Digest& id) const;

  [[nodiscard]] bool has_batch(const BatchKey& key, const crypto::Digest& digest) const;
  [[nodiscard]] bool has_block(const crypto::Digest& hash) const;
  [[nodiscard]] std::optional<Height> block_height(const crypto::Digest& hash) const;

  // Ends of what is held; nothing when none is.
  [[nodiscard]] std::optional<Height> first_block() const;
  [[nodiscard]] std::optional<Height> last_block() const;
  [[nodiscard]] std::optional<Height> last_commit() const;
  [[nodiscard]] std::optional<Height> last_certificate() const;
  [[nodiscard]] std::optional<Epoch> last_epoch() const;
  [[nodiscard]] std::optional<LanePosition> last_position(Epoch epoch, ValidatorIndex lane) const;

  // Visits every record in the order of its file, payloads checked. Stops early when `visit`
  // returns an error and returns that error.
  using Visitor = std::function<Status(const RecordKey& key, ByteView payload)>;
  [[nodiscard]] Status scan(const Visitor& visit) const;

  // Reads and checks everything held; kCorrupt names the first damaged place.
  [[nodiscard]] Status scrub() const;

  // Read-only stores: takes in what the writer has added since.
  [[nodiscard]] Status refresh();

  [[nodiscard]] const RecoveryReport& recovery() const;
  [[nodiscard]] std::uint64_t size_bytes() const;

 private:
  class Impl;
  explicit BlockStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace huangpu::ledger
