// Where a passphrase may come from: a private file, an open descriptor, or the terminal. Never the
// command line and never the environment, which other processes can read (SPEC K-58).
//
// One line end at the end of the input is not part of the passphrase. At most 1024 bytes, no zero
// byte.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "crypto/base/result.hpp"
#include "crypto/keystore/secret.hpp"

namespace huangpu::crypto {

inline constexpr std::size_t kPassphraseBytesMax = 1024;

// The file must be closed to group and others, like a key file. An empty file is an empty
// passphrase.
[[nodiscard]] Result<SecretBytes> passphrase_from_file(const std::filesystem::path& path);

// Reads to the end of an inherited descriptor (pipe, systemd credential) and leaves it open.
[[nodiscard]] Result<SecretBytes> passphrase_from_descriptor(int descriptor);

// Asks on the controlling terminal with echo off; with `confirm` asks twice and kConflict if they
// differ. kUnavailable when there is no terminal, so that a service never hangs.
[[nodiscard]] Result<SecretBytes> passphrase_from_prompt(const std::string& prompt, bool confirm);

}  // namespace huangpu::crypto
