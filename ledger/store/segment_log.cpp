#include "ledger/store/segment_log.hpp"

#include <algorithm>
#include <utility>

#include "crypto/base/assert.hpp"
#include "crypto/base/crc32c.hpp"
#include "crypto/random/random.hpp"

namespace huangpu::ledger {

using segment::kRecordHeaderBytes;
using segment::kSegmentHeaderBytes;
using segment::RecordHeader;
using segment::ScanEnd;

namespace {

// Read handles kept open; the oldest segment's goes first.
constexpr std::size_t kOpenFilesMax = 64;

tl::unexpected<Error> corrupt(const std::string& path, std::uint64_t offset,
                              const std::string& why) {
  return fail(Errc::kCorrupt, path + ": damaged at offset " + std::to_string(offset) + ": " + why);
}

// Differs per segment, so that nobody can compute the checksums of a segment he has not read.
std::uint64_t make_salt() { return crypto::random::u64(); }

}  // namespace

std::string SegmentLog::path(std::uint32_t number) const {
  return options_.directory + "/" + segment::file_name(number);
}

Result<std::unique_ptr<SegmentLog>> SegmentLog::open(FileSystem& files, Options options,
                                                     const Visitor& visit, RecoveryReport& report) {
  std::unique_ptr<SegmentLog> log(new SegmentLog(files, std::move(options)));
  HP_TRY(log->recover(visit, report));
  return log;
}

Result<std::vector<std::uint32_t>> SegmentLog::numbers() const {
  HP_TRY_ASSIGN(const auto names, files_.list(options_.directory));
  std::vector<std::uint32_t> found;
  for (const std::string& name : names) {
    if (const auto number = segment::parse_file_name(name)) found.push_back(*number);
  }
  std::ranges::sort(found);
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (found[i] != i + 1) {
      return fail(Errc::kCorrupt,
                  path(static_cast<std::uint32_t>(i + 1)) + ": the segment is missing");
    }
  }
  return found;
}

Status SegmentLog::recover(const Visitor& visit, RecoveryReport& report) {
  HP_TRY_ASSIGN(const auto found, numbers());
  for (const std::uint32_t number : found) {
    HP_TRY(load(number, number == found.size(), visit, report));
  }
  if (!options_.read_only && !current_) HP_TRY(start_segment());
  return {};
}

segment::ScanVisitor SegmentLog::placed(std::uint32_t number, const Visitor& visit) const {
  return [number, &visit](const RecordHeader& header, std::uint64_t offset, ByteView payload) {
    return visit(*header.key, Location{number, header.payload_bytes, offset}, payload);
  };
}

Result<std::uint32_t> SegmentLog::check_header(const File& file, std::uint32_t number) const {
  Bytes bytes(kSegmentHeaderBytes);
  HP_TRY_ASSIGN(const std::size_t held, file.read_at(0, bytes));
  bytes.resize(held);
  const auto header = segment::decode_segment_header(bytes);
  if (!header) {
    // A file that is too short or foreign in a place where our segment belongs is damage.
    const Errc code =
        header.error().code == Errc::kMalformed ? Errc::kCorrupt : header.error().code;
    return fail(code, path(number) + ": offset 0: " + header.error().message);
  }
  if (header->chain_id != options_.chain_id) {
    return fail(Errc::kWrongChain, path(number) + ": belongs to chain " + header->chain_id.hex() +
                                       ", not to " + options_.chain_id.hex());
  }
  const Segment previous = number > 1 ? segments_[number - 2] : Segment{};
  if (header->stream != options_.stream || header->number != number ||
      header->previous_crc != previous.crc) {
    return corrupt(path(number), 0, "the file does not continue the segment before it");
  }
  if (header->previous_bytes != previous.bytes) {
    return corrupt(path(number - 1), previous.bytes,
                   "the segment behind it says that it had " +
                       std::to_string(header->previous_bytes) + " bytes");
  }
  return segment::segment_crc(bytes);
}

