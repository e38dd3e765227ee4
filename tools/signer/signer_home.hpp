// Makes the home of a remote signer and tells what is in it (SPEC ).
//
//   signer.toml  tls/signer.{crt,key}  keys/consensus-XXXXXXXX.{json,passphrase}  record/XXXXXXXX…
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "crypto/base/result.hpp"
#include "crypto/sign/public_key.hpp"
#include "node/signer/sign_record_files.hpp"
#include "tools/signer/signer_config.hpp"

namespace huangpu::tools {

struct NewSigner {
  std::filesystem::path home;
  std::filesystem::path genesis;  // document of the chain; or
  std::string chain;              // its id, 64 digits
  // Key file or token key file. Empty: a key file of the chain's suite is made, which needs the
  // document.
  std::filesystem::path key;
  std::filesystem::path passphrase_file;
  std::vector<std::string> client_pins;
  std::string listen = "127.0.0.1:7710";
  std::vector<std::string> hosts;
};
struct SignerCard {
  crypto::PublicKey key;
  crypto::Digest pin;  // of the signer's certificate
};

// A home: configuration, certificate, and the first, empty record of the key. Never overwrites.
[[nodiscard]] Result<SignerCard> create_signer(const NewSigner& plan);

// One more key for an existing home, such as the next one of a validator: its empty record, and a
// [[key]] at the end of the configuration. `key` empty: a key file of the first key's suite is
// made. kAlreadyExists for a key that the configuration lists.
[[nodiscard]] Result<SignerCard> add_key(const std::filesystem::path& home,
                                         const std::filesystem::path& key,
                                         const std::filesystem::path& passphrase_file);

// What a look at the files and a connection tell. Nothing is locked or changed.
struct SignerKeyStatus {
  crypto::PublicKey key;
  SignerKeyEntry entry;
  bool in_token = false;
  bool has_record = false;
};
struct SignerStatus {
  SignerConfig config;
  bool answers = false;  // something accepts connections where the signer listens
  crypto::Digest pin;
  TimestampMs certificate_end{0};
  std::int64_t days_left = 0;  // whole ones; negative once it has ended
  std::vector<SignerKeyStatus> keys;
};
[[nodiscard]] Result<SignerStatus> signer_status(const std::filesystem::path& home);

// Also for running it.
[[nodiscard]] Result<SignerConfig> load_signer_config(const std::filesystem::path& home);
[[nodiscard]] node::SignRecordFiles::Place record_place(const SignerConfig& config,
                                                        const SignerKeyEntry& key,
                                                        const crypto::PublicKey& public_key);

}  // namespace huangpu::tools
