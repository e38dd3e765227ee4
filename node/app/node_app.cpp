#include "node/app/node_app.hpp"

#include <absl/synchronization/mutex.h>
#include <sys/resource.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <csignal>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "crypto/hash/hasher.hpp"
#include "crypto/keystore/secret.hpp"
#include "crypto/self_test.hpp"
#include "ledger/store/text_file.hpp"
#include "node/api/chain_document.hpp"
#include "node/app/key_access.hpp"
#include "node/app/readiness_watch.hpp"
#include "node/app/trouble_watch.hpp"
#include "node/driver/node_driver.hpp"
#include "node/driver/wall_clock.hpp"
#include "node/http/ops_server.hpp"
#include "node/replica/first_epoch.hpp"
#include "node/rpc/rpc_server.hpp"
#include "node/telemetry/log.hpp"
#include "node/telemetry/metrics.hpp"
#include "node/tls/tls_files.hpp"
#include "node/transport/grpc_log.hpp"
#include "node/transport/peer_network.hpp"

namespace huangpu::node {

namespace {

constexpr std::chrono::minutes kTlsLookEvery{1};

Result<PeerNetworkConfig> peer_config(const NodeConfig& config, const ledger::Genesis& genesis,
                                      NodeDriver& driver, TlsMaterial tls) {
  PeerNetworkConfig network;
  network.genesis_hash = chain_context(genesis).genesis;
  network.self = driver.name();
  network.software = std::string("huangpu-node ") + HP_VERSION;
  network.acceptor.host = config.peers.listen.host;
  network.acceptor.port = config.peers.listen.port;
  network.acceptor.limits.connections_max = config.peers.connections_max;
  network.tls = std::move(tls);
  network.peer_rate = {config.peers.bytes_per_second, config.peers.bytes_per_second / 4};
  network.bulk_queue.bytes_max = config.peers.queue_bytes;
  network.silence_timeout = config.peers.silence_timeout;
  network.backoff_min = config.peers.reconnect_min;
  network.backoff_max = config.peers.reconnect_max;
  network.peers = driver.peers();
  for (const PeerEndpoint& peer : network.peers) {
    if (peer.address.empty() && network.self < peer.name) {
      return fail(Errc::kConfig, "[[peers.validator]] has no endpoint for validator " +
                                     std::to_string(peer.index.value()) + " (" + peer.name + ")");
    }
  }
  return network;
}

std::map<crypto::Digest, ValidatorIndex> next_pins(const NodeConfig& config) {
  std::map<crypto::Digest, ValidatorIndex> pins;
  for (const PeerAddress& peer : config.peers.validators) {
    if (peer.next_tls_pin) pins.emplace(*peer.next_tls_pin, ValidatorIndex{peer.index});
  }
  return pins;
}

// SPEC N-134: of the file, the pins that are accepted beside the chain's take effect at once.
void reload_pins(const NodeConfig& config, PeerNetwork& network) {
  const auto again = load_config(config.home / "config.toml", config.home);
  if (!again) {
    log(LogLevel::kError, LogEvent::kReloadRefused,
        "the accepted pins stay: " + again.error().message);
    return;
  }
  const auto pins = next_pins(*again);
  network.set_next_pins(pins);
  log(LogLevel::kInfo, LogEvent::kTlsReloaded, "pins accepted beside those of the chain",
      {{"count", std::to_string(pins.size())}});
}

// gRPC's own lines are caused by strangers more often than by this node: they go where repeats of
// one event are counted instead of written.
void route_grpc_log() {
  set_grpc_log_sink([](bool severe, std::string_view file, int line, std::string_view text) {
    log(severe ? LogLevel::kWarning : LogLevel::kDebug, LogEvent::kGrpcMessage, text,
        {{"file", file}, {"line", line}});
  });
}

void publish_identity(const NodeConfig& config, Metrics& metrics) {
  metrics.set(GaugeId::kBuildInfo, 1, {HP_VERSION});
  const std::string text = config_text(config);
  const crypto::Digest digest = crypto::hash(crypto::SuiteId::kEd25519Sha256, {as_bytes(text)});
  metrics.set(GaugeId::kConfigDigest, 1, {digest.hex().substr(0, 16)});
}

// Runs `action` when it goes out of scope, so that a failure half-way takes down what runs already.
class AtExit {
 public:
  explicit AtExit(std::function<void()> action) : action_(std::move(action)) {}
  ~AtExit() { action_(); }
  AtExit(const AtExit&) = delete;
  AtExit& operator=(const AtExit&) = delete;

