#include "tools/signer/signer_home.hpp"

#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <mutex>
#include <optional>
#include <system_error>
#include <utility>

#include "crypto/keystore/passphrase.hpp"
#include "crypto/pkcs11/open_signer.hpp"
#include "crypto/self_test.hpp"
#include "crypto/tls/certificate.hpp"
#include "ledger/genesis/genesis.hpp"
#include "ledger/store/text_file.hpp"
#include "node/signer/signer_server.hpp"
#include "node/telemetry/log.hpp"

namespace huangpu::tools {
namespace {

namespace fs = std::filesystem;
using node::LogEvent;
using node::LogLevel;

constexpr std::size_t kConfigBytesMax = 1 << 20;
constexpr std::uint32_t kCertificateDays = 825;

Result<SignerConfig> load(const fs::path& home) {
  HP_TRY_ASSIGN(const std::string text,
                ledger::read_text_file(home / "signer.toml", kConfigBytesMax));
  return parse_signer_config(text, home);
}

Status make_private_folder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (!error) fs::permissions(path, fs::perms::owner_all, error);
  if (error) return fail(Errc::kIo, path.string() + ": " + error.message());
  return {};
}

Result<crypto::SecretBytes> secret_of(const SignerKeyEntry& key, const std::string& what) {
  if (!key.passphrase_file.empty()) return crypto::passphrase_from_file(key.passphrase_file);
  if (key.passphrase_descriptor != 0)
    return crypto::passphrase_from_descriptor(static_cast<int>(key.passphrase_descriptor));
  return crypto::passphrase_from_prompt(what, /*confirm=*/false);
}

node::SignRecordFiles::Place place_of(const SignerConfig& config, const SignerKeyEntry& key,
                                      const crypto::PublicKey& public_key) {
  node::SignRecordFiles::Place place;
  place.folder = key.record.string();
  place.genesis = config.chain;
  place.key = public_key.id();
  return place;
}

Status create_first_record(const SignerConfig& config, const SignerKeyEntry& key) {
  HP_TRY_ASSIGN(const crypto::KeyAt at, crypto::look_at_key(key.file));
  HP_TRY(make_private_folder(key.record));
  return node::SignRecordFiles::create(ledger::posix_file_system(),
                                       place_of(config, key, at.public_key));
}

// Waits for SIGTERM or SIGINT, or for the first failure of a record.
class Ending {
 public:
  Ending() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT, SIGUSR1}) sigaddset(&signals, signal);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    fd_ = signalfd(-1, &signals, SFD_CLOEXEC);
  }
  ~Ending() {
    if (fd_ >= 0) close(fd_);
  }
  Ending(const Ending&) = delete;
  Ending& operator=(const Ending&) = delete;

  void fail_with(const Error& error) {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = error;
    kill(getpid(), SIGUSR1);
  }
  Status wait() {
    signalfd_siginfo info{};
    while (read(fd_, &info, sizeof(info)) != static_cast<ssize_t>(sizeof(info))) {
    }
    const std::lock_guard lock(mutex_);
    if (failure_) return tl::unexpected<Error>(*failure_);
    return {};
  }

 private:
  int fd_ = -1;
  std::mutex mutex_;
  std::optional<Error> failure_;
};

Result<std::unique_ptr<node::SigningDesk>> open_desk(const SignerConfig& config,
                                                     const SignerKeyEntry& entry, Ending& ending) {
  HP_TRY_ASSIGN(auto key, crypto::open_signer(entry.file, crypto::KeyPurpose::kConsensus,
                                              [&entry](const std::string& what) {
                                                return secret_of(entry, what);
                                              }));
  HP_TRY_ASSIGN(auto record,
                node::SignRecordFiles::open(ledger::posix_file_system(),
                                            place_of(config, entry, key->public_key())));
  node::log(LogLevel::kInfo, LogEvent::kStoreOpened, "the signing record is open",
            {{"key", key->public_key().id().value().hex().substr(0, 16)},
             {"epoch", std::to_string(record->guard().newest_epoch().value())},
             {"view", std::to_string(record->guard().highest_view().value())},
             {"torn_bytes", std::to_string(record->torn_bytes())}});
  return std::make_unique<node::SigningDesk>(
      std::move(key), std::move(record), static_cast<std::uint64_t>(config.lease.count()),
      [&ending](const Error& error) { ending.fail_with(error); });
}

}  // namespace

