// Makes and runs the home of a remote signer (SPEC R-3..R-6).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "crypto/base/result.hpp"
#include "crypto/sign/public_key.hpp"
#include "tools/signer/signer_config.hpp"

namespace huangpu::tools {

struct NewSigner {
  std::filesystem::path home;
  std::filesystem::path genesis;  // document of the chain; or
  std::string chain;              // its id, 64 digits
  std::filesystem::path key;      // key file or token key file
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

// The record of one more key of an existing configuration (the next one of a validator).
[[nodiscard]] Status create_record(const std::filesystem::path& home,
                                   const std::filesystem::path& key_file);

// Serves until SIGTERM or SIGINT. An error of the record ends it with kIo.
[[nodiscard]] Status run_signer(const std::filesystem::path& home);

}  // namespace huangpu::tools
