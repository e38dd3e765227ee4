#include "node/home/node_home.hpp"

#include <system_error>
#include <utility>

#include "crypto/keystore/new_key.hpp"
#include "crypto/keystore/passphrase.hpp"
#include "crypto/keystore/private_file.hpp"
#include "crypto/pkcs11/open_signer.hpp"
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

Status write_certificate(const NewNode& node, const TlsFiles& files) {
  return make_tls_files(files, node.config.node.name, node.hosts, node.certificate_days);
}

Result<crypto::SecretBytes> passphrase_of(const ConsensusKeySection& signer,
                                          const std::string& what) {
  if (!signer.passphrase_file.empty()) return crypto::passphrase_from_file(signer.passphrase_file);
  if (signer.passphrase_descriptor != 0)
    return crypto::passphrase_from_descriptor(static_cast<int>(signer.passphrase_descriptor));
  return crypto::passphrase_from_prompt(what, /*confirm=*/false);
}

Status make_consensus_key(const NewNode& node) {
  const NodeConfig& config = node.config;
  HP_TRY(make_private_folder(config.signer.key.parent_path()));
  crypto::SecretBytes passphrase = node.passphrase.clone();
  if (passphrase.empty()) {
    passphrase = crypto::random_passphrase();
    HP_TRY(crypto::write_private_file(config.signer.passphrase_file, passphrase.view(),
                                      crypto::IfExists::kRefuse));
  }
  HP_TRY_ASSIGN(const crypto::SecretKey key, crypto::generate_key(node.suite));
  crypto::KeyFileOptions options;
  options.cost = node.cost;
  HP_TRY_ASSIGN(const crypto::KeyFile file,
                crypto::create_key_file(crypto::KeyPurpose::kConsensus, key, passphrase, options));
  return crypto::save_key_file(file, config.signer.key);
}

}  // namespace

Result<ValidatorCard> create_node(const NewNode& node) {
  const NodeConfig& config = node.config;
  std::error_code error;
  std::vector<fs::path> made{config.home / "config.toml"};
  if (config.signer.kind == KeyKind::kFile) made.push_back(config.signer.key);
  for (const fs::path& path : made) {
    if (fs::exists(path, error))
      return fail(Errc::kAlreadyExists, path.string() + " exists: a home is made only once");
  }
  HP_TRY(make_private_folder(config.home));
  HP_TRY(make_private_folder(config.node.data_dir));
  HP_TRY(make_private_folder(config.signer.sign_state_dir));
  if (config.signer.kind == KeyKind::kFile) HP_TRY(make_consensus_key(node));
  if (config.signer.kind == KeyKind::kRemote)
    HP_TRY(write_certificate(node, config.signer.remote.tls));
  HP_TRY(write_certificate(node, config.peers.tls));
  HP_TRY(write_certificate(node, config.client_api.tls));
  HP_TRY(ledger::write_new_text_file(config.home / "config.toml", config_text(config)));
  return read_card(config);
}

Result<ValidatorCard> read_card(const NodeConfig& config) {
  HP_TRY_ASSIGN(const crypto::PublicKey key, consensus_public_key(config.signer));
  HP_TRY_ASSIGN(const std::string certificate,
                ledger::read_text_file(config.peers.tls.certificate, crypto::kPemBytesMax));
  HP_TRY_ASSIGN(const crypto::Digest pin, crypto::spki_pin(certificate));
  ValidatorCard card{config.node.name, key, pin};
  if (config.signer.kind == KeyKind::kRemote) {
    HP_TRY_ASSIGN(
        const std::string own,
        ledger::read_text_file(config.signer.remote.tls.certificate, crypto::kPemBytesMax));
    HP_TRY_ASSIGN(card.signer_client_pin, crypto::spki_pin(own));
  }
  return card;
}

Status install_genesis(const NodeConfig& config, std::string_view genesis_text, JoinAs as) {
  std::error_code error;
  if (fs::exists(config.node.genesis, error)) {
    return fail(Errc::kAlreadyExists,
                config.node.genesis.string() +
                    " exists: a home belongs to one chain, and the record of what its key "
                    "signed is never made anew");
  }
  HP_TRY_ASSIGN(const ledger::Genesis genesis, ledger::parse_genesis(genesis_text));
  HP_TRY_ASSIGN(const ValidatorCard card, read_card(config));
  HP_TRY_ASSIGN(const consensus::EpochRecord epoch, first_epoch(genesis));
  const auto index = epoch.set.index_of(card.key);
  if (as == JoinAs::kNewcomer && index)
    return fail(Errc::kConfig, "the genesis document lists the consensus key of this home already");
  if (as == JoinAs::kFounder && !index) {
    return fail(Errc::kConfig,
                "the genesis document does not list the consensus key of this home (" +
                    card.key.to_string() + ")");
  }
  if (index && epoch.set.at(*index).tls_pin != card.tls_pin) {
    return fail(Errc::kConfig,
                "the genesis document lists another peer certificate for this validator: " +
                    epoch.set.at(*index).tls_pin.hex() + ", this home has " + card.tls_pin.hex());
  }
  HP_TRY(VoteLogFiles::create_sign_state(ledger::posix_file_system(),
                                         config.signer.sign_state_dir.string(),
                                         chain_context(genesis).genesis, card.key.id()));
  return ledger::write_new_text_file(config.node.genesis, genesis_text);
}

Result<std::unique_ptr<crypto::Signer>> open_consensus_key(const ConsensusKeySection& section) {
  HP_TRY(consensus_public_key(section));
  return crypto::open_signer(
      section.key, crypto::KeyPurpose::kConsensus,
      [&section](const std::string& what) { return passphrase_of(section, what); });
}

}  // namespace huangpu::node
