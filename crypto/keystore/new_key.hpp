// Makes a key with a random passphrase beside it: for keys that a program opens by itself.
//
//   <folder>/<prefix>-<8 digits of the key's id>.json         key file (SPEC K-51 to K-57)
//   <folder>/<prefix>-<8 digits of the key's id>.passphrase   48 hexadecimal digits
//
// Names of their own, so that one key can follow another. Both are readable by the owner only.
#pragma once

#include <filesystem>
#include <string>

#include "crypto/base/result.hpp"
#include "crypto/keystore/key_file.hpp"
#include "crypto/keystore/secret.hpp"
#include "crypto/sign/public_key.hpp"

namespace huangpu::crypto {

struct NewKey {
  PublicKey public_key;
  std::filesystem::path file;
  std::filesystem::path passphrase_file;
};

// The folder is there. kAlreadyExists rather than replacing anything.
[[nodiscard]] Result<NewKey> make_new_key(KeyPurpose purpose, SuiteId suite,
                                          const std::filesystem::path& folder,
                                          const std::string& prefix,
                                          const KeyFileOptions& options = {});

// 24 random bytes as text.
[[nodiscard]] SecretBytes random_passphrase();

}  // namespace huangpu::crypto
