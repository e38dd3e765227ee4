// Key files on their way in and out of a wallet, and their passphrases (SPEC W-59, W-61).
#pragma once

#include <filesystem>
#include <string>

#include "crypto/base/result.hpp"
#include "crypto/suite.hpp"
#include "tools/wallet/session.hpp"

namespace huangpu::tools {

enum class ExportForm : std::uint8_t { kSealed, kPublicText, kPublicPem };

struct ExportOptions {
  std::string name;
  std::filesystem::path out;  // empty: standard output, for public keys only
  ExportForm form = ExportForm::kSealed;
};
[[nodiscard]] Result<int> export_key(Session& session, const ExportOptions& options);

struct ImportOptions {
  std::string name;
  std::filesystem::path file;         // a sealed key file or a public key
  std::filesystem::path secret_file;  // instead: a plain secret, 64 hexadecimal digits
  int secret_descriptor = -1;
  std::string suite;  // of a plain secret; empty: the chain's
};
[[nodiscard]] Result<int> import_key(Session& session, const ImportOptions& options);

struct PassphraseOptions {
  std::string name;
  std::filesystem::path new_file;
  int new_descriptor = -1;
};
[[nodiscard]] Result<int> change_passphrase(Session& session, const PassphraseOptions& options);

// Secret bytes of a text of hexadecimal digits, without a copy outside locked memory.
[[nodiscard]] Result<crypto::SecretBytes> secret_from_hex(const crypto::SecretBytes& text);

}  // namespace huangpu::tools