Result<SignerCard> create_signer(const NewSigner& plan) {
  const fs::path home = fs::absolute(plan.home);
  std::error_code error;
  if (fs::exists(home / "signer.toml", error))
    return fail(Errc::kAlreadyExists, home.string() + " holds a signer already");
  SignerConfig config;
  if (!plan.genesis.empty()) {
    HP_TRY_ASSIGN(const std::string text,
                  ledger::read_text_file(plan.genesis, ledger::kGenesisTextBytesMax));
    HP_TRY_ASSIGN(const ledger::Genesis genesis, ledger::parse_genesis(text));
    config.chain = ledger::chain_id(genesis).value();
  } else {
    HP_TRY_ASSIGN(config.chain, crypto::Digest::parse_hex(plan.chain));
  }
  HP_TRY_ASSIGN(config.listen, node::parse_endpoint(plan.listen));
  HP_TRY_ASSIGN(const crypto::KeyAt key, crypto::look_at_key(plan.key));
  if (key.purpose != crypto::KeyPurpose::kConsensus)
    return fail(Errc::kDenied, plan.key.string() + ": this is no consensus key");
  SignerKeyEntry entry;
  entry.file = fs::absolute(plan.key);
  if (!plan.passphrase_file.empty()) entry.passphrase_file = fs::absolute(plan.passphrase_file);
  entry.record = home / "record" / key.public_key.id().value().hex().substr(0, 16);
  config.keys.push_back(entry);
  config.tls = {home / "tls" / "signer.crt", home / "tls" / "signer.key"};
  for (std::size_t i = 0; i < plan.client_pins.size(); ++i) {
    SignerClientEntry client{"node-" + std::to_string(i + 1), {}};
    HP_TRY_ASSIGN(client.pin, crypto::Digest::parse_hex(plan.client_pins[i]));
    config.clients.push_back(client);
  }
  HP_TRY(make_private_folder(home));
  HP_TRY(make_private_folder(home / "tls"));
  const std::vector<std::string> hosts =
      plan.hosts.empty() ? std::vector<std::string>{"127.0.0.1", "localhost"} : plan.hosts;
  HP_TRY_ASSIGN(const auto material,
                crypto::make_certificate("huangpu-signer", hosts, kCertificateDays));
  HP_TRY(crypto::save_private_pem(config.tls.key, material.key_pem));
  HP_TRY(ledger::write_new_text_file(config.tls.certificate, material.cert_pem));
  HP_TRY(create_first_record(config, entry));
  // Written last: a home with a configuration is complete.
  HP_TRY(ledger::write_new_text_file(home / "signer.toml", signer_config_text(config, home)));
  HP_TRY_ASSIGN(const crypto::Digest pin, crypto::spki_pin(material.cert_pem));
  return SignerCard{key.public_key, pin};
}

Status create_record(const fs::path& home_path, const fs::path& key_file) {
  const fs::path home = fs::absolute(home_path);
  HP_TRY_ASSIGN(const SignerConfig config, load(home));
  for (const SignerKeyEntry& key : config.keys) {
    if (key.file == fs::absolute(key_file).lexically_normal())
      return create_first_record(config, key);
  }
  return fail(Errc::kNotFound, "signer.toml lists no [[key]] with the file " + key_file.string());
}

Status run_signer(const fs::path& home_path) {
  const fs::path home = fs::absolute(home_path);
  const rlimit none{0, 0};
  static_cast<void>(setrlimit(RLIMIT_CORE, &none));
  HP_TRY(crypto::self_test());
  Ending ending;  // before any thread, so that all of them leave the signals to it
  HP_TRY_ASSIGN(const SignerConfig config, load(home));
  HP_TRY(node::open_log(node::LogSection{}, "signer", nullptr));
  std::vector<std::unique_ptr<node::SigningDesk>> desks;
  std::vector<node::SigningDesk*> served;
  for (const SignerKeyEntry& entry : config.keys) {
    HP_TRY_ASSIGN(auto desk, open_desk(config, entry, ending));
    served.push_back(desk.get());
    desks.push_back(std::move(desk));
  }
  node::SignerServerConfig server;
  server.host = config.listen.host;
  server.port = config.listen.port;
  HP_TRY_ASSIGN(server.tls.cert_pem,
                ledger::read_text_file(config.tls.certificate, crypto::kPemBytesMax));
  HP_TRY_ASSIGN(server.tls.key_pem, crypto::load_private_pem(config.tls.key));
  for (const SignerClientEntry& client : config.clients) server.clients.push_back(client.pin);
  HP_TRY_ASSIGN(const auto serving,
                node::SignerServer::start(std::move(server), served, [](const std::string& what) {
                  node::log(LogLevel::kError, LogEvent::kSignRefused, what);
                }));
  node::log(LogLevel::kInfo, LogEvent::kNodeStarted, "the signer serves",
            {{"listen", to_text(config.listen)}, {"keys", std::to_string(desks.size())}});
  const Status ended = ending.wait();
  node::log(ended ? LogLevel::kInfo : LogLevel::kError,
            ended ? LogEvent::kNodeStopping : LogEvent::kNodeFailed,
            ended ? "stopping" : ended.error().message);
  return ended;
}

}  // namespace huangpu::tools
