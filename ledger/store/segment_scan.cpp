#include "ledger/store/segment_scan.hpp"

#include <algorithm>

#include "crypto/base/crc32c.hpp"
#include "ledger/store/file_window.hpp"

namespace huangpu::ledger::segment {
namespace {

constexpr std::size_t kWindowBytes = 256 << 10;
constexpr std::size_t kHeaderWindowBytes = 512;

}  // namespace

Result<ScanEnd> scan_records(const File& file, std::uint32_t crc, std::uint64_t offset,
                             std::uint64_t file_bytes, bool read_payloads,
                             const ScanVisitor& visit) {
  FileWindow window(file, file_bytes, read_payloads ? kWindowBytes : kHeaderWindowBytes);
  ScanEnd end;
  end.offset = offset;
  while (end.offset < file_bytes) {
    HP_TRY_ASSIGN(const ByteView head, window.view(end.offset, kRecordHeaderBytes));
    if (head.size() < kRecordHeaderBytes) {
      end.why_stopped = "the file ends within a record header";
      return end;
    }
    const auto header = decode_record_header(head, crc, end.offset);
    if (!header) {
      end.why_stopped = "a record header is damaged";
      return end;
    }
    const std::uint64_t payload_at = end.offset + kRecordHeaderBytes;
    if (header->payload_bytes > file_bytes - payload_at) {
      end.why_stopped = "the file ends within a record";
      return end;
    }
    ByteView payload;
    if (read_payloads) {
      HP_TRY_ASSIGN(payload, window.view(payload_at, header->payload_bytes));
      if (payload.size() != header->payload_bytes || crc32c(payload) != header->payload_crc) {
        end.why_stopped = "the payload of a record is damaged";
        return end;
      }
    }
    if (header->key) HP_TRY(visit(*header, end.offset, payload));
    end.offset = payload_at + header->payload_bytes;
    end.durable = std::max(end.durable, header->durable);
    end.close_mark_last = !header->key;
    if (header->key) ++end.records;
  }
  return end;
}

Result<std::optional<std::uint64_t>> find_witness(const File& file, std::uint32_t crc,
                                                  std::uint64_t bad, std::uint64_t file_bytes) {
  FileWindow window(file, file_bytes, kWindowBytes);
  std::uint64_t at = bad + 1;
  while (at < file_bytes && file_bytes - at >= kRecordHeaderBytes) {
    HP_TRY_ASSIGN(const ByteView view, window.view(at, kWindowBytes));
    if (view.size() < kRecordHeaderBytes) break;
    const std::size_t places = view.size() - kRecordHeaderBytes + 1;  // where a whole header fits
    for (std::size_t place = 0; place < places; ++place) {
      const ByteView rest = view.subspan(place, places - place + kRecordMagic.size() - 1);
      const auto found = std::ranges::search(rest, kRecordMagic);
      if (found.empty()) break;
      place += static_cast<std::size_t>(found.begin() - rest.begin());
      const auto header = decode_record_header(view.subspan(place), crc, at + place);
      if (header && header->durable > bad) return std::optional(at + place);
    }
    at += places;
  }
  return std::optional<std::uint64_t>();
}

}  // namespace huangpu::ledger::segment
