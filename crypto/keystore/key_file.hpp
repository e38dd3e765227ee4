// Key files: one private key, encrypted under a passphrase, with a stated purpose (SPEC
// K-51..K-57).
//
//   {"format":"huangpu-key","version":1,"purpose":"consensus","suite":"ed25519-sha256","public_key":hex,
//    "kdf":{"name":"argon2id","opslimit":n,"memlimit_bytes":n,"salt":hex},
//    "cipher":"xchacha20poly1305","nonce":hex,"ciphertext":hex}
//
// For suite sm2-sm3 the cipher is "sm4-gcm".
//
// Everything but the ciphertext is authenticated with it, so no field can be edited. Files are
// 0600, are read only if owned by this user (or root) and closed to group and others. Only a new
// passphrase for the same key ever overwrites one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "crypto/base/bytes.hpp"
#include "crypto/base/result.hpp"
#include "crypto/keystore/secret.hpp"
#include "crypto/sign/public_key.hpp"
#include "crypto/sign/signer.hpp"
#include "crypto/suite.hpp"

namespace huangpu::crypto {

// A file made for one purpose is refused wherever another is expected. A validator's lane key is
// its consensus key.
enum class KeyPurpose : std::uint8_t {
  kConsensus = 1,    // votes, proposals, batches of a validator
  kParticipant = 2,  // transactions: wallets and institutions
  kOperator = 3,     // backups, manifests and other administrative documents
};

[[nodiscard]] std::string_view key_purpose_name(KeyPurpose purpose) noexcept;
[[nodiscard]] Result<KeyPurpose> parse_key_purpose(std::string_view name);

// Cost of one Argon2id guess. Stored in the file; a file that asks for more than the maxima is
// refused.
struct KdfCost {
  std::uint64_t opslimit = 3;
  std::uint64_t memlimit_bytes = 64ULL << 20;

  static constexpr std::uint64_t kOpslimitMax = 16;
  static constexpr std::uint64_t kMemlimitBytesMax = 1ULL << 30;

  // About 0.2 s and 64 MiB.
  [[nodiscard]] static constexpr KdfCost standard() { return {}; }
  // Microseconds: unit tests and simulations only.
  [[nodiscard]] static constexpr KdfCost for_tests() { return {1, 8192}; }

  friend bool operator==(const KdfCost&, const KdfCost&) = default;
};

struct KeyFileOptions {
  KdfCost cost = {};
  // The file is encrypted all the same, but anyone who reads it can open it. Local test networks
  // only.
  bool allow_empty_passphrase = false;
};

// A seed before it is sealed into a file.
struct SecretKey {
  SuiteId suite = SuiteId::kEd25519Sha256;
  SecretBytes seed;
};

struct KeyFile {
  KeyPurpose purpose = KeyPurpose::kParticipant;
  PublicKey public_key;
  KdfCost cost;
  Bytes salt;
  Bytes nonce;
  Bytes ciphertext;

  friend bool operator==(const KeyFile&, const KeyFile&) = default;
};

[[nodiscard]] Result<SecretKey> generate_key(SuiteId suite);

// Seals the key. kInvalidArgument for an empty passphrase that was not allowed explicitly.
[[nodiscard]] Result<KeyFile> create_key_file(KeyPurpose purpose, const SecretKey& key,
                                              const SecretBytes& passphrase,
                                              const KeyFileOptions& options = {});

// Opens it. kDenied if the file is for another purpose; kUnauthenticated if the passphrase is wrong
// or any field was altered (the two cannot be told apart).
[[nodiscard]] Result<std::unique_ptr<LocalSigner>> signer_from(const KeyFile& file,
                                                               KeyPurpose expected,
                                                               const SecretBytes& passphrase);

// The secret itself, to seal it anew. Errors as signer_from().
[[nodiscard]] Result<SecretKey> open_key_file(const KeyFile& file, KeyPurpose expected,
                                              const SecretBytes& passphrase);

// The same key under another passphrase. Errors as signer_from() and create_key_file().
[[nodiscard]] Result<KeyFile> reseal_key_file(const KeyFile& file, const SecretBytes& before,
                                              const SecretBytes& after,
                                              const KeyFileOptions& options = {});

// Text form. parse is total, refuses unknown fields, and refuses an unknown version by name.
[[nodiscard]] std::string format_key_file(const KeyFile& file);
[[nodiscard]] Result<KeyFile> parse_key_file(std::string_view text);

// Writes a new file, complete or not at all; kAlreadyExists if there is one.
[[nodiscard]] Status save_key_file(const KeyFile& file, const std::filesystem::path& path);
// Writes over a file, complete or not at all: for a new passphrase.
[[nodiscard]] Status replace_key_file(const KeyFile& file, const std::filesystem::path& path);
// kDenied for a file open to others, of another owner, or for another purpose.
[[nodiscard]] Result<KeyFile> load_key_file(const std::filesystem::path& path, KeyPurpose expected);
// As above for any purpose: listing and showing keys.
[[nodiscard]] Result<KeyFile> load_key_file(const std::filesystem::path& path);

}  // namespace huangpu::crypto
