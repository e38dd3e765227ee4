#include "node/signer/sign_record_files.hpp"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <utility>
#include <vector>

namespace huangpu::node {
namespace {

using consensus::kSignPairBytes;

std::string file_name(std::uint64_t number) {
  char name[32];
  std::snprintf(name, sizeof(name), "%012llu.signed", static_cast<unsigned long long>(number));
  return name;
}

std::optional<std::uint64_t> number_of(const std::string& name) {
  unsigned long long number = 0;
  if (std::sscanf(name.c_str(), "%llu", &number) != 1 || file_name(number) != name) return {};
  return number;
}

Result<std::vector<std::uint64_t>> numbers_in(ledger::FileSystem& files,
                                              const std::string& folder) {
  HP_TRY_ASSIGN(const auto names, files.list(folder));
  std::vector<std::uint64_t> numbers;
  for (const std::string& name : names) {
    if (const auto number = number_of(name)) numbers.push_back(*number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

Result<Bytes> read_whole(const ledger::File& file) {
  constexpr std::uint64_t kFileBytesMax = 256u << 20;
  HP_TRY_ASSIGN(const std::uint64_t size, file.size_bytes());
  if (size > kFileBytesMax) return fail(Errc::kCorrupt, "signing record: an impossible size");
  Bytes bytes(size);
  HP_TRY_ASSIGN(const std::size_t read, file.read_at(0, bytes));
  bytes.resize(read);
  return bytes;
}

Status write_at(ledger::File& file, std::uint64_t offset, ByteView bytes) {
  return file.write_at(offset, std::span(&bytes, 1));
}

}  // namespace

std::string SignRecordFiles::path(std::uint64_t number) const {
  return place_.folder + "/" + file_name(number);
}

Status SignRecordFiles::create(ledger::FileSystem& files, const Place& place) {
  HP_TRY(files.create_directories(place.folder));
  HP_TRY_ASSIGN(const auto numbers, numbers_in(files, place.folder));
  if (!numbers.empty()) {
    return fail(Errc::kAlreadyExists,
                place.folder + " holds a signing record; it is made once and never anew");
  }
  SignRecordFiles record(files, place);
  return record.write_new_file(1);
}

Result<std::unique_ptr<SignRecordFiles>> SignRecordFiles::open(ledger::FileSystem& files,
                                                               Place place) {
  std::unique_ptr<SignRecordFiles> record(new SignRecordFiles(files, std::move(place)));
  const std::string& folder = record->place_.folder;
  auto numbers = numbers_in(files, folder);
  if (!numbers || numbers->empty()) {
    return fail(Errc::kGuard, folder +
                                  ": no signing record. It is made once, together with the "
                                  "signer: without it nothing tells what this key has signed");
  }
  HP_TRY_ASSIGN(record->lock_, files.lock(folder + "/lock"));
  bool copy_damaged = false;
  // SPEC N-312: a file whose beginning was interrupted has an older one beside it.
  while (true) {
    const std::uint64_t number = numbers->back();
    HP_TRY_ASSIGN(auto file, files.open(record->path(number), ledger::OpenMode::kReadWrite));
    HP_TRY_ASSIGN(const Bytes bytes, read_whole(*file));
    auto read = consensus::replay_sign_record(bytes, record->place_.genesis, record->place_.key);
    if (!read) {
      if (read.error().code != Errc::kCorrupt || numbers->size() == 1)
        return fail(read.error(), record->path(number));
      HP_TRY(files.remove(record->path(number)));
      numbers->pop_back();
      continue;
    }
    record->guard_ = std::move(read->guard);
    record->number_ = number;
    record->next_seq_ = read->next_seq;
    record->offset_ = read->next_offset;
    record->capacity_ = bytes.size();
    record->torn_bytes_ = read->torn_bytes;
    copy_damaged = read->copy_damaged;
    record->file_ = std::move(file);
    break;
  }
  for (const std::uint64_t number : *numbers) {
    if (number < record->number_) HP_TRY(files.remove(record->path(number)));
  }
  if (copy_damaged) {
    // SPEC C-168: made whole in a new file.
    HP_TRY(record->write_new_file(record->number_ + 1));
  } else if (record->torn_bytes_ > 0) {
    const Bytes zeros(record->capacity_ - record->offset_, 0);
    HP_TRY(write_at(*record->file_, record->offset_, zeros));
    HP_TRY(record->file_->sync());
  }
  return record;
}

Status SignRecordFiles::write_new_file(std::uint64_t number) {
  const std::vector<consensus::SignEntry> entries = guard_.entries();
  const Bytes blocks = consensus::encode_sign_blocks(entries, 1);
  consensus::SignRecordHeader header;
  header.genesis = place_.genesis;
  header.key = place_.key;
  header.number = number;
  header.snapshot_blocks = static_cast<std::uint32_t>(blocks.size() / kSignPairBytes);
  HP_TRY_ASSIGN(auto file, files_.open(path(number), ledger::OpenMode::kCreateNew));
  Bytes content = consensus::encode(header);
  content.insert(content.end(), blocks.begin(), blocks.end());
  const std::uint64_t begin = content.size();
  // Zeroed in advance: syncing a statement then writes its block and no file size.
  content.resize(std::max<std::size_t>(place_.file_bytes, begin + place_.file_bytes / 2), 0);
  HP_TRY(write_at(*file, 0, content));
  HP_TRY(file->sync());
  HP_TRY(files_.sync_directory(place_.folder));
  file_ = std::move(file);
  const std::uint64_t old = std::exchange(number_, number);
  next_seq_ = header.snapshot_blocks + 1;
  offset_ = begin;
  capacity_ = content.size();
  if (old == 0) return {};
  HP_TRY(files_.remove(path(old)));
  return files_.sync_directory(place_.folder);
}

Status SignRecordFiles::append(std::span<const consensus::SigningRequest> statements) {
  if (failed_) return fail(Errc::kIo, "the signing record failed before; nothing more is signed");
  failed_ = true;
  HP_TRY(write(statements));
  failed_ = false;
  return {};
}

Status SignRecordFiles::write(std::span<const consensus::SigningRequest> statements) {
  std::vector<consensus::SignEntry> entries;
  for (const consensus::SigningRequest& statement : statements) {
    entries.push_back({consensus::SignEntry::Type::kStatement, statement.kind,
                       consensus::SignedClass::kVotes, statement.epoch, statement.position,
                       statement.digest});
  }
  const Bytes blocks = consensus::encode_sign_blocks(entries, next_seq_);
  if (offset_ + blocks.size() > capacity_) {
    // The new file holds what was signed so far; the statements follow in it.
    HP_TRY(write_new_file(number_ + 1));
    return write(statements);
  }
  HP_TRY(write_at(*file_, offset_, blocks));
  HP_TRY(file_->sync());
  offset_ += blocks.size();
  next_seq_ += blocks.size() / kSignPairBytes;
  for (const consensus::SigningRequest& statement : statements) guard_.add(statement);
  return {};
}

}  // namespace huangpu::node