Status SegmentLog::load(std::uint32_t number, bool last, const Visitor& visit,
                        RecoveryReport& report) {
  const bool writable = last && !options_.read_only;
  HP_TRY_ASSIGN(auto file,
                files_.open(path(number), writable ? OpenMode::kReadWrite : OpenMode::kRead));
  HP_TRY_ASSIGN(const std::uint64_t file_bytes, file->size_bytes());

  const auto crc = check_header(*file, number);
  if (!crc) {
    // The header is synced before the first record, so a file no longer than it holds nothing yet:
    // a crash while the segment was being made.
    const bool torn =
        last && file_bytes <= kSegmentHeaderBytes && crc.error().code == Errc::kCorrupt;
    if (!torn) return tl::unexpected(crc.error());
    if (options_.read_only) return {};
    report.cut_file = path(number);
    report.cut_bytes = file_bytes;
    file.reset();
    HP_TRY(files_.remove(path(number)));
    return files_.sync_directory(options_.directory);
  }

  const bool read_payloads = last || options_.verify_sealed_payloads;
  HP_TRY_ASSIGN(const ScanEnd end,
                segment::scan_records(*file, *crc, kSegmentHeaderBytes, file_bytes, read_payloads,
                                      placed(number, visit)));
  if (!end.why_stopped.empty()) {
    if (!last) return corrupt(path(number), end.offset, end.why_stopped);
    HP_TRY_ASSIGN(const auto witness, segment::find_witness(*file, *crc, end.offset, file_bytes));
    if (witness) {
      return corrupt(path(number), end.offset,
                     end.why_stopped + ", and the record at offset " + std::to_string(*witness) +
                         " shows that it was on stable storage");
    }
  }
  ++report.segments;
  report.records += end.records;
  report.bytes += end.offset;
  if (last) report.clean_close = end.close_mark_last && end.why_stopped.empty();
  {
    const std::unique_lock lock(mutex_);
    segments_.push_back({*crc, end.offset});
  }
  if (writable) return adopt(number, std::move(file), end, file_bytes, report);
  return {};
}

// Takes the newest segment over for appending.
Status SegmentLog::adopt(std::uint32_t number, std::unique_ptr<File> file, const ScanEnd& end,
                         std::uint64_t file_bytes, RecoveryReport& report) {
  if (file_bytes > end.offset) {
    report.cut_file = path(number);
    report.cut_offset = end.offset;
    report.cut_bytes = file_bytes - end.offset;
    HP_TRY(file->truncate(end.offset));
  }
  // Without a record nothing vouches for the header and the file's name either.
  HP_TRY(make_durable(*file, end.durable, end.offset));
  if (end.durable == 0) HP_TRY(files_.sync_directory(options_.directory));
  current_ = std::move(file);
  durable_bytes_ = end.offset;
  close_mark_last_ = end.close_mark_last;
  return {};
}

// After a failed sync the kernel may show bytes that never reached the disk and call them clean.
// What no later record vouches for is therefore written once more before the store calls it
// durable.
Status SegmentLog::make_durable(File& file, std::uint64_t from, std::uint64_t to) const {
  Bytes buffer(1 << 20);
  while (from < to) {
    const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), to - from));
    HP_TRY_ASSIGN(const std::size_t held, file.read_at(from, std::span(buffer).first(want)));
    if (held != want)
      return fail(Errc::kIo, options_.directory + ": a segment shrank while in use");
    const ByteView part = ByteView(buffer).first(held);
    HP_TRY(file.write_at(from, std::span(&part, 1)));
    from += held;
  }
  return file.sync();
}

Status SegmentLog::start_segment() {
  segment::SegmentHeader header{.stream = options_.stream, .chain_id = options_.chain_id};
  header.number = static_cast<std::uint32_t>(segments_.size() + 1);
  header.salt = make_salt();
  if (!segments_.empty()) {
    header.previous_bytes = segments_.back().bytes;
    header.previous_crc = segments_.back().crc;
  }
  const Bytes bytes = segment::encode(header);
  const ByteView part = bytes;
  HP_TRY_ASSIGN(auto file, files_.open(path(header.number), OpenMode::kCreateNew));
  HP_TRY(file->write_at(0, std::span(&part, 1)));
  HP_TRY(file->sync());
  HP_TRY(files_.sync_directory(options_.directory));
  current_ = std::move(file);
  durable_bytes_ = kSegmentHeaderBytes;
  const std::unique_lock lock(mutex_);
  segments_.push_back({segment::segment_crc(bytes), kSegmentHeaderBytes});
  return {};
}

Status SegmentLog::write_record(const RecordHeader& header, ByteView payload) {
  const Segment segment = segments_.back();
  const auto head = segment::encode(header, segment.crc, segment.bytes);
  const std::array<ByteView, 2> parts = {ByteView(head), payload};
  HP_TRY(current_->write_at(segment.bytes, parts));
  const std::unique_lock lock(mutex_);
  segments_.back().bytes += head.size() + payload.size();
  return {};
}

Result<Location> SegmentLog::append(const RecordKey& key, ByteView payload) {
  HP_ASSERT(payload.size() <= kRecordPayloadBytesMax,
            "a record is longer than the block store allows");
  const std::uint64_t bytes = segments_.back().bytes;
  if (bytes > kSegmentHeaderBytes &&
      bytes + kRecordHeaderBytes + payload.size() > options_.segment_bytes_max) {
    HP_TRY(sync());
    HP_TRY(start_segment());
  }
  const Location location{static_cast<std::uint32_t>(segments_.size()),
                          static_cast<std::uint32_t>(payload.size()), segments_.back().bytes};
  HP_TRY(write_record({canonical(key), location.payload_bytes, crc32c(payload), durable_bytes_},
                      payload));
  close_mark_last_ = false;
  return location;
}

