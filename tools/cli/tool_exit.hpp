// Exit codes of the tools beyond those all programs share (crypto/base/exit_code.hpp, SPEC W-8).
// Stable: scripts depend on them.
#pragma once

#include "crypto/base/exit_code.hpp"

namespace huangpu::tools {

inline constexpr int kExitRefused = 20;       // the ledger or the node refused the transaction
inline constexpr int kExitNotFinal = 21;      // submitted, but not final within --timeout
inline constexpr int kExitPartly = 22;        // a batch ended with payments that did not settle
inline constexpr int kExitProofInvalid = 23;  // a proof does not hold
inline constexpr int kExitNotFound = 24;      // no such account, asset, transaction, ...
inline constexpr int kExitInterrupted = 130;  // Ctrl-C during a batch; as shells number it

// What a command that failed with this error exits with.
[[nodiscard]] inline int tool_exit_code(Errc code) {
  return code == Errc::kNotFound ? kExitNotFound : static_cast<int>(exit_code(code));
}

}  // namespace huangpu::tools
