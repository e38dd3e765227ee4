#include "node/driver/folder_size.hpp"

#include <system_error>

namespace huangpu::node {

std::uint64_t folder_bytes(const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  std::uint64_t bytes = 0;
  std::error_code error;
  fs::recursive_directory_iterator at(folder, error);
  // An entry that vanishes is no reason to stop; a folder that cannot be read ends the walk.
  for (const fs::recursive_directory_iterator end; !error && at != end; at.increment(error)) {
    std::error_code gone;
    if (!at->is_regular_file(gone) || gone) continue;
    const std::uintmax_t size = at->file_size(gone);
    if (!gone) bytes += size;
  }
  return bytes;
}

}  // namespace huangpu::node
