#include "node/home/next_key.hpp"

#include <system_error>
#include <utility>

#include "crypto/keystore/new_key.hpp"
#include "crypto/tls/certificate.hpp"
#include "ledger/genesis/genesis.hpp"
#include "ledger/store/file_system.hpp"
#include "ledger/store/text_file.hpp"
#include "node/driver/vote_log_files.hpp"
#include "node/home/home_files.hpp"
#include "node/replica/first_epoch.hpp"

namespace huangpu::node {

namespace fs = std::filesystem;

namespace {

constexpr std::uint32_t kCertificateDays = 825;

Status make_key_file(const NodeConfig& config, const NextKeyPlan& plan, crypto::SuiteId suite,
                     NextKey& next) {
  const fs::path folder = config.home / "keys";
  HP_TRY(make_private_folder(folder));
  crypto::KeyFileOptions options;
  options.cost = plan.cost;
  HP_TRY_ASSIGN(
      const crypto::NewKey made,
      crypto::make_new_key(crypto::KeyPurpose::kConsensus, suite, folder, "consensus", options));
  next.key = made.public_key;
  next.section.kind = KeyKind::kFile;
  next.section.key = made.file;
  next.section.passphrase_file = made.passphrase_file;
  return {};
}

Status take_token_key(const NodeConfig& config, const NextKeyPlan& plan, NextKey& next) {
  next.section.kind = KeyKind::kPkcs11;
  next.section.key = fs::absolute(plan.token_key).lexically_normal();
  if (!plan.pin_file.empty()) {
    next.section.passphrase_file = fs::absolute(plan.pin_file).lexically_normal();
  } else if (config.signer.kind == KeyKind::kPkcs11) {
    next.section.passphrase_file = config.signer.passphrase_file;
  }
  HP_TRY_ASSIGN(next.key, consensus_public_key(next.section));
  return {};
}

Status take_remote_key(const NodeConfig& config, const RemoteKeyPlan& plan, NextKey& next) {
  const RemoteSignerSection& present = config.signer.remote;
  RemoteSignerSection& remote = next.section.remote;
  const bool same_signer = config.signer.kind == KeyKind::kRemote;
  if (!same_signer && (plan.server_pin.empty() || !plan.endpoint)) {
    return fail(Errc::kConfig,
                "the key in office is at no remote signer: name pin and endpoint of the one that "
                "holds the next key");
  }
  next.section.kind = KeyKind::kRemote;
  remote.public_key = plan.public_key;
  remote.server_pin = plan.server_pin.empty() ? present.server_pin : plan.server_pin;
  remote.endpoint = plan.endpoint.value_or(present.endpoint);
  remote.call_timeout = present.call_timeout;
  if (same_signer) remote.tls = present.tls;
  if (!crypto::Digest::parse_hex(remote.server_pin))
    return fail(Errc::kConfig, "the signer's pin must have 64 hexadecimal digits");
  HP_TRY_ASSIGN(next.key, consensus_public_key(next.section));
  return {};
}

// What the node shows to a signer. One certificate serves for all signers.
Status ensure_client_certificate(const NodeConfig& config, NextKey& next) {
  const TlsFiles& tls = next.section.remote.tls;
  std::error_code error;
  if (!fs::exists(tls.certificate, error) && !fs::exists(tls.key, error))
    HP_TRY(make_tls_files(tls, config.node.name, {"127.0.0.1", "localhost"}, kCertificateDays));
  HP_TRY_ASSIGN(const std::string pem,
                ledger::read_text_file(tls.certificate, crypto::kPemBytesMax));
  HP_TRY_ASSIGN(next.signer_client_pin, crypto::spki_pin(pem));
  return {};
}

}  // namespace

Result<NextKey> make_next_key(const NodeConfig& config, const NextKeyPlan& plan) {
  if (!plan.token_key.empty() && plan.remote)
    return fail(Errc::kConfig, "the next key is either in a token or at a remote signer");
  HP_TRY_ASSIGN(const std::string text,
                ledger::read_text_file(config.node.genesis, ledger::kGenesisTextBytesMax));
  HP_TRY_ASSIGN(const ledger::Genesis genesis, ledger::parse_genesis(text));
  HP_TRY_ASSIGN(const crypto::PublicKey present, consensus_public_key(config.signer));
  NextKey next;
  next.section = default_config(config.home).signer.next;
  if (plan.remote) {
    HP_TRY(take_remote_key(config, *plan.remote, next));
  } else if (!plan.token_key.empty()) {
    HP_TRY(take_token_key(config, plan, next));
  } else {
    HP_TRY(make_key_file(config, plan, genesis.suite, next));
  }
  if (next.key.suite() != genesis.suite)
    return fail(Errc::kConfig, "the next key is not of the chain's suite");
  if (next.key == present)
    return fail(Errc::kConfig, "the next key is the key in office: a rotation needs another one");
  if (plan.remote) HP_TRY(ensure_client_certificate(config, next));
  // A name of its own, so that one rotation can follow another.
  next.section.sign_state_dir = config.home / ("sign-state-" + next.key.id().hex().substr(0, 8));
  HP_TRY(make_private_folder(next.section.sign_state_dir));
  HP_TRY(VoteLogFiles::create_sign_state(ledger::posix_file_system(),
                                         next.section.sign_state_dir.string(),
                                         chain_context(genesis).genesis, next.key.id()));
  return next;
}

}  // namespace huangpu::node
