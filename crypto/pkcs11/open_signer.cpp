#include "crypto/pkcs11/open_signer.hpp"

#include <utility>

#include "crypto/keystore/private_file.hpp"
#include "crypto/pkcs11/token_key.hpp"
#include "crypto/pkcs11/token_signer.hpp"

namespace huangpu::crypto {
namespace {

constexpr std::size_t kDocumentBytesMax = 64 * 1024;

// The format's name decides; each parser judges the rest.
Result<bool> is_token_key(const std::filesystem::path& path) {
  HP_TRY_ASSIGN(const SecretBytes content, read_private_file(path, kDocumentBytesMax));
  return as_text(content.view()).find("\"huangpu-token-key\"") != std::string_view::npos;
}

}  // namespace

Result<KeyAt> look_at_key(const std::filesystem::path& path) {
  HP_TRY_ASSIGN(const bool token, is_token_key(path));
  if (!token) {
    HP_TRY_ASSIGN(const KeyFile file, load_key_file(path));
    return KeyAt{KeyPlace::kFile, file.purpose, file.public_key};
  }
  HP_TRY_ASSIGN(const SecretBytes content, read_private_file(path, kDocumentBytesMax));
  auto key = parse_token_key(as_text(content.view()));
  if (!key) return fail(std::move(key).error(), path.string());
  return KeyAt{KeyPlace::kToken, key->purpose, key->public_key};
}

Result<std::unique_ptr<Signer>> open_signer(const std::filesystem::path& path, KeyPurpose expected,
                                            const SecretSource& secret) {
  HP_TRY_ASSIGN(const bool token, is_token_key(path));
  if (token) {
    HP_TRY_ASSIGN(const TokenKey key, load_token_key(path, expected));
    HP_TRY_ASSIGN(const SecretBytes pin, secret("PIN of token " + key.token));
    auto signer = open_token_signer(key, pin);
    if (!signer) return fail(std::move(signer).error(), path.string());
    return signer;
  }
  HP_TRY_ASSIGN(const KeyFile file, load_key_file(path, expected));
  HP_TRY_ASSIGN(const SecretBytes passphrase, secret("Passphrase of " + path.string()));
  auto signer = signer_from(file, expected, passphrase);
  if (!signer) return fail(std::move(signer).error(), path.string());
  return std::unique_ptr<Signer>(std::move(*signer));
}

}  // namespace huangpu::crypto
