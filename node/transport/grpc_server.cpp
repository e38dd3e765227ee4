#include "node/transport/grpc_server.hpp"

#include <grpcpp/ext/health_check_service_server_builder_option.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/server_builder_option.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/server_interceptor.h>

#include <chrono>
#include <mutex>
#include <utility>

namespace huangpu::node {
namespace {

// Reflection for this server or not. The library that offers it adds itself to every server of the
// process merely by being linked, so "not" has to be said as well (SPEC N-119).
class ReflectionOption final : public grpc::ServerBuilderOption {
 public:
  explicit ReflectionOption(bool wanted) : wanted_(wanted) {}
  void UpdateArguments(grpc::ChannelArguments*) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    auto reflection = std::make_unique<grpc::reflection::ProtoServerReflectionPlugin>();
    std::erase_if(*plugins,
                  [&](const auto& plugin) { return plugin->name() == reflection->name(); });
    if (wanted_) plugins->push_back(std::move(reflection));
  }

 private:
  const bool wanted_;
};

// How long a client that reads nothing can delay the end of the server.
constexpr std::chrono::milliseconds kLastBytes{500};

class GrpcServerImpl final : public GrpcServer {
 public:
  explicit GrpcServerImpl(GrpcServerConfig config) : config_(std::move(config)) {}
  ~GrpcServerImpl() override { stop(std::chrono::milliseconds(0)); }

  Status build(const std::vector<grpc::Service*>& services) {
    HP_TRY_ASSIGN(acceptor_, Acceptor::open(config_.acceptor));
    HP_TRY_ASSIGN(identity_, make_server_identity(config_.tls, config_.authority));

    static std::once_flag
        health_once;  // the switch is the process's; each server may still opt out
    std::call_once(health_once, [] { grpc::EnableDefaultHealthCheckService(true); });

    grpc::ServerBuilder builder;
    apply_settings(builder);
    for (grpc::Service* service : services) builder.RegisterService(service);
    entrance_ = builder.experimental().AddExternalConnectionAcceptor(
        grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
        identity_.credentials);
    server_ = builder.BuildAndStart();
    if (!server_) return fail(Errc::kInternal, "gRPC did not start the server");
    return {};
  }

  void start() override {
    set_serving(true);
    acceptor_->start([this](int fd) {
      grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters connection;
      connection.fd = fd;
      entrance_->HandleNewConnection(&connection);
    });
  }

  void stop(std::chrono::milliseconds grace) override {
    if (acceptor_) acceptor_->stop_accepting();
    if (server_) {
      set_serving(false);
      server_->Shutdown(std::chrono::system_clock::now() + grace);
      server_->Wait();
    }
    if (!acceptor_) return;
    // gRPC has closed its ends; what it wrote last may still be on its way through the relays.
    acceptor_->wait_until_idle(std::chrono::steady_clock::now() + kLastBytes);
    acceptor_->stop();
  }

  std::uint16_t port() const override { return acceptor_->port(); }

  Result<Caller> caller(const grpc::ServerContextBase& context) override {
    const auto relay = acceptor_->relay_of(context.peer());
    if (!relay) return fail(Errc::kUnauthenticated, "not a connection of this port");
    auto info = acceptor_->find(*relay);
    if (!info) return fail(Errc::kUnavailable, "the connection is closed");
    if (info->pin) return Caller{*relay, *info->pin, info->identity, std::move(info->remote)};

    HP_TRY_ASSIGN(const crypto::Digest pin, connection_identity(context));
    const auto identity = config_.authority(pin);
    if (!identity) return fail(Errc::kUnauthenticated, "key not registered");
    HP_TRY(acceptor_->promote(*relay, pin, *identity));
    return Caller{*relay, pin, std::make_shared<const Identity>(*identity),
                  std::move(info->remote)};
  }

  std::size_t recheck() override { return acceptor_->recheck(config_.authority); }

  void set_serving(bool serving) override {
    if (!server_) return;
    if (auto* health = server_->GetHealthCheckService()) health->SetServingStatus(serving);
  }

  Acceptor& acceptor() override { return *acceptor_; }

  GrpcServerCounters counters() const override {
    return {.acceptor = acceptor_->counters(), .handshakes = identity_.counters->values()};
  }

 private:
  // Sees every call before its handler, those of the health service too, and gives the connection
  // its identity and bucket. It adds nothing to the call: refusing is the handler's business (SPEC
  // N-117).
  class Admission final : public grpc::experimental::ServerInterceptorFactoryInterface {
   public:
    explicit Admission(GrpcServerImpl& server) : server_(server) {}
    grpc::experimental::Interceptor* CreateServerInterceptor(
        grpc::experimental::ServerRpcInfo* call) override {
      // A failure here is met again, and answered, when the handler asks for its caller.
      if (const auto* context = call->server_context()) (void)server_.caller(*context);
      return nullptr;
    }

   private:
    GrpcServerImpl& server_;
  };

  void apply_settings(grpc::ServerBuilder& builder) {
    const auto set = [&builder](const char* name, auto value) {
      builder.AddChannelArgument(name, static_cast<int>(value));
    };
    builder.SetMaxReceiveMessageSize(static_cast<int>(config_.receive_bytes_max));
    builder.SetMaxSendMessageSize(static_cast<int>(config_.send_bytes_max));
    builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
    builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
    set(GRPC_ARG_MAX_METADATA_SIZE, config_.metadata_bytes_max);
    set(GRPC_ARG_MAX_CONCURRENT_STREAMS, config_.streams_max);
    set(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, config_.handshake_timeout.count());
    set(GRPC_ARG_KEEPALIVE_TIME_MS, config_.keepalive_time.count());
    set(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, config_.keepalive_timeout.count());
    set(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
    set(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, config_.ping_interval_min.count());
    set(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 2);
    if (config_.connection_age_max.count() > 0) {
      constexpr int kGraceMs = 30'000;
      set(GRPC_ARG_MAX_CONNECTION_AGE_MS, config_.connection_age_max.count());
      set(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, kGraceMs);
    }
    set(GRPC_ARG_ALLOW_REUSEPORT, 0);
    set(GRPC_ARG_ENABLE_CHANNELZ, 0);
    grpc::ResourceQuota quota("huangpu");
    quota.Resize(config_.memory_bytes_max);
    if (config_.threads_max > 0) quota.SetMaxThreads(static_cast<int>(config_.threads_max));
    builder.SetResourceQuota(quota);

    if (!config_.health) {
      builder.SetOption(std::make_unique<grpc::HealthCheckServiceServerBuilderOption>(nullptr));
    }
    builder.SetOption(std::make_unique<ReflectionOption>(config_.reflection));

    std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> creators;
    creators.push_back(std::make_unique<Admission>(*this));
    builder.experimental().SetInterceptorCreators(std::move(creators));
  }

  const GrpcServerConfig config_;
  std::unique_ptr<Acceptor> acceptor_;
  ServerIdentity identity_;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> entrance_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace

Result<std::unique_ptr<GrpcServer>> GrpcServer::open(GrpcServerConfig config,
                                                     std::vector<grpc::Service*> services) {
  if (!config.authority) return fail(Errc::kConfig, "a server needs a pin authority");
  auto server = std::make_unique<GrpcServerImpl>(std::move(config));
  HP_TRY(server->build(services));
  return server;
}

}  // namespace huangpu::node
