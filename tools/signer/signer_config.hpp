// The configuration of huangpu-signer: one strict TOML file (SPEC ).
//
//   format_version = 1
//   listen = "127.0.0.1:7710"
//   chain = "<64 digits: id of the chain>"
//   tls_certificate = "tls/signer.crt"
//   tls_key = "tls/signer.key"
//   lease = "5s"
//   certificate_warning_days = 60
//   [[key]]                        a validator's present key, and the next one while it changes
//   file = "keys/consensus.json"   key file or token key file
//   passphrase_file = "keys/passphrase"    or passphrase_descriptor = 3, or neither: asked for
//   record = "record/main"         folder of what this key signed
//   [[client]]
//   name = "validator-a"
//   pin = "<64 digits>"
//
// Relative paths start at the signer's home.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/base/result.hpp"
#include "crypto/hash/digest.hpp"
#include "node/config/config.hpp"

namespace huangpu::tools {

struct SignerKeyEntry {
  std::filesystem::path file;
  std::filesystem::path passphrase_file;
  std::uint32_t passphrase_descriptor = 0;
  std::filesystem::path record;
};
struct SignerClientEntry {
  std::string name;
  crypto::Digest pin;
};

struct SignerConfig {
  node::Endpoint listen{"127.0.0.1", 7710};
  crypto::Digest chain;
  node::TlsFiles tls;
  std::chrono::milliseconds lease{5'000};
  std::uint32_t certificate_warning_days = 60;  // before the end of the signer's own certificate
  std::vector<SignerKeyEntry> keys;
  std::vector<SignerClientEntry> clients;
};

// kConfig with all errors, one per line, each with its place.
[[nodiscard]] Result<SignerConfig> parse_signer_config(std::string_view text,
                                                       const std::filesystem::path& home);
// Paths below the home are written relative to it.
[[nodiscard]] std::string signer_key_text(const SignerKeyEntry& key,
                                          const std::filesystem::path& home);
[[nodiscard]] std::string signer_config_text(const SignerConfig& config,
                                             const std::filesystem::path& home);

}  // namespace huangpu::tools
