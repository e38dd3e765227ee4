// A gRPC server behind our Acceptor, with mutual TLS and the settings every port of the node shares
// (SPEC N-115..N-119). Used for the validators' port and for the clients' port.
//
// Owns the acceptor, the credentials and the grpc::Server; borrows the services, which must outlive
// it. Thread safe. Handlers run on gRPC threads.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "crypto/base/result.hpp"
#include "node/transport/acceptor.hpp"
#include "node/transport/identity.hpp"

namespace grpc {
class ServerContextBase;
class Service;
}  // namespace grpc

namespace huangpu::node {

struct GrpcServerConfig {
  AcceptorConfig acceptor{};
  TlsMaterial tls{};
  PinAuthority authority{};

  std::uint32_t receive_bytes_max = 1 << 20;  // one message
  std::uint32_t send_bytes_max = 64 << 20;
  std::uint32_t metadata_bytes_max = 8 * 1024;
  std::uint32_t streams_max = 64;                 // concurrent calls of one connection
  std::uint64_t memory_bytes_max = 128ull << 20;  // ResourceQuota, approximate
  std::uint32_t threads_max = 0;                  // of synchronous services; 0: gRPC decides
  std::chrono::milliseconds handshake_timeout{5'000};
  std::chrono::milliseconds keepalive_time{60'000};
  std::chrono::milliseconds keepalive_timeout{20'000};
  std::chrono::milliseconds ping_interval_min{
      10'000};  // quicker pings are strikes; two end the connection
  std::chrono::milliseconds connection_age_max{0};  // 0: no limit
  bool health = true;                               // grpc.health.v1
  bool reflection = false;
};

// The authenticated other end of a call.
struct Caller {
  RelayId relay = 0;
  crypto::Digest pin;
  std::shared_ptr<const Identity> identity;
  std::string remote;  // TCP address, for logs
};

struct GrpcServerCounters {
  AcceptorCounters acceptor;
  HandshakeCounters::Values handshakes;
};

class GrpcServer {
 public:
  // Binds the port (kAlreadyRunning when it is taken) and builds the server. No handler runs before
  // start().
  static Result<std::unique_ptr<GrpcServer>> open(GrpcServerConfig config,
                                                  std::vector<grpc::Service*> services);

  // stop() with no grace.
  virtual ~GrpcServer() = default;

  // Accepts connections from here on. Once.
  virtual void start() = 0;

  // Takes no new connection, reports NOT_SERVING, lets running calls end within `grace`, then
  // cancels them. Returns when no handler runs any more. Idempotent.
  virtual void stop(std::chrono::milliseconds grace) = 0;

  [[nodiscard]] virtual std::uint16_t port() const = 0;

  // The identity behind a call, looked up again in the authority if the connection has none yet
  // (which also gives the connection its byte bucket). kUnauthenticated when there is none.
  [[nodiscard]] virtual Result<Caller> caller(const grpc::ServerContextBase& context) = 0;

  // After the registry changed: closes connections whose pin is no longer admitted.
  virtual std::size_t recheck() = 0;

  // The answer of the health service for the whole server; true after start().
  virtual void set_serving(bool serving) = 0;

  [[nodiscard]] virtual Acceptor& acceptor() = 0;
  [[nodiscard]] virtual GrpcServerCounters counters() const = 0;
};

}  // namespace huangpu::node