Status SegmentLog::sync() {
  const std::uint64_t bytes = segments_.back().bytes;
  if (bytes == durable_bytes_) return {};
  HP_TRY(current_->sync());
  durable_bytes_ = bytes;
  return {};
}

Status SegmentLog::close() {
  HP_TRY(sync());
  const bool empty = segments_.size() == 1 && segments_.back().bytes == kSegmentHeaderBytes;
  if (close_mark_last_ || empty) return {};
  HP_TRY(write_record({std::nullopt, 0, crc32c({}), durable_bytes_}, {}));
  return sync();
}

Result<std::shared_ptr<const File>> SegmentLog::file_of(std::uint32_t number) const {
  const std::lock_guard lock(open_mutex_);
  if (const auto it = open_files_.find(number); it != open_files_.end()) return it->second;
  HP_TRY_ASSIGN(std::shared_ptr<const File> file, files_.open(path(number), OpenMode::kRead));
  if (open_files_.size() >= kOpenFilesMax) open_files_.erase(open_files_.begin());
  open_files_.emplace(number, file);
  return file;
}

Result<Record> SegmentLog::read(const Location& location) const {
  std::uint32_t crc = 0;
  {
    const std::shared_lock lock(mutex_);
    HP_ASSERT(location.segment >= 1 && location.segment <= segments_.size(),
              "a location names a segment that does not exist");
    crc = segments_[location.segment - 1].crc;
  }
  HP_TRY_ASSIGN(const auto file, file_of(location.segment));
  std::array<std::uint8_t, kRecordHeaderBytes> head;
  HP_TRY_ASSIGN(const std::size_t head_held, file->read_at(location.offset, head));
  const auto header =
      segment::decode_record_header(ByteView(head).first(head_held), crc, location.offset);
  if (!header || !header->key || header->payload_bytes != location.payload_bytes) {
    return corrupt(path(location.segment), location.offset, "a record header is damaged");
  }
  Record record{*header->key, Bytes(location.payload_bytes)};
  HP_TRY_ASSIGN(const std::size_t held,
                file->read_at(location.offset + kRecordHeaderBytes, record.payload));
  if (held != record.payload.size() || crc32c(record.payload) != header->payload_crc) {
    return corrupt(path(location.segment), location.offset,
                   "the payload of " + to_string(record.key) + " is damaged");
  }
  return record;
}

Status SegmentLog::for_each(const Visitor& visit) const {
  std::vector<Segment> segments;
  {
    const std::shared_lock lock(mutex_);
    segments = segments_;
  }
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const auto number = static_cast<std::uint32_t>(i + 1);
    HP_TRY_ASSIGN(const auto file, file_of(number));
    HP_TRY_ASSIGN(const std::uint64_t file_bytes, file->size_bytes());
    if (file_bytes < segments[i].bytes) {
      return corrupt(path(number), file_bytes, "the file is shorter than its records");
    }
    HP_TRY_ASSIGN(const ScanEnd end,
                  segment::scan_records(*file, segments[i].crc, kSegmentHeaderBytes,
                                        segments[i].bytes, true, placed(number, visit)));
    if (!end.why_stopped.empty()) return corrupt(path(number), end.offset, end.why_stopped);
  }
  return {};
}

Status SegmentLog::refresh(const Visitor& visit) {
  HP_ASSERT(options_.read_only, "only a read-only log follows another writer");
  HP_TRY_ASSIGN(const auto found, numbers());
  const bool more = found.size() > segments_.size();
  if (!segments_.empty()) {
    const auto number = static_cast<std::uint32_t>(segments_.size());
    HP_TRY_ASSIGN(const auto file, file_of(number));
    HP_TRY_ASSIGN(const std::uint64_t file_bytes, file->size_bytes());
    const Segment segment = segments_.back();
    if (file_bytes < segment.bytes) {
      return fail(Errc::kConflict, path(number) + ": the writer cut records off; open it again");
    }
    HP_TRY_ASSIGN(const ScanEnd end,
                  segment::scan_records(*file, segment.crc, segment.bytes, file_bytes, true,
                                        placed(number, visit)));
    if (more && !end.why_stopped.empty()) {
      return corrupt(path(number), end.offset, end.why_stopped);
    }
    const std::unique_lock lock(mutex_);
    segments_.back().bytes = end.offset;
  }
  RecoveryReport unused;
  for (std::size_t i = segments_.size(); i < found.size(); ++i) {
    HP_TRY(load(found[i], i + 1 == found.size(), visit, unused));
  }
  return {};
}

std::uint64_t SegmentLog::bytes() const {
  const std::shared_lock lock(mutex_);
  std::uint64_t total = 0;
  for (const Segment& segment : segments_) total += segment.bytes;
  return total;
}

}  // namespace huangpu::ledger
