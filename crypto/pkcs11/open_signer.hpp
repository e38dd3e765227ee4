// Opens the key behind a path, whichever of the two documents lies there: an encrypted key file or
// a token key (SPEC K-83).
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "crypto/base/result.hpp"
#include "crypto/keystore/key_file.hpp"
#include "crypto/keystore/secret.hpp"
#include "crypto/sign/signer.hpp"

namespace huangpu::crypto {

enum class KeyPlace : std::uint8_t { kFile, kToken };

struct KeyAt {
  KeyPlace place = KeyPlace::kFile;
  KeyPurpose purpose = KeyPurpose::kParticipant;
  PublicKey public_key;
};

// What lies there, without opening the key.
[[nodiscard]] Result<KeyAt> look_at_key(const std::filesystem::path& path);

// Asked for the passphrase of a file or the PIN of a token; the text says which, for a prompt.
using SecretSource = std::function<Result<SecretBytes>(const std::string& what)>;

// kDenied when the document states another purpose.
[[nodiscard]] Result<std::unique_ptr<Signer>> open_signer(const std::filesystem::path& path,
                                                          KeyPurpose expected,
                                                          const SecretSource& secret);

}  // namespace huangpu::crypto
