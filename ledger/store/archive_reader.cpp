#include <algorithm>
#include <utility>

#include "crypto/base/codec.hpp"
#include "crypto/base/mutant.hpp"
#include "ledger/store/archive.hpp"
#include "ledger/store/archive_format.hpp"
#include "ledger/store/file_window.hpp"

namespace huangpu::ledger {

namespace format = archive_format;

namespace {

constexpr std::size_t kBufferBytes = 1 << 20;

// An archive that is already in memory.
class MemoryFile final : public File {
 public:
  explicit MemoryFile(ByteView bytes) : bytes_(bytes) {}

  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> into) const override {
    if (offset >= bytes_.size()) return std::size_t{0};
    const ByteView rest = bytes_.subspan(static_cast<std::size_t>(offset));
    const std::size_t count = std::min(rest.size(), into.size());
    std::copy_n(rest.begin(), count, into.begin());
    return count;
  }
  Result<std::uint64_t> size_bytes() const override { return bytes_.size(); }
  Status write_at(std::uint64_t, std::span<const ByteView>) override { return refuse(); }
  Status sync() override { return refuse(); }
  Status truncate(std::uint64_t) override { return refuse(); }

 private:
  static Status refuse() { return fail(Errc::kDenied, "an archive in memory is only read"); }

  ByteView bytes_;
};

bool crc_holds(ByteView head) {
  return crc32c(head.first(head.size() - 4)) == Reader(head.last(4)).u32();
}

}  // namespace

class ArchiveReader::Impl {
 public:
  Impl(std::unique_ptr<File> file, std::string name)
      : file_(std::move(file)), name_(std::move(name)) {}

  Status open() {
    HP_TRY_ASSIGN(size_bytes_, file_->size_bytes());
    window_.emplace(*file_, size_bytes_, kBufferBytes);
    HP_TRY_ASSIGN(const ByteView fixed, window_->view(0, format::kFixedHeaderBytes));
    Reader reader(fixed);
    if (!std::ranges::equal(reader.raw(format::kMagic.size()), format::kMagic)) {
      return fail(Errc::kMalformed, name_ + ": is not an archive");
    }
    const std::uint16_t version = reader.u16();
    if (reader.ok() && version != format::kVersion) {
      return fail(Errc::kUnsupportedVersion, name_ + ": has archive format version " +
                                                 std::to_string(version) + ", this program knows " +
                                                 std::to_string(format::kVersion));
    }
    const std::uint8_t suite = reader.u8();
    const std::uint8_t zero = reader.u8();
    header_.chain_id = reader.digest();
    const std::uint32_t genesis_bytes = reader.u32();
    if (!reader.finish("archive header") || genesis_bytes > kArchiveGenesisBytesMax ||
        size_bytes_ < format::kFixedHeaderBytes + genesis_bytes + 4) {
      return damaged_header();
    }
    HP_TRY_ASSIGN(const ByteView header,
                  window_->view(0, format::kFixedHeaderBytes + genesis_bytes + 4));
    if (header.size() != format::kFixedHeaderBytes + genesis_bytes + 4 || !crc_holds(header) ||
        zero != 0) {
      return damaged_header();
    }
    HP_TRY_ASSIGN(header_.suite, crypto::parse_suite(suite));
    const ByteView genesis = header.subspan(format::kFixedHeaderBytes, genesis_bytes);
    header_.genesis = to_bytes(genesis);
    link_ = format::first_link(header_.suite, header);
    offset_ = header.size();
    return {};
  }

  Result<std::optional<ArchiveRecord>> next() {
    if (damage_) return damage_error();
    if (ended_) return std::optional<ArchiveRecord>();
    HP_TRY_ASSIGN(const ByteView type, window_->view(offset_, 1));
    if (type.empty()) return stop("the archive ends without its trailer");
    if (type.front() == format::kTrailerType) return read_trailer();
    if (type.front() == format::kRecordType) return read_record();
    return stop("no record begins here");
  }

  const ArchiveHeader& header() const { return header_; }
  const std::optional<ArchiveDamage>& damage() const { return damage_; }
  std::uint64_t offset() const { return offset_; }
  std::uint64_t size_bytes() const { return size_bytes_; }

