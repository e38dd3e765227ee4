#include "tests/sim/sim_disk.hpp"

namespace huangpu::sim {

namespace {

constexpr std::string_view kWatched = ".votes";

Status power_is_out(const std::string& path) {
  return fail(Errc::kIo, path + ": the power is out");
}

}  // namespace

class SimDisk::WatchedFile final : public ledger::File {
 public:
  WatchedFile(SimDisk& disk, std::unique_ptr<ledger::File> file, std::string path)
      : disk_(disk),
        file_(std::move(file)),
        path_(std::move(path)),
        watched_(path_.ends_with(kWatched)) {}

  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> into) const override {
    return file_->read_at(offset, into);
  }
  Status write_at(std::uint64_t offset, std::span<const ByteView> parts) override {
    HP_TRY(file_->write_at(offset, parts));
    // Headers and frames begin with their magic; zeros are preallocated space.
    if (!watched_ || parts.empty() || parts.front().empty() || parts.front().front() == 0)
      return {};
    Bytes bytes;
    for (const ByteView part : parts) bytes.insert(bytes.end(), part.begin(), part.end());
    disk_.unsynced_[path_].emplace_back(offset, std::move(bytes));
    return {};
  }
  Status sync() override {
    if (!disk_.power_) return power_is_out(path_);
    const bool fails =
        disk_.fail_sync_ == Fail::kAny || (disk_.fail_sync_ == Fail::kVotes && watched_);
    if (fails) {
      disk_.fail_sync_ = Fail::kNothing;
      disk_.files_.fail_next(test::Operation::kSync, Errc::kIo);
      disk_.unsynced_.erase(path_);
    }
    HP_TRY(file_->sync());
    if (!watched_) return {};
    for (const auto& [offset, bytes] : std::exchange(disk_.unsynced_[path_], {})) {
      disk_.watcher_(path_, offset, bytes);
    }
    return {};
  }
  Status truncate(std::uint64_t size_bytes) override { return file_->truncate(size_bytes); }
  Result<std::uint64_t> size_bytes() const override { return file_->size_bytes(); }

 private:
  SimDisk& disk_;
  const std::unique_ptr<ledger::File> file_;
  const std::string path_;
  const bool watched_;
};

Result<std::unique_ptr<ledger::File>> SimDisk::open(const std::string& path,
                                                    ledger::OpenMode mode) {
  HP_TRY_ASSIGN(auto file, files_.open(path, mode));
  return std::make_unique<WatchedFile>(*this, std::move(file), path);
}

Status SimDisk::sync_directory(const std::string& directory) {
  if (!power_) return power_is_out(directory);
  return files_.sync_directory(directory);
}

void SimDisk::set_full(bool full) {
  std::uint64_t used = 0;
  for (const std::string& path : files_.paths()) used += files_.contents(path).size();
  files_.set_capacity_bytes(full ? used : ~0ULL);
}

void SimDisk::crash(test::Crash kind, std::uint64_t seed) {
  files_.crash(kind, seed);
  power_ = true;
  fail_sync_ = Fail::kNothing;
  if (kind == test::Crash::kKillProcess) return;
  unsynced_.clear();
  for (const std::string& path : files_.paths()) {
    if (path.ends_with(kWatched)) watcher_(path, 0, files_.contents(path));
  }
}

}  // namespace huangpu::sim
