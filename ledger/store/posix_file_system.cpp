#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "ledger/store/file_system.hpp"

namespace huangpu::ledger {
namespace {

Errc errc_of(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return Errc::kNotFound;
    case EEXIST:
      return Errc::kAlreadyExists;
    case ENOSPC:
    case EDQUOT:
      return Errc::kDiskFull;
    case EACCES:
    case EPERM:
      return Errc::kDenied;
    case EWOULDBLOCK:
      return Errc::kAlreadyRunning;
    default:
      return Errc::kIo;
  }
}

tl::unexpected<Error> io_error(const std::string& path, const char* operation, int error) {
  return fail(errc_of(error), path + ": " + operation + ": " +
                                  std::error_code(error, std::generic_category()).message());
}

// Owns a descriptor; closed once, and a failing close has nothing to say that sync() did not.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { ::close(fd_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

int open_retrying(const std::string& path, int flags, mode_t mode = 0640) {
  int fd;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

class PosixFile final : public File {
 public:
  PosixFile(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}

  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> into) const override {
    std::size_t done = 0;
    while (done < into.size()) {
      const ssize_t n = ::pread(fd_.get(), into.data() + done, into.size() - done,
                                static_cast<off_t>(offset + done));
      if (n < 0) {
        if (errno == EINTR) continue;
        return io_error(path_, "read", errno);
      }
      if (n == 0) break;
      done += static_cast<std::size_t>(n);
    }
    return done;
  }

  Status write_at(std::uint64_t offset, std::span<const ByteView> parts) override {
    std::vector<iovec> rest;
    rest.reserve(parts.size());
    for (const ByteView part : parts) {
      // writev takes its input through a pointer to non-const; it does not write there.
      if (!part.empty()) {
        rest.push_back({const_cast<std::uint8_t*>(part.data()), part.size()});
      }
    }
    std::size_t first = 0;
    while (first < rest.size()) {
      const auto count = static_cast<int>(std::min<std::size_t>(rest.size() - first, IOV_MAX));
      const ssize_t n =
          ::pwritev(fd_.get(), rest.data() + first, count, static_cast<off_t>(offset));
      if (n < 0) {
        if (errno == EINTR) continue;
        return io_error(path_, "write", errno);
      }
      offset += static_cast<std::uint64_t>(n);
      auto left = static_cast<std::size_t>(n);
      while (first < rest.size() && left >= rest[first].iov_len) left -= rest[first++].iov_len;
      if (left > 0) {
        rest[first].iov_base = static_cast<std::uint8_t*>(rest[first].iov_base) + left;
        rest[first].iov_len -= left;
      }
    }
    return {};
  }

  Status sync() override {
    // EINTR is no promise that anything was written: fdatasync is simply asked again.
    while (::fdatasync(fd_.get()) != 0) {
      if (errno != EINTR) return io_error(path_, "sync", errno);
    }
    return {};
  }

  Status truncate(std::uint64_t size_bytes) override {
    while (::ftruncate(fd_.get(), static_cast<off_t>(size_bytes)) != 0) {
      if (errno != EINTR) return io_error(path_, "truncate", errno);
    }
    return {};
  }

  Result<std::uint64_t> size_bytes() const override {
    struct stat info {};
    if (::fstat(fd_.get(), &info) != 0) return io_error(path_, "size", errno);
    return static_cast<std::uint64_t>(info.st_size);
  }

 private:
  std::string path_;
  Descriptor fd_;
};

class PosixLock final : public FileLock {
 public:
  explicit PosixLock(int fd) : fd_(fd) {}

 private:
  Descriptor fd_;  // closing it releases the lock
};

class PosixFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    int flags = O_RDONLY;
    if (mode == OpenMode::kReadWrite) flags = O_RDWR;
    if (mode == OpenMode::kCreateNew) flags = O_RDWR | O_CREAT | O_EXCL;
    const int fd = open_retrying(path, flags);
    if (fd < 0) return io_error(path, mode == OpenMode::kCreateNew ? "create" : "open", errno);
    return std::make_unique<PosixFile>(path, fd);
  }

  Result<std::vector<std::string>> list(const std::string& directory) override {
    DIR* stream = ::opendir(directory.c_str());
    if (stream == nullptr) return io_error(directory, "list", errno);
    std::vector<std::string> names;
    int error = 0;
    while (true) {
      errno = 0;
      const dirent* entry = ::readdir(stream);
      if (entry == nullptr) {
        error = errno;
        break;
      }
      const std::string name = entry->d_name;
      if (name != "." && name != "..") names.push_back(name);
    }
    ::closedir(stream);
    if (error != 0) return io_error(directory, "list", error);
    std::ranges::sort(names);
    return names;
  }

  Status create_directories(const std::string& directory) override {
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    if (error) return io_error(directory, "create directory", error.value());
    return {};
  }

  Status remove(const std::string& path) override {
    if (::unlink(path.c_str()) != 0) return io_error(path, "remove", errno);
    return {};
  }

  Status rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return io_error(from, "rename", errno);
    return {};
  }

  Result<bool> exists(const std::string& path) override {
    struct stat info {};
    if (::stat(path.c_str(), &info) == 0) return true;
    if (errno == ENOENT || errno == ENOTDIR) return false;
    return io_error(path, "look up", errno);
  }

  Status sync_directory(const std::string& directory) override {
    const int fd = open_retrying(directory, O_RDONLY | O_DIRECTORY);
    if (fd < 0) return io_error(directory, "open", errno);
    const Descriptor descriptor(fd);
    while (::fsync(fd) != 0) {
      if (errno != EINTR) return io_error(directory, "sync", errno);
    }
    return {};
  }

  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override {
    const int fd = open_retrying(path, O_RDWR | O_CREAT);
    if (fd < 0) return io_error(path, "open", errno);
    auto lock = std::make_unique<PosixLock>(fd);
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) {
        return fail(Errc::kAlreadyRunning, path + ": another process holds this folder");
      }
      return io_error(path, "lock", errno);
    }
    return lock;
  }
};

}  // namespace

FileSystem& posix_file_system() {
  static PosixFileSystem instance;
  return instance;
}

}  // namespace huangpu::ledger
