// What is kept when another copy of the consensus key was seen, and why the node then does not
// start again by itself (SPEC N-321, N-322).
//
//   <sign-state>/key-copy.json   when, why, and the message that shows it
#pragma once

#include <filesystem>

#include "consensus/core/effect.hpp"
#include "crypto/base/result.hpp"

namespace huangpu::node {

// kGuard with what to do, while the evidence of an earlier run lies there. kIo if that cannot be
// told.
[[nodiscard]] Status check_no_key_copy(const std::filesystem::path& sign_state_dir);

// The sentence for log, status and exit.
[[nodiscard]] Error key_copy_error(const std::filesystem::path& sign_state_dir,
                                   const consensus::QuarantineEntered& found);

// Writes the evidence; the first one stays.
[[nodiscard]] Status keep_key_copy(const std::filesystem::path& sign_state_dir,
                                   const consensus::QuarantineEntered& found);

}  // namespace huangpu::node
