// Runs a remote signer (SPEC R-6).
#pragma once

#include <filesystem>

#include "crypto/base/result.hpp"

namespace huangpu::tools {

// Serves until SIGTERM or SIGINT. SIGHUP reads the certificate again. An error of a record ends it
// with kIo.
[[nodiscard]] Status run_signer(const std::filesystem::path& home);

}  // namespace huangpu::tools
