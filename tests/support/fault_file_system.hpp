// A file system in memory that forgets, tears, fills up and fails on command.
//
// Every file has what programs see (the page cache) and what is on the platter. sync() copies one
// to the other; a crash goes back to the platter, plus as much of the unsynced writes as the kind
// of crash says. Names created in a directory are lost by a crash unless the directory was synced.
// Directories themselves always survive.
//
// Deterministic: randomness comes from the seed given to crash(). Thread-safe, so that stores with
// reader threads can run on it. Everything opened before a crash is dead afterwards (kIo).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "ledger/store/file_system.hpp"

namespace huangpu::test {

enum class Crash : std::uint8_t {
  kKillProcess,     // the machine lives: the page cache survives whole
  kLoseUnsynced,    // the power goes: nothing unsynced survives
  kTearLastWrite,   // unsynced writes survive in order, the last one in part
  kScatterSectors,  // any subset of the unsynced 512-byte sectors survives; the others read as
                    // zeros
};

enum class Operation : std::uint8_t {
  kOpen,
  kRead,
  kWrite,
  kSync,
  kTruncate,
  kRemove,
  kRename,
  kSyncDirectory,
};

class FaultFileSystem final : public ledger::FileSystem {
 public:
  FaultFileSystem();
  ~FaultFileSystem() override;

  // FileSystem.
  [[nodiscard]] Result<std::unique_ptr<ledger::File>> open(const std::string& path,
                                                           ledger::OpenMode mode) override;
  [[nodiscard]] Result<std::vector<std::string>> list(const std::string& directory) override;
  [[nodiscard]] Status create_directories(const std::string& directory) override;
  [[nodiscard]] Status remove(const std::string& path) override;
  [[nodiscard]] Status rename(const std::string& from, const std::string& to) override;
  [[nodiscard]] Result<bool> exists(const std::string& path) override;
  [[nodiscard]] Status sync_directory(const std::string& directory) override;
  [[nodiscard]] Result<std::unique_ptr<ledger::FileLock>> lock(const std::string& path) override;

  void crash(Crash kind, std::uint64_t seed);

  // The operation after the next `skip` ones of its kind fails with `code`; the ones behind it
  // succeed. A failed write leaves half of its bytes. A failed sync leaves its bytes visible and
  // calls them clean without writing them, as Linux does: a later sync does not bring them to the
  // platter.
  void fail_next(Operation operation, Errc code, std::uint64_t skip = 0);

  // Writes beyond this total fail with kDiskFull after filling what is left.
  void set_capacity_bytes(std::uint64_t bytes);

  // Tampering, past every interface; on the platter and in the page cache at once.
  [[nodiscard]] Bytes contents(const std::string& path) const;
  void set_contents(const std::string& path, ByteView bytes);
  void flip_bit(const std::string& path, std::uint64_t bit);
  void erase(const std::string& path);
  [[nodiscard]] std::vector<std::string> paths() const;

  [[nodiscard]] std::uint64_t sync_count() const;

 private:
  struct State;
  class OpenFile;
  class HeldLock;
  std::shared_ptr<State>
      state_;  // shared with handles and locks, which may outlive the file system
};

}  // namespace huangpu::test
