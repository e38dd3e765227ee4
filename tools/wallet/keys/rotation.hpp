// keys rotate: a key is replaced on chain and in the folder, and every interruption can be followed
// by the same command (SPEC W-62..W-64).
//
//   keys/NAME.json       the key in use
//   keys/NAME.next.json  its successor, from before it is submitted until it takes the name
//   keys/retired/        keys that were replaced, still sealed
//
// There is no journal: which step is next follows from the files and from what the chain says about
// the two keys.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "crypto/base/result.hpp"
#include "ledger/types/state_value.hpp"
#include "tools/wallet/acting.hpp"

namespace huangpu::tools {

enum class RotationStep : std::uint8_t {
  kMakeSuccessor,  // nothing was begun
  kSubmit,         // the successor is on disk, the chain does not know it
  kSwapFiles,      // the chain has replaced the key
};

// A status is nothing when the chain does not know the key. kDenied says why there is no way on.
[[nodiscard]] Result<RotationStep> next_step(std::optional<ledger::KeyStatus> current,
                                             bool has_successor,
                                             std::optional<ledger::KeyStatus> successor);

// The key of keys/NAME.json goes to keys/retired/, its successor gets its name. Complete after any
// number of interrupted tries; at no moment is a key in no file.
[[nodiscard]] Status swap_files(const std::filesystem::path& current,
                                const std::filesystem::path& successor);

[[nodiscard]] std::filesystem::path successor_path(const std::filesystem::path& current);

struct RotateOptions {
  std::string name;   // empty: the wallet's default key
  std::string suite;  // of the new key; empty: that of the key it replaces
  std::string reference;
  std::string date;
};
[[nodiscard]] Result<int> rotate_key(Session& session, const RotateOptions& options);

}  // namespace huangpu::tools
