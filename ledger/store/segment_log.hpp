// One stream of records in a directory of segment files: append, sync, recover, read back (SPEC
// S-9..S-16).
//
// The block store is an index over two of these. Only the newest segment is written; a segment is
// synced in full before the next one begins, so that only the newest can be torn.
//
// Thread: one appender (append, sync, close, refresh); read, for_each and bytes from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

#include "ledger/store/block_store.hpp"
#include "ledger/store/segment_format.hpp"
#include "ledger/store/segment_scan.hpp"

namespace huangpu::ledger {

// Where a record stands: segment number, offset of its header, length of its payload.
struct Location {
  std::uint32_t segment = 0;
  std::uint32_t payload_bytes = 0;
  std::uint64_t offset = 0;
};

class SegmentLog {
 public:
  struct Options {
    std::string directory;
    segment::Stream stream = segment::Stream::kChain;
    crypto::Digest chain_id;
    bool read_only = false;
    bool verify_sealed_payloads = true;
    std::uint64_t segment_bytes_max = 0;
  };
  using Visitor = std::function<Status(const RecordKey&, const Location&, ByteView payload)>;

  // Recovers and reports every record held to `visit` (payloads possibly empty). The directory
  // exists.
  [[nodiscard]] static Result<std::unique_ptr<SegmentLog>> open(FileSystem& files, Options options,
                                                                const Visitor& visit,
                                                                RecoveryReport& report);

  [[nodiscard]] Result<Location> append(const RecordKey& key, ByteView payload);
  [[nodiscard]] Status sync();
  // Syncs, then writes and syncs the close mark. The log must not be used for appending afterwards.
  [[nodiscard]] Status close();

  [[nodiscard]] Result<Record> read(const Location& location) const;

  // Every record in order, payloads read and checked.
  [[nodiscard]] Status for_each(const Visitor& visit) const;

  // Read-only: reports what was added since the last look.
  [[nodiscard]] Status refresh(const Visitor& visit);

  [[nodiscard]] std::uint64_t bytes() const;

 private:
  struct Segment {
    std::uint32_t crc = 0;    // of the header
    std::uint64_t bytes = 0;  // end of the last good record
  };

  SegmentLog(FileSystem& files, Options options) : files_(files), options_(std::move(options)) {}

  [[nodiscard]] std::string path(std::uint32_t number) const;
  [[nodiscard]] Status recover(const Visitor& visit, RecoveryReport& report);
  [[nodiscard]] Status load(std::uint32_t number, bool last, const Visitor& visit,
                            RecoveryReport& report);
  [[nodiscard]] Result<std::vector<std::uint32_t>> numbers() const;
  [[nodiscard]] Status adopt(std::uint32_t number, std::unique_ptr<File> file,
                             const segment::ScanEnd& end, std::uint64_t file_bytes,
                             RecoveryReport& report);
  [[nodiscard]] Status make_durable(File& file, std::uint64_t from, std::uint64_t to) const;
  [[nodiscard]] Status start_segment();
  [[nodiscard]] Result<std::uint32_t> check_header(const File& file, std::uint32_t number) const;
  [[nodiscard]] Status write_record(const segment::RecordHeader& header, ByteView payload);
  [[nodiscard]] Result<std::shared_ptr<const File>> file_of(std::uint32_t number) const;
  [[nodiscard]] segment::ScanVisitor placed(std::uint32_t number, const Visitor& visit) const;

  FileSystem& files_;
  Options options_;

  mutable std::shared_mutex mutex_;  // guards segments_; the appender reads them without it
  std::vector<Segment> segments_;    // number 1 first

  std::shared_ptr<File> current_;    // the newest segment, open for writing
  std::uint64_t durable_bytes_ = 0;  // of the newest segment
  bool close_mark_last_ = false;

  mutable std::mutex open_mutex_;  // guards open_files_
  mutable std::map<std::uint32_t, std::shared_ptr<const File>> open_files_;
};

}  // namespace huangpu::ledger
