#include "tools/wallet/session.hpp"

#include <algorithm>

#include "crypto/base/assert.hpp"
#include "crypto/keystore/passphrase.hpp"
#include "crypto/pkcs11/open_signer.hpp"
#include "crypto/sign/public_key_pem.hpp"
#include "crypto/sign/verifier.hpp"
#include "crypto/tls/certificate.hpp"
#include "ledger/store/text_file.hpp"

namespace huangpu::tools {

namespace fs = std::filesystem;

struct Session::Opened {
  Profile profile;
  ledger::Genesis genesis;
  ProofChecker checker;
};

Session::Session(GlobalOptions options) : options_(std::move(options)) {}
Session::~Session() = default;

std::chrono::milliseconds Session::timeout() const {
  constexpr std::uint64_t kSecondsMax = 86'400;
  return std::chrono::seconds(std::min(options_.timeout_seconds, kSecondsMax));
}

Status Session::open() {
  if (opened_ != nullptr) return {};
  HP_TRY_ASSIGN(Profile profile, load_profile(options_.wallet));
  HP_TRY_ASSIGN(ledger::Genesis genesis, load_genesis(profile));
  HP_TRY_ASSIGN(ProofChecker checker, ProofChecker::make(genesis, crypto::default_verifier()));
  opened_ =
      std::make_unique<Opened>(Opened{std::move(profile), std::move(genesis), std::move(checker)});
  return {};
}

Status Session::open_if_there() {
  std::error_code error;
  if (!fs::exists(options_.wallet / "wallet.toml", error)) return {};
  return open();
}

const Profile& Session::profile() const {
  HP_ASSERT(opened_ != nullptr, "a command used the wallet before it opened it");
  return opened_->profile;
}
const ledger::Genesis& Session::genesis() const {
  HP_ASSERT(opened_ != nullptr, "a command used the genesis document before it opened the wallet");
  return opened_->genesis;
}
const ProofChecker& Session::checker() const {
  HP_ASSERT(opened_ != nullptr, "a command used the checker before it opened the wallet");
  return opened_->checker;
}
ledger::ParticipantId Session::self() const { return profile().participant; }

Result<node::Client*> Session::client() {
  if (client_ != nullptr) return client_.get();
  const Profile& wallet = profile();
  node::ClientConfig config;
  for (const ProfileNode& entry : wallet.nodes) {
    config.endpoints.push_back({entry.address, entry.pin});
  }
  HP_TRY_ASSIGN(config.certificate_pem,
                ledger::read_text_file(wallet.resolve(wallet.certificate), crypto::kPemBytesMax));
  HP_TRY_ASSIGN(config.key_pem, crypto::load_private_pem(wallet.resolve(wallet.tls_key)));
  config.call_timeout = std::max<std::chrono::milliseconds>(timeout(), std::chrono::seconds(1));
  HP_TRY_ASSIGN(client_, node::Client::connect(std::move(config)));
  return client_.get();
}

fs::path Session::key_path(const fs::path& name) const {
  if (name.has_parent_path() || name.has_extension() || !has_wallet()) return name;
  return profile().resolve(fs::path("keys") / (name.string() + ".json"));
}

Result<crypto::SecretBytes> Session::passphrase(const std::string& prompt, bool confirm) {
  if (!options_.passphrase_file.empty()) {
    return crypto::passphrase_from_file(options_.passphrase_file);
  }
  if (options_.passphrase_descriptor >= 0) {
    return crypto::passphrase_from_descriptor(options_.passphrase_descriptor);
  }
  if (has_wallet() && !profile().passphrase_file.empty()) {
    return crypto::passphrase_from_file(profile().resolve(profile().passphrase_file));
  }
  if (!is_terminal(0)) {
    return fail(Errc::kInvalidArgument,
                "a passphrase is needed and nobody can be asked: use --passphrase-file or "
                "--passphrase-fd");
  }
  return crypto::passphrase_from_prompt(prompt, confirm);
}

Result<crypto::SecretBytes> Session::pin(const std::string& prompt) const {
  if (!options_.pin_file.empty()) return crypto::passphrase_from_file(options_.pin_file);
  if (options_.pin_descriptor >= 0) {
    return crypto::passphrase_from_descriptor(options_.pin_descriptor);
  }
  if (!is_terminal(0)) {
    return fail(Errc::kInvalidArgument,
                "a token's PIN is needed and nobody can be asked: use --pin-file or --pin-fd");
  }
  return crypto::passphrase_from_prompt(prompt, false);
}

Result<std::unique_ptr<crypto::Signer>> Session::open_key(const fs::path& path) {
  HP_TRY_ASSIGN(const crypto::KeyAt at, crypto::look_at_key(key_path(path)));
  return crypto::open_signer(
      key_path(path), crypto::KeyPurpose::kParticipant, [this, &at](const std::string& what) {
        return at.place == crypto::KeyPlace::kToken ? pin(what) : passphrase(what, false);
      });
}

Result<crypto::PublicKey> Session::public_key(const fs::path& name) const {
  fs::path resolved = key_path(name);
  std::error_code error;
  if (!fs::exists(resolved, error) && resolved.extension() == ".json") {
    resolved.replace_extension(kPublicKeyExtension);
    if (!fs::exists(resolved, error)) resolved.replace_extension(".json");
  }
  if (resolved.extension() == ".json") {
    HP_TRY_ASSIGN(const auto key, crypto::look_at_key(resolved));
    return key.public_key;
  }
  HP_TRY_ASSIGN(const std::string text, ledger::read_text_file(resolved, crypto::kPemBytesMax));
  auto key = crypto::read_public_key(text);
  if (!key) return fail(key.error(), resolved.string());
  return key;
}

Result<crypto::KeyId> Session::key_id(const std::string& text) const {
  if (const auto digest = crypto::Digest::parse_hex(text)) return crypto::KeyId{*digest};
  HP_TRY_ASSIGN(const auto key, public_key(text));
  return key.id();
}

void Session::sign_with(std::vector<fs::path> keys) {
  options_.keys = std::move(keys);
  signers_.clear();
}

std::vector<fs::path> Session::signer_names() const {
  if (!options_.keys.empty()) return options_.keys;
  return {profile().resolve(profile().default_key)};
}

Result<std::vector<crypto::Signer*>> Session::signers() {
  if (signers_.empty()) {
    std::vector<std::unique_ptr<crypto::Signer>> opened;
    for (const fs::path& path : signer_names()) {
      HP_TRY_ASSIGN(auto signer, open_key(path));
      for (const auto& other : opened) {
        if (other->public_key() == signer->public_key()) {
          return fail(Errc::kInvalidArgument,
                      "--key names one key twice: " + path.string() + "; each key signs once");
        }
      }
      opened.push_back(std::move(signer));
    }
    signers_ = std::move(opened);
  }
  std::vector<crypto::Signer*> result;
  for (const auto& signer : signers_) result.push_back(signer.get());
  return result;
}

Result<AccountText> Session::account(std::string_view text) const {
  return parse_account(genesis(), self(), text);
}

Directory& Session::directory() {
  if (directory_ == nullptr) directory_ = std::make_unique<Directory>(genesis());
  return *directory_;
}

FinalityProofRecords records_of(const node::FinalityRecords& records) {
  FinalityProofRecords result;
  result.commit_message = records.commit_message;
  result.certified_message = records.certified_message;
  result.certificate = records.commit_certificate;
  result.history_path = records.history_path;
  for (const auto& epoch : records.epochs) {
    result.epochs.push_back(
        {epoch.boundary_message, epoch.boundary_certificate, epoch.next_epoch_record});
  }
  return result;
}

ReceiptRecords records_of(const node::ReceiptAnswer& answer) {
  ReceiptRecords records;
  records.body = answer.body;
  records.receipt = answer.receipt;
  records.path = answer.path;
  if (answer.finality != nullptr) records.finality = records_of(*answer.finality);
  return records;
}

TimestampMs wall_now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return TimestampMs{static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(since).count())};
}

}  // namespace huangpu::tools
