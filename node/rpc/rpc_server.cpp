#include "node/rpc/rpc_server.hpp"

#include <atomic>
#include <mutex>
#include <utility>
#include <vector>

#include "ledger/types/limits.hpp"
#include "node/rpc/context.hpp"
#include "node/rpc/services.hpp"

namespace huangpu::node {
namespace {

// An envelope and the message around it.
constexpr std::uint32_t kReceiveBytesMax = ledger::kEnvelopeBytesMax + 4 * 1024;
constexpr std::uint32_t kSendBytesMax = 4u << 20;
constexpr std::chrono::hours kConnectionAgeMax{1};
// Before its first call is complete a connection has no identity, though its certificate was
// checked in the handshake. The burst lets that first call carry a whole envelope.
constexpr ByteRate kAnonymousRate{256 * 1024, kReceiveBytesMax + 64 * 1024};

}  // namespace

class RpcServer::Impl {
 public:
  Impl(RpcServerConfig config, RpcServerParts parts)
      : config_(std::move(config)),
        metrics_(parts.metrics),
        backend_(parts.backend),
        context_(std::make_shared<RpcContext>(
            config_.api, config_.limits, parts.backend, parts.tracker, parts.feed, parts.chain,
            parts.metrics, [this](const grpc::ServerContextBase& call) { return pin_of(call); })) {
    services_.push_back(make_transactions_service(*context_));
    services_.push_back(make_ledger_service(*context_));
    services_.push_back(make_events_service(*context_));
    services_.push_back(make_settlement_service(*context_));
    services_.push_back(make_status_service(*context_));
  }

  ~Impl() { stop(std::chrono::milliseconds(0)); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Status start() {
    std::vector<grpc::Service*> services;
    services.reserve(services_.size());
    for (const auto& service : services_) services.push_back(service.get());
    HP_TRY_ASSIGN(server_, GrpcServer::open(grpc_config(), services));
    server_->start();
    return {};
  }

  void stop(std::chrono::milliseconds grace) {
    if (server_) server_->stop(grace);
    context_->pool.stop();
  }

  void update_metrics() {
    const auto counters = server_->counters();
    const auto& acceptor = counters.acceptor;
    metrics_.set(GaugeId::kApiConnections, static_cast<double>(acceptor.open));
    const std::pair<std::string_view, std::uint64_t> rejected[] = {
        {"total_cap", acceptor.refused_total_cap},
        {"address_cap", acceptor.refused_address_cap},
        {"identity_cap", acceptor.refused_identity_cap},
        {"greeting", acceptor.refused_greeting},
        {"greeting_timeout", acceptor.expired_greeting},
        {"identity_timeout", acceptor.expired_identity},
        {"idle", acceptor.expired_idle},
        {"pin", counters.handshakes.refused_pin},
        {"certificate", counters.handshakes.refused_certificate},
    };
    const std::scoped_lock lock(published_mutex_);
    published_.resize(std::size(rejected));
    for (std::size_t i = 0; i < published_.size(); ++i) {
      metrics_.add(CounterId::kApiRejectedConnections, {rejected[i].first},
                   rejected[i].second - published_[i]);
      published_[i] = rejected[i].second;
    }
  }

  GrpcServer& server() { return *server_; }

 private:
  Result<crypto::Digest> pin_of(const grpc::ServerContextBase& call) {
    HP_TRY_ASSIGN(const auto caller, server_->caller(call));
    return caller.pin;
  }

  // Whom the port admits, and how many raw bytes each may send: decided within the handshake.
  std::optional<Identity> admit(const crypto::Digest& pin) const {
    const auto caller = backend_.identify(pin);
    if (!caller) return std::nullopt;
    const auto& limits = config_.limits.for_identity(*caller);
    return Identity{"participant-" + std::to_string(caller->participant.value()) + "/" +
                        std::string(ledger::role_name(caller->role)),
                    {limits.connection_bytes_per_second, limits.connection_burst_bytes},
                    limits.connections};
  }

  GrpcServerConfig grpc_config() {
    const auto& api = config_.api;
    GrpcServerConfig config;
    config.acceptor.host = api.listen.host;
    config.acceptor.port = api.listen.port;
    auto& limits = config.acceptor.limits;
    limits.connections_max = api.connections_max;
    limits.connections_per_address_max = api.connections_per_address_max;
    limits.accepts_per_second = api.accepts_per_second;
    limits.first_byte_timeout = api.first_byte_timeout;
    limits.identity_timeout = api.identity_timeout;
    limits.idle_timeout = api.idle_timeout;
    limits.anonymous = kAnonymousRate;
    config.tls = config_.tls;
    config.authority = [this](const crypto::Digest& pin) { return admit(pin); };
    config.receive_bytes_max = kReceiveBytesMax;
    config.send_bytes_max = kSendBytesMax;
    config.memory_bytes_max = api.memory_bytes_max;
    config.connection_age_max = kConnectionAgeMax;
    config.reflection = api.reflection;
    return config;
  }

  const RpcServerConfig config_;
  Metrics& metrics_;
  NodeBackend& backend_;
  std::shared_ptr<RpcContext> context_;
  std::vector<std::unique_ptr<grpc::Service>> services_;
  std::unique_ptr<GrpcServer> server_;
  std::mutex published_mutex_;
  std::vector<std::uint64_t> published_;  // guarded by published_mutex_; counters already added
};

Result<std::unique_ptr<RpcServer>> RpcServer::start(RpcServerConfig config, RpcServerParts parts) {
  auto impl = std::make_unique<Impl>(std::move(config), parts);
  HP_TRY(impl->start());
  return std::unique_ptr<RpcServer>(new RpcServer(std::move(impl)));
}

RpcServer::RpcServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RpcServer::~RpcServer() = default;

void RpcServer::stop(std::chrono::milliseconds grace) { impl_->stop(grace); }
std::uint16_t RpcServer::port() const { return impl_->server().port(); }
void RpcServer::registry_changed() { impl_->server().recheck(); }
void RpcServer::set_serving(bool serving) { impl_->server().set_serving(serving); }
void RpcServer::update_metrics() { impl_->update_metrics(); }

}  // namespace huangpu::node
