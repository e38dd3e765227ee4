// `huangpu-node import`: an archive becomes the chain of a home that has none
// (docs/protocol/archive.md, SPEC N-66).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "crypto/base/ids.hpp"
#include "crypto/base/result.hpp"
#include "crypto/hash/digest.hpp"
#include "node/config/config.hpp"

namespace huangpu::node {

struct ImportResult {
  Height last{0};
  std::uint64_t transactions = 0;
  std::uint64_t bytes = 0;    // of the block store that was made
  crypto::Digest state_root;  // after the last block
};

// Copies the archive into a block store beside the place of the home's own, replays that copy from
// the home's genesis, every signature and result included, and puts it in its place only when the
// replay is clean and the last block is final. Otherwise nothing remains of it, and an error names
// what is wrong. Touches nothing but the folder of blocks: no key, no sign-state, no vote log.
// `progress` is told the height from time to time.
//
// kAlreadyExists: the home has blocks; kWrongChain: another chain's archive; kCorrupt: damaged, or
// its end is not final; kDiverged: the content contradicts the rules; kDiskFull, kIo.
[[nodiscard]] Result<ImportResult> import_chain(const NodeConfig& config,
                                                const std::filesystem::path& archive,
                                                const std::function<void(Height done)>& progress);

}  // namespace huangpu::node
