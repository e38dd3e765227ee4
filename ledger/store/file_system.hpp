// The few file operations the block store and the archive need, as a seam (SPEC S-1).
//
// The node uses posix_file_system(); tests and the simulator inject torn writes, lost unsynced
// data, full disks and I/O errors through tests/support/fault_file_system.hpp.
//
// Errors: kNotFound, kAlreadyExists, kDiskFull (ENOSPC, EDQUOT), kDenied (permissions),
// kAlreadyRunning (lock held), kIo (all else); the message names the path and the operation.
//
// Thread: a FileSystem may be used from any thread. Of one File, read_at and size may run on any
// thread, together with one thread that appends, writes, truncates and syncs.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "crypto/base/bytes.hpp"
#include "crypto/base/result.hpp"

namespace huangpu::ledger {

class File {
 public:
  virtual ~File() = default;

  // Reads up to into.size() bytes; fewer only at the end of the file. Returns the number read.
  [[nodiscard]] virtual Result<std::size_t> read_at(std::uint64_t offset,
                                                    std::span<std::uint8_t> into) const = 0;

  // Writes the parts one after the other, starting at `offset`. After an error the content of the
  // range is unknown.
  [[nodiscard]] virtual Status write_at(std::uint64_t offset, std::span<const ByteView> parts) = 0;

  // Content and length are on stable storage when this returns (fdatasync). After an error nothing
  // may be assumed about any write since the last success, and the file must not be used again.
  [[nodiscard]] virtual Status sync() = 0;

  [[nodiscard]] virtual Status truncate(std::uint64_t size_bytes) = 0;
  [[nodiscard]] virtual Result<std::uint64_t> size_bytes() const = 0;
};

// Held until destroyed.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

enum class OpenMode : std::uint8_t {
  kRead,       // must exist
  kReadWrite,  // must exist
  kCreateNew,  // must not exist
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  [[nodiscard]] virtual Result<std::unique_ptr<File>> open(const std::string& path,
                                                           OpenMode mode) = 0;

  // Names of the entries (no "." and ".."), ascending.
  [[nodiscard]] virtual Result<std::vector<std::string>> list(const std::string& directory) = 0;

  [[nodiscard]] virtual Status create_directories(const std::string& directory) = 0;
  [[nodiscard]] virtual Status remove(const std::string& path) = 0;
  [[nodiscard]] virtual Status rename(const std::string& from, const std::string& to) = 0;
  [[nodiscard]] virtual Result<bool> exists(const std::string& path) = 0;

  // Names created, renamed and removed in the directory are on stable storage when this returns.
  [[nodiscard]] virtual Status sync_directory(const std::string& directory) = 0;

  // Exclusive lock on a lock file, created when missing; kAlreadyRunning when another process (or
  // another holder in this process) has it.
  [[nodiscard]] virtual Result<std::unique_ptr<FileLock>> lock(const std::string& path) = 0;
};

// The machine's file system. Lives for the whole process.
[[nodiscard]] FileSystem& posix_file_system();

}  // namespace huangpu::ledger
