#include <utility>

#include "crypto/base/assert.hpp"
#include "crypto/base/codec.hpp"
#include "ledger/store/archive.hpp"
#include "ledger/store/archive_format.hpp"

namespace huangpu::ledger {

namespace format = archive_format;

namespace {

constexpr std::size_t kBufferBytes = 1 << 20;

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

class ArchiveWriter::Impl {
 public:
  Impl(FileSystem& files, std::string path) : files_(files), path_(std::move(path)) {}

  Status create(const ArchiveHeader& header) {
    if (header.genesis.size() > kArchiveGenesisBytesMax) {
      return fail(Errc::kOutOfRange,
                  "archive: the genesis document is longer than an archive admits");
    }
    HP_TRY_ASSIGN(const bool taken, files_.exists(path_));
    if (taken) return fail(Errc::kAlreadyExists, path_ + ": the file exists already");
    HP_TRY_ASSIGN(const bool stale, files_.exists(partial()));
    if (stale) HP_TRY(files_.remove(partial()));  // what an interrupted export left
    HP_TRY_ASSIGN(file_, files_.open(partial(), OpenMode::kCreateNew));

    suite_ = header.suite;
    Writer writer(format::kFixedHeaderBytes + header.genesis.size() + 4);
    writer.raw(format::kMagic)
        .u16(format::kVersion)
        .u8(static_cast<std::uint8_t>(header.suite))
        .u8(0);
    writer.digest(header.chain_id).blob(header.genesis);
    const std::uint32_t crc = crc32c(writer.view());
    writer.u32(crc);
    link_ = format::first_link(suite_, writer.view());
    return write(writer.view());
  }

  Status add(Height height, const RecordKey& key, ByteView payload) {
    HP_ASSERT(!finished_, "an archive was written to after its end");
    if (payload.size() > kRecordPayloadBytesMax) {
      return fail(Errc::kOutOfRange,
                  "archive: " + to_string(key) + " is longer than a record may be");
    }
    if (records_ > 0 && height < last_height_) {
      return fail(Errc::kInvalidArgument,
                  "archive: heights go up, " + to_string(key) + " came late");
    }
    Writer head(format::kRecordHeadBytes);
    head.u8(format::kRecordType).u64(height.value());
    write_record_key(head, canonical(key));
    head.u32(static_cast<std::uint32_t>(payload.size()));
    const std::uint32_t head_crc = crc32c(head.view());
    head.u32(head_crc);
    Writer tail(format::kRecordTailBytes);
    tail.u32(crc32c(payload));
    link_ = format::next_link(suite_, link_, head.view(), payload, tail.view());
    tail.digest(link_);
    HP_TRY(write(head.view()));
    HP_TRY(write(payload));
    HP_TRY(write(tail.view()));
    ++records_;
    last_height_ = height;
    return {};
  }

  Status finish() {
    HP_ASSERT(!finished_, "an archive was finished twice");
    finished_ = true;
    Writer trailer(format::kTrailerBytes);
    trailer.u8(format::kTrailerType).u64(records_).u64(last_height_.value());
    const std::uint32_t crc = crc32c(trailer.view());
    trailer.u32(crc);
    link_ = format::next_link(suite_, link_, trailer.view(), {}, {});
    trailer.digest(link_);
    HP_TRY(write(trailer.view()));
    HP_TRY(flush());
    HP_TRY(file_->sync());
    file_.reset();
    HP_TRY(files_.rename(partial(), path_));
    return files_.sync_directory(directory_of(path_));
  }

  std::uint64_t records() const { return records_; }
  std::uint64_t bytes() const { return written_ + buffer_.size(); }

 private:
  std::string partial() const { return path_ + ".partial"; }

  Status write(ByteView bytes) {
    if (buffer_.size() + bytes.size() > kBufferBytes) HP_TRY(flush());
    if (bytes.size() < kBufferBytes) {
      append(buffer_, bytes);
      return {};
    }
    HP_TRY(file_->write_at(written_, std::span(&bytes, 1)));
    written_ += bytes.size();
    return {};
  }

  Status flush() {
    const ByteView bytes = buffer_;
    HP_TRY(file_->write_at(written_, std::span(&bytes, 1)));
    written_ += bytes.size();
    buffer_.clear();
    return {};
  }

  FileSystem& files_;
  std::string path_;
  std::unique_ptr<File> file_;
  crypto::SuiteId suite_ = crypto::SuiteId::kEd25519Sha256;
  crypto::Digest link_;
  Bytes buffer_;
  std::uint64_t written_ = 0;
  std::uint64_t records_ = 0;
  Height last_height_{0};
  bool finished_ = false;
};

ArchiveWriter::ArchiveWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ArchiveWriter::~ArchiveWriter() = default;

Result<std::unique_ptr<ArchiveWriter>> ArchiveWriter::create(FileSystem& files, std::string path,
                                                             const ArchiveHeader& header) {
  auto impl = std::make_unique<Impl>(files, std::move(path));
  HP_TRY(impl->create(header));
  return std::unique_ptr<ArchiveWriter>(new ArchiveWriter(std::move(impl)));
}

Status ArchiveWriter::add(Height height, const RecordKey& key, ByteView payload) {
  return impl_->add(height, key, payload);
}
Status ArchiveWriter::finish() { return impl_->finish(); }
std::uint64_t ArchiveWriter::records() const { return impl_->records(); }
std::uint64_t ArchiveWriter::bytes() const { return impl_->bytes(); }

}  // namespace huangpu::ledger
