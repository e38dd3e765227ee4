#include "tools/signer/signer_home.hpp"

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <system_error>
#include <utility>

#include "crypto/keystore/new_key.hpp"
#include "crypto/keystore/private_file.hpp"
#include "crypto/pkcs11/open_signer.hpp"
#include "crypto/tls/certificate.hpp"
#include "ledger/genesis/genesis.hpp"
#include "ledger/store/text_file.hpp"
#include "node/tls/tls_files.hpp"

namespace huangpu::tools {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kConfigBytesMax = 1 << 20;
constexpr std::uint32_t kCertificateDays = 825;
constexpr std::chrono::seconds kConnectPatience{2};

Status make_private_folder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (!error) fs::permissions(path, fs::perms::owner_all, error);
  if (error) return fail(Errc::kIo, path.string() + ": " + error.message());
  return {};
}

struct ListedKey {
  SignerKeyEntry entry;
  crypto::PublicKey key;
};

fs::path record_folder(const fs::path& home, const crypto::PublicKey& key) {
  return home / "record" / key.id().value().hex().substr(0, 16);
}

Result<ListedKey> take_key(const fs::path& home, const fs::path& file,
                           const fs::path& passphrase_file) {
  HP_TRY_ASSIGN(const crypto::KeyAt at, crypto::look_at_key(file));
  if (at.purpose != crypto::KeyPurpose::kConsensus)
    return fail(Errc::kDenied, file.string() + ": this is no consensus key");
  ListedKey listed{{}, at.public_key};
  listed.entry.file = fs::absolute(file).lexically_normal();
  if (!passphrase_file.empty())
    listed.entry.passphrase_file = fs::absolute(passphrase_file).lexically_normal();
  listed.entry.record = record_folder(home, listed.key);
  return listed;
}

Result<ListedKey> make_key(const fs::path& home, crypto::SuiteId suite) {
  HP_TRY(make_private_folder(home / "keys"));
  HP_TRY_ASSIGN(const crypto::NewKey made, crypto::make_new_key(crypto::KeyPurpose::kConsensus,
                                                                suite, home / "keys", "consensus"));
  ListedKey listed{{}, made.public_key};
  listed.entry.file = made.file;
  listed.entry.passphrase_file = made.passphrase_file;
  listed.entry.record = record_folder(home, listed.key);
  return listed;
}

Status create_first_record(const SignerConfig& config, const ListedKey& listed) {
  HP_TRY(make_private_folder(listed.entry.record));
  return node::SignRecordFiles::create(ledger::posix_file_system(),
                                       record_place(config, listed.entry, listed.key));
}

bool has_record(const fs::path& folder) {
  std::error_code error;
  const fs::directory_iterator files(folder, error);
  if (error) return false;
  return std::ranges::any_of(
      files, [](const fs::directory_entry& each) { return each.path().extension() == ".signed"; });
}

bool accepts_connections(const node::Endpoint& endpoint) {
  boost::asio::ip::tcp::iostream stream;
  stream.expires_after(kConnectPatience);
  stream.connect(endpoint.host, std::to_string(endpoint.port));
  return static_cast<bool>(stream);
}

Result<crypto::Digest> certificate_pin(const SignerConfig& config) {
  HP_TRY_ASSIGN(const std::string pem,
                ledger::read_text_file(config.tls.certificate, crypto::kPemBytesMax));
  return crypto::spki_pin(pem);
}

}  // namespace

node::SignRecordFiles::Place record_place(const SignerConfig& config, const SignerKeyEntry& key,
                                          const crypto::PublicKey& public_key) {
  node::SignRecordFiles::Place place;
  place.folder = key.record.string();
  place.genesis = config.chain;
  place.key = public_key.id();
  return place;
}

Result<SignerConfig> load_signer_config(const fs::path& home) {
  HP_TRY_ASSIGN(const std::string text,
                ledger::read_text_file(home / "signer.toml", kConfigBytesMax));
  return parse_signer_config(text, home);
}

