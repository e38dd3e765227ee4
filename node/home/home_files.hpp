// Steps that making a home and preparing a next key share; for the sources of this folder.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "crypto/base/result.hpp"
#include "crypto/sign/public_key.hpp"
#include "node/config/config.hpp"

namespace huangpu::node {

[[nodiscard]] Status make_private_folder(const std::filesystem::path& path);

// A TLS key and a certificate for it.
[[nodiscard]] Status make_tls_files(const TlsFiles& files, const std::string& name,
                                    const std::vector<std::string>& hosts, std::uint32_t days);

// The public key behind a section, without opening the key. kDenied when the file is of another
// purpose, kConfig when `kind` and file disagree.
[[nodiscard]] Result<crypto::PublicKey> consensus_public_key(const ConsensusKeySection& section);

}  // namespace huangpu::node
