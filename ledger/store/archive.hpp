// A chain in one file: what an auditor takes away (SPEC S-60..S-67, docs/protocol/archive.md).
//
//   header   magic, format version, suite, chain id, genesis document
//   records  per height: block, its batches, commit message, certificate; epoch records and
//   evidence between trailer  count of records and last height
//
// Every record carries a checksum and the running hash of everything before it, so that the first
// damaged, missing, added or exchanged record is named by height and offset. Whether the content is
// the chain it claims to be is for the auditor to decide from signatures; the running hash only
// locates damage.
//
// Streaming: memory is bounded by one record (kRecordPayloadBytesMax). Thread: one at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "crypto/suite.hpp"
#include "ledger/genesis/genesis.hpp"
#include "ledger/store/file_system.hpp"
#include "ledger/store/record.hpp"

namespace huangpu::ledger {

// Whatever can be a genesis document can begin an archive.
inline constexpr std::uint32_t kArchiveGenesisBytesMax = kGenesisTextBytesMax;

struct ArchiveHeader {
  crypto::SuiteId suite = crypto::SuiteId::kEd25519Sha256;
  crypto::Digest chain_id;
  Bytes genesis;  // the genesis document, as text

  friend bool operator==(const ArchiveHeader&, const ArchiveHeader&) = default;
};

class ArchiveWriter {
 public:
  // Writes to `path` + ".partial"; finish() renames. An existing `path` is refused with
  // kAlreadyExists.
  [[nodiscard]] static Result<std::unique_ptr<ArchiveWriter>> create(FileSystem& files,
                                                                     std::string path,
                                                                     const ArchiveHeader& header);
  ~ArchiveWriter();

  // `height` groups the record with its block: the block's height for its batches, commit and
  // certificate.
  [[nodiscard]] Status add(Height height, const RecordKey& key, ByteView payload);

  // Writes the trailer, syncs, renames, syncs the directory. Without it the partial file remains.
  [[nodiscard]] Status finish();

  [[nodiscard]] std::uint64_t records() const;
  [[nodiscard]] std::uint64_t bytes() const;

 private:
  class Impl;
  explicit ArchiveWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

struct ArchiveRecord {
  Height height{0};          // the group
  std::uint64_t offset = 0;  // where the record starts in the file
  Record record;
};

// Where reading stopped because of damage.
struct ArchiveDamage {
  Height height{0};  // of the last good record (or of the damaged one when its header is good)
  std::uint64_t offset = 0;  // of the damaged record
  std::string what;
};

class ArchiveReader {
 public:
  // kMalformed: not an archive; kUnsupportedVersion: a later format, named; kCorrupt: damaged
  // header.
  [[nodiscard]] static Result<std::unique_ptr<ArchiveReader>> open(FileSystem& files,
                                                                   const std::string& path);
  // Same, over bytes in memory that outlive the reader.
  [[nodiscard]] static Result<std::unique_ptr<ArchiveReader>> from_bytes(ByteView bytes);
  ~ArchiveReader();

  [[nodiscard]] const ArchiveHeader& header() const;

  // The next record; nothing at the trailer, when the whole file was read and agrees with it.
  // kCorrupt names height and offset, also available from damage(); reading ends there.
  [[nodiscard]] Result<std::optional<ArchiveRecord>> next();
  [[nodiscard]] const std::optional<ArchiveDamage>& damage() const;

  // For progress bars.
  [[nodiscard]] std::uint64_t offset() const;
  [[nodiscard]] std::uint64_t size_bytes() const;

 private:
  class Impl;
  explicit ArchiveReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace huangpu::ledger
