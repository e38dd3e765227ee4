// `huangpu-node export`: the chain of a stopped or running node as one archive
// (docs/protocol/archive.md, SPEC N-64).
#pragma once

#include <filesystem>
#include <functional>

#include "crypto/base/ids.hpp"
#include "crypto/base/result.hpp"
#include "node/config/config.hpp"

namespace huangpu::node {

struct ExportResult {
  Height last{0};
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
};

// Opens the block store read-only and writes every block up to the newest certificate, with its
// batches, commit message and, where one is held, its certificate. `progress` is told the height
// from time to time.
[[nodiscard]] Result<ExportResult> export_chain(
    const NodeConfig& config, const std::filesystem::path& out,
    const std::function<void(Height done, Height last)>& progress);

}  // namespace huangpu::node
