// What every wallet command works with: the wallet folder, the genesis document, the keys, the
// nodes (SPEC W-1..W-4, W-14).
//
// Everything is opened on first use, so that a command fails only for what it needs. Answers of
// nodes are checked against the genesis document before they are shown as facts.
//
// Threads: one.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crypto/base/result.hpp"
#include "crypto/keystore/secret.hpp"
#include "crypto/sign/signer.hpp"
#include "ledger/genesis/genesis.hpp"
#include "node/client/client.hpp"
#include "tools/cli/arguments.hpp"
#include "tools/cli/directory.hpp"
#include "tools/cli/output.hpp"
#include "tools/cli/profile.hpp"
#include "tools/verify/finality_proof.hpp"

namespace huangpu::tools {

// keys/NAME.pub: the public key of somebody else, or of a key kept elsewhere.
inline constexpr const char* kPublicKeyExtension = ".pub";

struct GlobalOptions {
  std::filesystem::path wallet = default_profile_folder();
  OutputFormat output = OutputFormat::kText;
  std::uint64_t timeout_seconds = 30;
  std::vector<std::filesystem::path> keys;  // instead of the wallet's default key
  std::filesystem::path passphrase_file;    // instead of the wallet's
  int passphrase_descriptor = -1;
  std::filesystem::path pin_file;  // the same for keys in tokens, whose PIN is another secret
  int pin_descriptor = -1;
};

class Session {
 public:
  explicit Session(GlobalOptions options);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  [[nodiscard]] const GlobalOptions& options() const { return options_; }
  [[nodiscard]] OutputFormat format() const { return options_.output; }
  [[nodiscard]] std::chrono::milliseconds timeout() const;

  // Reads wallet.toml and the genesis document. Everything below needs it to have succeeded.
  [[nodiscard]] Status open();
  // For commands that also work on a machine without a wallet: opens it if there is one.
  [[nodiscard]] Status open_if_there();
  [[nodiscard]] bool has_wallet() const { return opened_ != nullptr; }
  [[nodiscard]] const Profile& profile() const;
  [[nodiscard]] const ledger::Genesis& genesis() const;
  [[nodiscard]] ledger::ParticipantId self() const;
  [[nodiscard]] const ProofChecker& checker() const;

  // Connections are made by the first call.
  [[nodiscard]] Result<node::Client*> client();

  // The keys that sign: those of --key, else the wallet's default key. Asks for a passphrase at
  // most once per key.
  [[nodiscard]] Result<std::vector<crypto::Signer*>> signers();
  // From now on these sign, instead of those of --key.
  void sign_with(std::vector<std::filesystem::path> keys);
  // Where those keys are.
  [[nodiscard]] std::vector<std::filesystem::path> signer_names() const;
  // A participant's key, by name or file: a key file, or a token key. The one place that turns what
  // a user calls a key into something that signs.
  [[nodiscard]] Result<std::unique_ptr<crypto::Signer>> open_key(const std::filesystem::path& path);
  // The public part of a key, without its passphrase: of a key file, or of a public key file.
  [[nodiscard]] Result<crypto::PublicKey> public_key(const std::filesystem::path& name) const;
  // As above, or the 64 digits of an id.
  [[nodiscard]] Result<crypto::KeyId> key_id(const std::string& text) const;
  [[nodiscard]] Result<crypto::SecretBytes> passphrase(const std::string& prompt, bool confirm);
  // Of a token. A passphrase is never tried in its place: tokens count wrong PINs.
  [[nodiscard]] Result<crypto::SecretBytes> pin(const std::string& prompt) const;
  // A name without slash or extension is keys/NAME.json of the wallet.
  [[nodiscard]] std::filesystem::path key_path(const std::filesystem::path& name) const;

  [[nodiscard]] Result<AccountText> account(std::string_view text) const;
  [[nodiscard]] Directory& directory();

 private:
  struct Opened;

  GlobalOptions options_;
  std::unique_ptr<Opened> opened_;
  std::unique_ptr<node::Client> client_;
  std::vector<std::unique_ptr<crypto::Signer>> signers_;
  std::unique_ptr<Directory> directory_;
};

// The client's records as the checker takes them.
[[nodiscard]] FinalityProofRecords records_of(const node::FinalityRecords& records);
[[nodiscard]] ReceiptRecords records_of(const node::ReceiptAnswer& answer);

[[nodiscard]] TimestampMs wall_now();

}  // namespace huangpu::tools