Result<SignerCard> create_signer(const NewSigner& plan) {
  const fs::path home = fs::absolute(plan.home).lexically_normal();
  std::error_code error;
  if (fs::exists(home / "signer.toml", error))
    return fail(Errc::kAlreadyExists, home.string() + " holds a signer already");
  SignerConfig config;
  crypto::SuiteId suite{};
  if (!plan.genesis.empty()) {
    HP_TRY_ASSIGN(const std::string text,
                  ledger::read_text_file(plan.genesis, ledger::kGenesisTextBytesMax));
    HP_TRY_ASSIGN(const ledger::Genesis genesis, ledger::parse_genesis(text));
    config.chain = ledger::chain_id(genesis).value();
    suite = genesis.suite;
  } else {
    HP_TRY_ASSIGN(config.chain, crypto::Digest::parse_hex(plan.chain));
    if (plan.key.empty())
      return fail(Errc::kInvalidArgument,
                  "a key is made for the suite of a chain: give --genesis, or --key");
  }
  HP_TRY_ASSIGN(config.listen, node::parse_endpoint(plan.listen));
  config.tls = {home / "tls" / "signer.crt", home / "tls" / "signer.key"};
  for (std::size_t i = 0; i < plan.client_pins.size(); ++i) {
    SignerClientEntry client{"node-" + std::to_string(i + 1), {}};
    HP_TRY_ASSIGN(client.pin, crypto::Digest::parse_hex(plan.client_pins[i]));
    config.clients.push_back(client);
  }
  HP_TRY(make_private_folder(home));
  HP_TRY(make_private_folder(home / "tls"));
  HP_TRY_ASSIGN(const ListedKey listed, plan.key.empty()
                                            ? make_key(home, suite)
                                            : take_key(home, plan.key, plan.passphrase_file));
  config.keys.push_back(listed.entry);
  const std::vector<std::string> hosts =
      plan.hosts.empty() ? std::vector<std::string>{"127.0.0.1", "localhost"} : plan.hosts;
  HP_TRY_ASSIGN(const auto material,
                crypto::make_certificate("huangpu-signer", hosts, kCertificateDays));
  HP_TRY(crypto::save_private_pem(config.tls.key, material.key_pem));
  HP_TRY(ledger::write_new_text_file(config.tls.certificate, material.cert_pem));
  HP_TRY(create_first_record(config, listed));
  // Written last: a home with a configuration is complete.
  HP_TRY(ledger::write_new_text_file(home / "signer.toml", signer_config_text(config, home)));
  HP_TRY_ASSIGN(const crypto::Digest pin, crypto::spki_pin(material.cert_pem));
  return SignerCard{listed.key, pin};
}

Result<SignerCard> add_key(const fs::path& home_path, const fs::path& key,
                           const fs::path& passphrase_file) {
  const fs::path home = fs::absolute(home_path).lexically_normal();
  HP_TRY_ASSIGN(const std::string text,
                ledger::read_text_file(home / "signer.toml", kConfigBytesMax));
  HP_TRY_ASSIGN(const SignerConfig config, parse_signer_config(text, home));
  HP_TRY_ASSIGN(const crypto::KeyAt first, crypto::look_at_key(config.keys.front().file));
  if (!key.empty()) {
    HP_TRY_ASSIGN(const crypto::KeyAt at, crypto::look_at_key(key));
    if (at.public_key.suite() != first.public_key.suite())
      return fail(Errc::kConfig, key.string() + ": its suite is not that of this signer's chain");
    for (const SignerKeyEntry& each : config.keys) {
      HP_TRY_ASSIGN(const crypto::KeyAt listed, crypto::look_at_key(each.file));
      if (listed.public_key == at.public_key)
        return fail(Errc::kAlreadyExists, "signer.toml lists this key already");
    }
  }
  HP_TRY_ASSIGN(const ListedKey listed, key.empty() ? make_key(home, first.public_key.suite())
                                                    : take_key(home, key, passphrase_file));
  const std::string longer = text + signer_key_text(listed.entry, home);
  HP_TRY(parse_signer_config(longer, home));
  HP_TRY(create_first_record(config, listed));
  // Last, as in init: a key that is listed has its record.
  HP_TRY(crypto::write_private_file(home / "signer.toml", as_bytes(longer),
                                    crypto::IfExists::kReplace));
  HP_TRY_ASSIGN(const crypto::Digest pin, certificate_pin(config));
  return SignerCard{listed.key, pin};
}

Result<SignerStatus> signer_status(const fs::path& home) {
  SignerStatus status;
  HP_TRY_ASSIGN(status.config, load_signer_config(fs::absolute(home).lexically_normal()));
  HP_TRY_ASSIGN(const std::string pem,
                ledger::read_text_file(status.config.tls.certificate, crypto::kPemBytesMax));
  HP_TRY_ASSIGN(status.pin, crypto::spki_pin(pem));
  HP_TRY_ASSIGN(status.certificate_end, crypto::not_after(pem));
  status.days_left = node::days_until(status.certificate_end);
  for (const SignerKeyEntry& entry : status.config.keys) {
    HP_TRY_ASSIGN(const crypto::KeyAt at, crypto::look_at_key(entry.file));
    status.keys.push_back(
        {at.public_key, entry, at.place == crypto::KeyPlace::kToken, has_record(entry.record)});
  }
  status.answers = accepts_connections(status.config.listen);
  return status;
}

}  // namespace huangpu::tools
