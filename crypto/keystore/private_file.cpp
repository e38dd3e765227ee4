#include "crypto/keystore/private_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace huangpu::crypto {
namespace {

namespace fs = std::filesystem;

// "<path>: cannot <action>: <reason of the system>"; a missing file and a full disk have codes of
// their own.
tl::unexpected<Error> system_failure(const fs::path& path, std::string_view action, int error) {
  Errc code = Errc::kIo;
  if (error == ENOENT) code = Errc::kNotFound;
  if (error == EEXIST) code = Errc::kAlreadyExists;
  if (error == EACCES || error == EPERM) code = Errc::kDenied;
  if (error == ENOSPC || error == EDQUOT) code = Errc::kDiskFull;
  return fail(code, path.string() + ": cannot " + std::string(action) + ": " +
                        std::system_category().message(error));
}

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  [[nodiscard]] int get() const { return value_; }
  int close() { return value_ < 0 ? 0 : ::close(std::exchange(value_, -1)); }

 private:
  int value_;
};

// Removes the temporary file unless it has become the real one.
class Temporary {
 public:
  explicit Temporary(std::string path) : path_(std::move(path)) {}
  ~Temporary() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;

  [[nodiscard]] const char* c_str() const { return path_.c_str(); }
  void release() { path_.clear(); }

 private:
  std::string path_;
};

Status write_all(const fs::path& path, int descriptor, ByteView content) {
  while (!content.empty()) {
    const ssize_t written = ::write(descriptor, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_failure(path, "write", errno);
    content = content.subspan(static_cast<std::size_t>(written));
  }
  if (::fsync(descriptor) != 0) return system_failure(path, "sync", errno);
  return {};
}

Status sync_folder(const fs::path& folder) {
  const Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (descriptor.get() < 0) return system_failure(folder, "open", errno);
  if (::fsync(descriptor.get()) != 0) return system_failure(folder, "sync", errno);
  return {};
}

Status check_private(const fs::path& path, const struct stat& facts) {
  if (!S_ISREG(facts.st_mode)) {
    return fail(Errc::kDenied, path.string() + ": is not a regular file");
  }
  if (facts.st_uid != ::geteuid() && facts.st_uid != 0) {
    return fail(Errc::kDenied, path.string() + ": belongs to another user");
  }
  if ((facts.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return fail(Errc::kDenied,
                path.string() + ": is open to group or others; its mode must be 0600");
  }
  return {};
}

}  // namespace

Status write_private_file(const fs::path& path, ByteView content, IfExists if_exists) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");

  // mkostemp creates with mode 0600, so there is no moment at which others could open the file.
  std::string name = path.string() + ".tmp-XXXXXX";
  Descriptor descriptor(::mkostemp(name.data(), O_CLOEXEC));
  if (descriptor.get() < 0) return system_failure(path, "create", errno);
  Temporary temporary(std::move(name));

  HP_TRY(write_all(path, descriptor.get(), content));
  if (descriptor.close() != 0) return system_failure(path, "close", errno);

  if (if_exists == IfExists::kReplace) {
    if (::rename(temporary.c_str(), path.c_str()) != 0) {
      return system_failure(path, "rename", errno);
    }
    temporary.release();
  } else if (::link(temporary.c_str(), path.c_str()) != 0) {
    // A link, unlike a rename, never takes the place of an existing file.
    return system_failure(path, "create", errno);
  }
  return sync_folder(folder);
}

Status rename_private_file(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return system_failure(from, "rename", errno);
  return sync_folder(to.has_parent_path() ? to.parent_path() : fs::path("."));
}

Result<SecretBytes> read_private_file(const fs::path& path, std::size_t size_bytes_max) {
  // O_NONBLOCK: opening a pipe left in the file's place must not hang.
  const Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (descriptor.get() < 0) {
    if (errno == ELOOP) return fail(Errc::kDenied, path.string() + ": is a symbolic link");
    return system_failure(path, "open", errno);
  }
  struct stat facts {};
  if (::fstat(descriptor.get(), &facts) != 0) return system_failure(path, "examine", errno);
  HP_TRY(check_private(path, facts));

  const auto size_bytes = static_cast<std::uintmax_t>(facts.st_size);
  if (size_bytes > size_bytes_max) {
    return fail(Errc::kOutOfRange,
                path.string() + ": is larger than " + std::to_string(size_bytes_max) + " bytes");
  }
  SecretBytes content(static_cast<std::size_t>(size_bytes));
  std::span<std::uint8_t> rest = content.writable();
  while (!rest.empty()) {
    const ssize_t got = ::read(descriptor.get(), rest.data(), rest.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_failure(path, "read", errno);
    if (got == 0) return fail(Errc::kIo, path.string() + ": became shorter while being read");
    rest = rest.subspan(static_cast<std::size_t>(got));
  }
  return content;
}

}  // namespace huangpu::crypto