 private:
  const std::function<void()> action_;
};

void forbid_core_dumps() {
  // Keys must not end up in a dump; failing to say so to the kernel is no reason not to run.
  const rlimit none{0, 0};
  static_cast<void>(setrlimit(RLIMIT_CORE, &none));
}

}  // namespace

Status run_node(const NodeConfig& config) {
  // Debian's build of Abseil looks for lock cycles at every lock that gRPC takes, one after the
  // other in the whole process. That is a debugging aid; gRPC's own locks are not ours to debug.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  forbid_core_dumps();
  std::signal(SIGUSR1, SIG_IGN);  // until there is something to record
  HP_TRY(crypto::self_test());
  Metrics metrics;
  HP_TRY(open_log(config.log, config.node.name, &metrics));
  const AtExit log_closes(close_log);
  route_grpc_log();
  publish_identity(config, metrics);
  log(LogLevel::kInfo, LogEvent::kNodeStarting, "huangpu-node starts", {{"version", HP_VERSION}});

  HP_TRY_ASSIGN(std::string genesis_text,
                ledger::read_text_file(config.node.genesis, ledger::kGenesisTextBytesMax));
  HP_TRY_ASSIGN(const ChainDocument chain, ChainDocument::read(std::move(genesis_text)));
  TlsWatch tls(config.node.certificate_warning_days, &metrics);
  HP_TRY_ASSIGN(TlsMaterial peer_tls, tls.load("peer", config.peers.tls));
  HP_TRY_ASSIGN(TlsMaterial client_tls, tls.load("client", config.client_api.tls));
  tls.look();
  HP_TRY_ASSIGN(const NodeKeys keys, open_node_keys(config, chain_context(chain.genesis), tls));
  tls.look();  // a remote signer adds two more

  boost::asio::io_context main_loop{1};
  std::optional<Error> failure;
  RpcServer* serving = nullptr;  // of the main loop's thread
  boost::asio::signal_set signals(main_loop, SIGTERM, SIGINT);
  signals.async_wait([&](const boost::system::error_code&, int) { main_loop.stop(); });

  NodeDriverOptions options;
  options.config = config;
  options.genesis = chain.genesis;
  options.files = &ledger::posix_file_system();
  options.signer = keys.signer.get();
  options.next_signer = keys.next.get();
  options.metrics = &metrics;
  const auto flight = std::make_unique<FlightRing>();  // outlives the driver
  options.flight = flight.get();
  FlightFiles flight_files(flight_folder(config.node.data_dir), *flight);
  options.failed = [&](const Error& error) {
    log(LogLevel::kError, LogEvent::kNodeFailed, error.message,
        {{"reason", errc_text(error.code)}});
    boost::asio::post(main_loop, [&failure, &main_loop, error] {
      failure = error;
      main_loop.stop();
    });
  };
  options.registry_changed = [&] {
    boost::asio::post(main_loop, [&serving] {
      if (serving != nullptr) serving->registry_changed();
    });
  };
  HP_TRY_ASSIGN(const auto driver, NodeDriver::open(std::move(options)));
  // A disk without room must not keep a validator from starting: it goes without this recording.
  if (const Status caught = flight_files.catch_aborts(
          {config.node.name, HP_VERSION, "assertion", wall_now().value(), {}});
      !caught)
    log(LogLevel::kWarning, LogEvent::kStoreFailed, caught.error().message);
  HP_TRY_ASSIGN(PeerNetworkConfig network_config,
                peer_config(config, chain.genesis, *driver, std::move(peer_tls)));
  HP_TRY_ASSIGN(const auto network,
                PeerNetwork::open(std::move(network_config), driver->peer_callbacks()));
  // The network outlives what sends on it, whatever happens below.
  const AtExit driver_stops([&driver] { driver->stop(); });
  network->set_next_pins(next_pins(config));
  driver->start(*network);
  HP_TRY(network->start());

  HP_TRY_ASSIGN(
      const auto rpc,
      RpcServer::start({config.client_api, config.limits, std::move(client_tls)},
                       {driver->backend(), driver->tracker(), driver->feed(), chain, metrics}));
  serving = rpc.get();
  // Before the server goes, nobody may be left who answers its calls.
  const AtExit calls_end([&driver, &rpc] {
    rpc->stop(std::chrono::milliseconds(0));
    driver->stop();
  });
  OpsHandlers handlers;
  handlers.metrics = [&] {
    rpc->update_metrics();
    return metrics.text();
  };
  handlers.alive = [&]() -> Status {
    for (const ReadinessCheck& check : driver->backend().snapshot().checks) {
      if (check.name == "loop" && !check.ok)
        return fail(Errc::kUnavailable, "the core thread does not turn");
    }
    return {};
  };
  handlers.snapshot = [&] { return driver->backend().snapshot(); };
  HP_TRY_ASSIGN(auto ops, OpsServer::start(config.ops, std::move(handlers)));
  log(LogLevel::kInfo, LogEvent::kNodeStarted, "all ports serve",
      {{"validator", driver->name()},
       {"peers", to_text(config.peers.listen)},
       {"clients", to_text(config.client_api.listen)},
       {"operations", to_text(config.ops.listen)}});

  const auto reload = [&] {
    tls.reload();
    reload_pins(config, *network);
  };
  boost::asio::signal_set hangup(main_loop, SIGHUP);
  std::function<void()> wait_hangup = [&] {
    hangup.async_wait([&](const boost::system::error_code& error, int) {
      if (error) return;
      reload();
      wait_hangup();
    });
  };
  wait_hangup();
  boost::asio::steady_timer look(main_loop);
  std::function<void()> wait_look = [&] {
    look.expires_after(kTlsLookEvery);
    look.async_wait([&](const boost::system::error_code& error) {
      if (error) return;
      tls.look();
      wait_look();
    });
  };
  wait_look();

  std::optional<ReadinessWatch> readiness;
  readiness.emplace(main_loop, driver->backend(), *rpc);
  std::optional<TroubleWatch> trouble;
  trouble.emplace(main_loop, driver->backend(), flight_files);
  main_loop.run();
  readiness.reset();
  if (failure) trouble->record("failed", true);
  trouble.reset();
  std::signal(SIGUSR1, SIG_IGN);

  log(LogLevel::kInfo, LogEvent::kNodeStopping, "stopping");
  rpc->set_serving(false);
  rpc->stop(failure ? std::chrono::milliseconds(0)
                    : std::chrono::milliseconds(config.node.stop_grace));
  ops.reset();
  network->stop();
  driver->stop();
  log(LogLevel::kInfo, LogEvent::kNodeStopped, "stopped");
  // A signal that comes too late must not take the place of the exit code.
  signals.clear();
  std::signal(SIGTERM, SIG_IGN);
  std::signal(SIGINT, SIG_IGN);
  if (failure) return tl::unexpected(*failure);
  // Whoever started the node learns from the exit code that its key has another user.
  return driver->key_verdict();
}

}  // namespace huangpu::node
