// Reads a segment file from front to back: the part of recovery that meets untrusted bytes (SPEC
// S-9).
//
// Total and bounded: any file content is either a run of good records or a reason and an offset.
// Memory is bounded by the largest record that really is in the file.
#pragma once

#include <functional>
#include <string>

#include "ledger/store/file_system.hpp"
#include "ledger/store/segment_format.hpp"

namespace huangpu::ledger::segment {

// Payload is empty when payloads are not read. An error ends the scan and is passed on.
using ScanVisitor =
    std::function<Status(const RecordHeader&, std::uint64_t offset, ByteView payload)>;

struct ScanEnd {
  std::uint64_t offset = 0;  // end of the last good record
  std::uint64_t records = 0;
  std::uint64_t durable = 0;  // the highest durable length that a good record speaks of
  bool close_mark_last = false;
  std::string why_stopped;  // empty: the whole file is good
};

// Scans [offset, file_bytes). `crc` is the segment header's.
[[nodiscard]] Result<ScanEnd> scan_records(const File& file, std::uint32_t crc,
                                           std::uint64_t offset, std::uint64_t file_bytes,
                                           bool read_payloads, const ScanVisitor& visit);

// Looks behind a bad place for a record that was written after the bytes at `bad` had been on
// stable storage: then they were damaged later, and are not what a crash left of an unfinished
// write. Returns its offset.
[[nodiscard]] Result<std::optional<std::uint64_t>> find_witness(const File& file, std::uint32_t crc,
                                                                std::uint64_t bad,
                                                                std::uint64_t file_bytes);

}  // namespace huangpu::ledger::segment
