#include "tools/signer/signer_run.hpp"

#include <poll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "crypto/keystore/passphrase.hpp"
#include "crypto/pkcs11/open_signer.hpp"
#include "crypto/self_test.hpp"
#include "node/signer/signer_server.hpp"
#include "node/telemetry/log.hpp"
#include "node/tls/tls_files.hpp"
#include "tools/signer/signer_home.hpp"

namespace huangpu::tools {
namespace {

namespace fs = std::filesystem;
using node::LogEvent;
using node::LogLevel;

constexpr std::chrono::minutes kTlsLookEvery{1};

// SPEC R-5.
Result<crypto::SecretBytes> secret_of(const SignerKeyEntry& key, const std::string& what) {
  if (!key.passphrase_file.empty()) return crypto::passphrase_from_file(key.passphrase_file);
  if (key.passphrase_descriptor != 0)
    return crypto::passphrase_from_descriptor(static_cast<int>(key.passphrase_descriptor));
  return crypto::passphrase_from_prompt(what, /*confirm=*/false);
}

// What the main thread waits for: SIGTERM or SIGINT, the first failure of a record, SIGHUP, and a
// minute's end.
class Signals {
 public:
  Signals() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) sigaddset(&signals, signal);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    fd_ = signalfd(-1, &signals, SFD_CLOEXEC);
  }
  ~Signals() {
    if (fd_ >= 0) close(fd_);
  }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  void fail_with(const Error& error) {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = error;
    kill(getpid(), SIGUSR1);
  }
  // Returns when the process is to end, with the reason.
  Status wait(const std::function<void()>& hangup, const std::function<void()>& minute) {
    while (true) {
      pollfd ready{fd_, POLLIN, 0};
      const auto patience = std::chrono::milliseconds(kTlsLookEvery).count();
      const int found = poll(&ready, 1, static_cast<int>(patience));
      if (found == 0) minute();
      if (found <= 0) continue;
      signalfd_siginfo info{};
      if (read(fd_, &info, sizeof(info)) != static_cast<ssize_t>(sizeof(info))) continue;
      if (info.ssi_signo == SIGHUP) {
        hangup();
        continue;
      }
      const std::lock_guard lock(mutex_);
      if (failure_) return tl::unexpected<Error>(*failure_);
      return {};
    }
  }

 private:
  int fd_ = -1;
  std::mutex mutex_;
  std::optional<Error> failure_;
};

Result<std::unique_ptr<node::SigningDesk>> open_desk(const SignerConfig& config,
                                                     const SignerKeyEntry& entry,
                                                     Signals& signals) {
  HP_TRY_ASSIGN(auto key, crypto::open_signer(entry.file, crypto::KeyPurpose::kConsensus,
                                              [&entry](const std::string& what) {
                                                return secret_of(entry, what);
                                              }));
  HP_TRY_ASSIGN(auto record,
                node::SignRecordFiles::open(ledger::posix_file_system(),
                                            record_place(config, entry, key->public_key())));
  node::log(LogLevel::kInfo, LogEvent::kStoreOpened, "the signing record is open",
            {{"key", key->public_key().id().value().hex().substr(0, 16)},
             {"epoch", std::to_string(record->guard().newest_epoch().value())},
             {"view", std::to_string(record->guard().highest_view().value())},
             {"torn_bytes", std::to_string(record->torn_bytes())}});
  return std::make_unique<node::SigningDesk>(
      std::move(key), std::move(record), static_cast<std::uint64_t>(config.lease.count()),
      [&signals](const Error& error) { signals.fail_with(error); });
}

}  // namespace

Status run_signer(const fs::path& home_path) {
  const fs::path home = fs::absolute(home_path).lexically_normal();
  const rlimit none{0, 0};
  static_cast<void>(setrlimit(RLIMIT_CORE, &none));
  HP_TRY(crypto::self_test());
  Signals signals;  // before any thread, so that all of them leave the signals to it
  HP_TRY_ASSIGN(const SignerConfig config, load_signer_config(home));
  HP_TRY(node::open_log(node::LogSection{}, "signer", nullptr));
  std::vector<std::unique_ptr<node::SigningDesk>> desks;
  std::vector<node::SigningDesk*> served;
  for (const SignerKeyEntry& entry : config.keys) {
    HP_TRY_ASSIGN(auto desk, open_desk(config, entry, signals));
    served.push_back(desk.get());
    desks.push_back(std::move(desk));
  }
  node::TlsWatch tls(config.certificate_warning_days, nullptr);
  node::SignerServerConfig server;
  server.host = config.listen.host;
  server.port = config.listen.port;
  HP_TRY_ASSIGN(server.tls, tls.load("signer", config.tls));
  // Told to every node that attaches; it has metrics, this process does not (SPEC N-317).
  const auto end_ms = std::make_shared<std::atomic<std::uint64_t>>(0);
  const auto note_end = [&] {
    end_ms->store(tls.end_of("signer").value_or(TimestampMs{0}).value());
  };
  note_end();
  server.certificate_end = [end_ms] { return TimestampMs{end_ms->load()}; };
  for (const SignerClientEntry& client : config.clients) server.clients.push_back(client.pin);
  HP_TRY_ASSIGN(const auto serving,
                node::SignerServer::start(std::move(server), served, [](const std::string& what) {
                  node::log(LogLevel::kError, LogEvent::kSignRefused, what);
                }));
  node::log(LogLevel::kInfo, LogEvent::kNodeStarted, "the signer serves",
            {{"listen", to_text(config.listen)}, {"keys", std::to_string(desks.size())}});
  tls.look();
  const Status ended = signals.wait(
      [&] {
        tls.reload();
        note_end();
      },
      [&] { tls.look(); });
  node::log(ended ? LogLevel::kInfo : LogLevel::kError,
            ended ? LogEvent::kNodeStopping : LogEvent::kNodeFailed,
            ended ? "stopping" : ended.error().message);
  return ended;
}

}  // namespace huangpu::tools
