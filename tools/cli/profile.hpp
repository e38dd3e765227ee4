// A user's folder: who they are, which keys they sign with, which nodes they talk to (SPEC
// W-1..W-4).
//
//   wallet.toml  genesis.json  keys/*.json  tls/client.{crt,key}
//
// Wallet keys live here, never in a node's home. The genesis document is the user's own copy: it
// tells which chain this is and whose signatures make a certificate, so answers are checked against
// it and not against the node.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/base/result.hpp"
#include "crypto/hash/digest.hpp"
#include "ledger/genesis/genesis.hpp"
#include "ledger/types/ids.hpp"

namespace huangpu::tools {

inline constexpr std::uint32_t kProfileFormatVersion = 1;

struct ProfileNode {
  std::string address;  // host:port of the client API
  crypto::Digest pin;   // SHA-256 of the node's TLS public key

  friend bool operator==(const ProfileNode&, const ProfileNode&) = default;
};

struct Profile {
  std::filesystem::path folder;  // not in the file; relative paths are relative to it
  ledger::ParticipantId participant{};
  std::filesystem::path genesis = "genesis.json";
  std::filesystem::path certificate = "tls/client.crt";
  std::filesystem::path tls_key = "tls/client.key";
  std::filesystem::path default_key = "keys/main.json";  // signs when no --key is given
  std::filesystem::path passphrase_file;                 // empty: ask on the terminal
  std::vector<ProfileNode> nodes;                        // tried in this order

  // Absolute form of a path of this profile.
  [[nodiscard]] std::filesystem::path resolve(const std::filesystem::path& path) const;
};

// Reads FOLDER/wallet.toml. kConfig with every error, one per line; kUnsupportedVersion for another
// format_version.
[[nodiscard]] Result<Profile> load_profile(const std::filesystem::path& folder);
[[nodiscard]] Result<Profile> parse_profile(std::string_view text,
                                            const std::filesystem::path& folder);
[[nodiscard]] std::string profile_text(const Profile& profile);

// The genesis document of the profile.
[[nodiscard]] Result<ledger::Genesis> load_genesis(const Profile& profile);

// $HUANGPU_WALLET, or ~/.huangpu.
[[nodiscard]] std::filesystem::path default_profile_folder();

}  // namespace huangpu::tools
