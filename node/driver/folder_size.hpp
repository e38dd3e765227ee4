// How much a folder holds, for metrics.
#pragma once

#include <cstdint>
#include <filesystem>

namespace huangpu::node {

// Bytes of all regular files below `folder`. Files that come and go while it looks are left out; a
// folder that is not there holds nothing. Any thread; reads the folder each time.
[[nodiscard]] std::uint64_t folder_bytes(const std::filesystem::path& folder);

}  // namespace huangpu::node