 private:
  Result<std::optional<ArchiveRecord>> read_record() {
    HP_TRY_ASSIGN(const ByteView head_view, window_->view(offset_, format::kRecordHeadBytes));
    if (head_view.size() != format::kRecordHeadBytes) return stop("the file ends within a record");
    if (!crc_holds(head_view)) return stop("the header of a record is damaged");
    const Bytes head = to_bytes(head_view);
    Reader reader{ByteView(head).subspan(1)};
    ArchiveRecord result;
    result.offset = offset_;
    result.height = Height(reader.u64());
    const auto key = read_record_key(reader);
    const std::uint32_t payload_bytes = reader.u32();
    if (!key) return stop("the header of a record is damaged");
    if (result.height < last_height_) return stop("the heights of the records go back");
    last_height_ = result.height;
    const std::uint64_t payload_at = offset_ + head.size();
    if (payload_bytes > kRecordPayloadBytesMax ||
        payload_bytes + format::kRecordTailBytes > size_bytes_ - payload_at) {
      return stop("the file ends within " + to_string(*key));
    }
    HP_TRY_ASSIGN(const ByteView rest,
                  window_->view(payload_at, payload_bytes + format::kRecordTailBytes));
    if (rest.size() != payload_bytes + format::kRecordTailBytes) {
      return stop("the file ends within " + to_string(*key));
    }
    const ByteView payload = rest.first(payload_bytes);
    const ByteView payload_crc = rest.subspan(payload_bytes, 4);
    if (Reader(payload_crc).u32() != crc32c(payload)) {
      return stop("the payload of " + to_string(*key) + " is damaged");
    }
    const crypto::Digest link = format::next_link(header_.suite, link_, head, payload, payload_crc);
    if (!HP_MUTANT(18) && !equal(link.bytes(), rest.last(crypto::Digest::kSizeBytes))) {
      return stop("the running hash breaks at " + to_string(*key) +
                  ": a record was changed, removed, added or exchanged");
    }
    link_ = link;
    result.record = {*key, to_bytes(payload)};
    offset_ = payload_at + rest.size();
    ++records_;
    return std::optional(std::move(result));
  }

  Result<std::optional<ArchiveRecord>> read_trailer() {
    HP_TRY_ASSIGN(const ByteView trailer, window_->view(offset_, format::kTrailerBytes));
    if (trailer.size() != format::kTrailerBytes) return stop("the file ends within the trailer");
    const ByteView head = trailer.first(format::kTrailerHeadBytes);
    if (!crc_holds(head)) return stop("the trailer is damaged");
    const crypto::Digest link = format::next_link(header_.suite, link_, head, {}, {});
    if (!equal(link.bytes(), trailer.last(crypto::Digest::kSizeBytes))) {
      return stop("the running hash breaks at the trailer: records were removed or exchanged");
    }
    Reader reader(head.subspan(1));
    const std::uint64_t records = reader.u64();
    const Height last_height(reader.u64());
    if (records != records_ || last_height != last_height_) {
      return stop("the trailer counts other records than the archive holds");
    }
    if (offset_ + trailer.size() != size_bytes_) {
      offset_ += trailer.size();
      return stop("bytes follow the trailer");
    }
    offset_ += trailer.size();
    ended_ = true;
    return std::optional<ArchiveRecord>();
  }

  tl::unexpected<Error> damaged_header() const {
    return fail(Errc::kCorrupt, name_ + ": the archive header is damaged (offset 0)");
  }

  tl::unexpected<Error> stop(std::string what) {
    damage_ = ArchiveDamage{last_height_, offset_, std::move(what)};
    return damage_error();
  }

  tl::unexpected<Error> damage_error() const {
    return fail(Errc::kCorrupt, name_ + ": damaged at height " +
                                    std::to_string(damage_->height.value()) + ", offset " +
                                    std::to_string(damage_->offset) + ": " + damage_->what);
  }

  std::unique_ptr<File> file_;
  std::string name_;
  std::uint64_t size_bytes_ = 0;
  ArchiveHeader header_;
  crypto::Digest link_;
  std::uint64_t offset_ = 0;
  std::uint64_t records_ = 0;
  Height last_height_{0};
  bool ended_ = false;
  std::optional<ArchiveDamage> damage_;
  std::optional<FileWindow> window_;  // over file_, from open() on
};

ArchiveReader::ArchiveReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ArchiveReader::~ArchiveReader() = default;

Result<std::unique_ptr<ArchiveReader>> ArchiveReader::open(FileSystem& files,
                                                           const std::string& path) {
  HP_TRY_ASSIGN(auto file, files.open(path, OpenMode::kRead));
  auto impl = std::make_unique<Impl>(std::move(file), path);
  HP_TRY(impl->open());
  return std::unique_ptr<ArchiveReader>(new ArchiveReader(std::move(impl)));
}

Result<std::unique_ptr<ArchiveReader>> ArchiveReader::from_bytes(ByteView bytes) {
  auto impl = std::make_unique<Impl>(std::make_unique<MemoryFile>(bytes), "archive");
  HP_TRY(impl->open());
  return std::unique_ptr<ArchiveReader>(new ArchiveReader(std::move(impl)));
}

const ArchiveHeader& ArchiveReader::header() const { return impl_->header(); }
Result<std::optional<ArchiveRecord>> ArchiveReader::next() { return impl_->next(); }
const std::optional<ArchiveDamage>& ArchiveReader::damage() const { return impl_->damage(); }
std::uint64_t ArchiveReader::offset() const { return impl_->offset(); }
std::uint64_t ArchiveReader::size_bytes() const { return impl_->size_bytes(); }

}  // namespace huangpu::ledger
