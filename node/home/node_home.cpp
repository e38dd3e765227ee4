#include "node/home/node_home.hpp"

#include <system_error>
#include <utility>

#include "crypto/keystore/passphrase.hpp"
#include "crypto/keystore/private_file.hpp"
#include "crypto/pkcs11/open_signer.hpp"
#include "crypto/tls/certificate.hpp"
#include "ledger/genesis/genesis.hpp"
#include "ledger/store/file_system.hpp"
#include "ledger/store/text_file.hpp"
#include "node/driver/vote_log_files.hpp"
#include "node/replica/first_epoch.hpp"

namespace huangpu::node {

namespace fs = std::filesystem;

namespace {

Status make_private_folder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return fail(Errc::kIo, path.string() + ": " + error.message());
  fs::permissions(path, fs::perms::owner_all, error);
  if (error) return fail(Errc::kIo, path.string() + ": " + error.message());
  return {};
}

Status write_certificate(const NewNode& node, const TlsFiles& files) {
  HP_TRY_ASSIGN(const auto material,
                crypto::make_certificate(node.config.node.name, node.hosts, node.certificate_days));
  HP_TRY(make_private_folder(files.key.parent_path()));
  HP_TRY(crypto::save_private_pem(files.key, material.key_pem));
  return ledger::write_new_text_file(files.certificate, material.cert_pem);
}

Result<crypto::SecretBytes> passphrase_of(const SignerSection& signer, const std::string& what) {
  if (!signer.passphrase_file.empty()) return crypto::passphrase_from_file(signer.passphrase_file);
  if (signer.passphrase_descriptor != 0)
    return crypto::passphrase_from_descriptor(static_cast<int>(signer.passphrase_descriptor));
  return crypto::passphrase_from_prompt(what, /*confirm=*/false);
}

// Text, since it is kept in a file; never in memory that is not wiped.
crypto::SecretBytes random_passphrase() {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const crypto::SecretBytes random = crypto::SecretBytes::random(24);
  crypto::SecretBytes text(random.size() * 2);
  for (std::size_t i = 0; i < random.size(); ++i) {
    text.writable()[2 * i] = static_cast<std::uint8_t>(kDigits[random.view()[i] >> 4]);
    text.writable()[2 * i + 1] = static_cast<std::uint8_t>(kDigits[random.view()[i] & 15]);
  }
  return text;
}

struct KeyFiles {
  fs::path file;
  fs::path passphrase_file;
};

// A new consensus key, sealed with `passphrase`. Without one, a random one is made and kept beside
// it. `place` says where, by the public key.
template <class Place>
Result<crypto::PublicKey> make_key_file(crypto::SuiteId suite, const crypto::KdfCost& cost,
                                        const crypto::SecretBytes& passphrase, Place place) {
  const crypto::SecretBytes made = passphrase.empty() ? random_passphrase() : crypto::SecretBytes{};
  HP_TRY_ASSIGN(const crypto::SecretKey key, crypto::generate_key(suite));
  crypto::KeyFileOptions options;
  options.cost = cost;
  HP_TRY_ASSIGN(const crypto::KeyFile file,
                crypto::create_key_file(crypto::KeyPurpose::kConsensus, key,
                                        made.empty() ? passphrase : made, options));
  const KeyFiles at = place(file.public_key);
  HP_TRY(make_private_folder(at.file.parent_path()));
  if (!made.empty()) {
    HP_TRY(crypto::write_private_file(at.passphrase_file, made.view(), crypto::IfExists::kRefuse));
  }
  HP_TRY(crypto::save_key_file(file, at.file));
  return file.public_key;
}

Result<crypto::PublicKey> consensus_public_key(const SignerSection& signer) {
  if (signer.kind == KeyKind::kRemote) return crypto::PublicKey::parse(signer.remote.public_key);
  HP_TRY_ASSIGN(const crypto::KeyAt key, crypto::look_at_key(signer.key));
  if (key.purpose != crypto::KeyPurpose::kConsensus)
    return fail(Errc::kDenied, signer.key.string() + ": this is no consensus key");
  const bool token = key.place == crypto::KeyPlace::kToken;
  if (token != (signer.kind == KeyKind::kPkcs11)) {
    return fail(Errc::kConfig,
                signer.key.string() + (token ? " names a key in a token: signer.kind "
                                               "must be \"pkcs11\""
                                             : " is a key file: signer.kind must be "
                                               "\"file\""));
  }
  return key.public_key;
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
  if (config.signer.kind == KeyKind::kFile) {
    HP_TRY(make_key_file(node.suite, node.cost, node.passphrase, [&](const crypto::PublicKey&) {
      return KeyFiles{config.signer.key, config.signer.passphrase_file};
    }));
  }
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

Result<NextKey> make_next_key(const NodeConfig& config, const fs::path& token_key,
                              const crypto::KdfCost& cost) {
  if (config.signer.kind == KeyKind::kRemote) {
    return fail(Errc::kConfig,
                "this node's key is at a remote signer: a next key is not made here");
  }
  if ((config.signer.kind == KeyKind::kPkcs11) != !token_key.empty()) {
    return fail(Errc::kConfig, config.signer.kind == KeyKind::kPkcs11
                                   ? "signer.kind is \"pkcs11\": give --token-key"
                                   : "signer.kind is \"file\": a token key cannot follow it");
  }
  HP_TRY_ASSIGN(const std::string text,
                ledger::read_text_file(config.node.genesis, ledger::kGenesisTextBytesMax));
  HP_TRY_ASSIGN(const ledger::Genesis genesis, ledger::parse_genesis(text));
  NextKey next;
  if (token_key.empty()) {
    // Names of their own, so that one rotation can follow another.
    const auto place = [&](const crypto::PublicKey& key) {
      const std::string name = "consensus-" + key.id().hex().substr(0, 8);
      next.file = config.home / "keys" / (name + ".json");
      next.passphrase_file = config.home / "keys" / (name + ".passphrase");
      return KeyFiles{next.file, next.passphrase_file};
    };
    HP_TRY_ASSIGN(next.key, make_key_file(genesis.suite, cost, {}, place));
  } else {
    SignerSection signer = config.signer;
    signer.key = fs::absolute(token_key);
    HP_TRY_ASSIGN(next.key, consensus_public_key(signer));
    if (next.key.suite() != genesis.suite)
      return fail(Errc::kConfig, "the token's key is not of the chain's suite");
    next.file = signer.key;
  }
  next.sign_state_dir = config.home / ("sign-state-" + next.key.id().hex().substr(0, 8));
  HP_TRY(make_private_folder(next.sign_state_dir));
  HP_TRY(VoteLogFiles::create_sign_state(ledger::posix_file_system(), next.sign_state_dir.string(),
                                         chain_context(genesis).genesis, next.key.id()));
  return next;
}

Result<std::unique_ptr<crypto::Signer>> open_consensus_key(const NodeConfig& config) {
  HP_TRY(consensus_public_key(config.signer));
  return crypto::open_signer(
      config.signer.key, crypto::KeyPurpose::kConsensus,
      [&config](const std::string& what) { return passphrase_of(config.signer, what); });
}

}  // namespace huangpu::node
