// Files that hold secrets: written whole, mode 0600, and read only when nobody else could have read
// them.
#pragma once

#include <cstddef>
#include <filesystem>

#include "crypto/base/bytes.hpp"
#include "crypto/base/result.hpp"
#include "crypto/keystore/secret.hpp"

namespace huangpu::crypto {

enum class IfExists { kRefuse, kReplace };

// Temporary file in the same folder, fsync, link or rename, fsync of the folder: after a crash
// there is the old file, the new one, or none. kAlreadyExists under kRefuse; kDiskFull and kIo with
// the path and the system's reason.
[[nodiscard]] Status write_private_file(const std::filesystem::path& path, ByteView content,
                                        IfExists if_exists);

// Gives a file another name in the same folder, in place of whatever had it; synced. After a crash
// there is the one or the other.
[[nodiscard]] Status rename_private_file(const std::filesystem::path& from,
                                         const std::filesystem::path& to);

// kNotFound; kDenied for a symbolic link, anything but a regular file, a foreign owner, or any
// permission for group or others; kOutOfRange beyond size_bytes_max.
[[nodiscard]] Result<SecretBytes> read_private_file(const std::filesystem::path& path,
                                                    std::size_t size_bytes_max);

}  // namespace huangpu::crypto
