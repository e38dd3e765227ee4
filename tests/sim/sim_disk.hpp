// A replica's disk: the fault file system, watched for what really reached the platter, and with a
// power switch.
//
// The watcher is told of every byte range of a vote log segment once a sync made it durable; that
// is how rule S5 is checked against the disk instead of against the code that promises it. With the
// power cut, writes still land in the page cache and every sync fails without effect: the state in
// which a crash finds a machine that was in the middle of a write.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/fault_file_system.hpp"

namespace huangpu::sim {

class SimDisk final : public ledger::FileSystem {
 public:
  using Watcher = std::function<void(const std::string& path, std::uint64_t offset, ByteView)>;

  explicit SimDisk(Watcher watcher) : watcher_(std::move(watcher)) {}

  [[nodiscard]] Result<std::unique_ptr<ledger::File>> open(const std::string& path,
                                                           ledger::OpenMode mode) override;
  [[nodiscard]] Result<std::vector<std::string>> list(const std::string& directory) override {
    return files_.list(directory);
  }
  [[nodiscard]] Status create_directories(const std::string& directory) override {
    return files_.create_directories(directory);
  }
  [[nodiscard]] Status remove(const std::string& path) override { return files_.remove(path); }
  [[nodiscard]] Status rename(const std::string& from, const std::string& to) override {
    return files_.rename(from, to);
  }
  [[nodiscard]] Result<bool> exists(const std::string& path) override {
    return files_.exists(path);
  }
  [[nodiscard]] Status sync_directory(const std::string& directory) override;
  [[nodiscard]] Result<std::unique_ptr<ledger::FileLock>> lock(const std::string& path) override {
    return files_.lock(path);
  }

  // The next sync fails: of a vote log segment or a sign-state file, or of any file.
  void fail_next_sync(bool votes) { fail_sync_ = votes ? Fail::kVotes : Fail::kAny; }
  void forgive() { fail_sync_ = Fail::kNothing; }
  // Nothing grows any more.
  void set_full(bool full);

  void cut_power() { power_ = false; }
  // Power comes back; handles from before are dead. After a loss of power the watcher is shown what
  // the platter kept of unsynced writes.
  void crash(test::Crash kind, std::uint64_t seed);

  [[nodiscard]] test::FaultFileSystem& files() { return files_; }

 private:
  class WatchedFile;
  using Writes = std::vector<std::pair<std::uint64_t, Bytes>>;

  const Watcher watcher_;
  test::FaultFileSystem files_;
  std::map<std::string, Writes> unsynced_;  // of watched files
  enum class Fail : std::uint8_t { kNothing, kVotes, kAny };
  Fail fail_sync_ = Fail::kNothing;
  bool power_ = true;
};

}  // namespace huangpu::sim
