// The clients' port: all services behind the acceptor with mutual TLS (SPEC N-225).
//
// Owns the gRPC server and the services; borrows backend, tracker, feed, chain document and
// metrics, which outlive it. Threads: any.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "crypto/base/result.hpp"
#include "node/api/backend.hpp"
#include "node/api/chain_document.hpp"
#include "node/api/finality_feed.hpp"
#include "node/api/tracker.hpp"
#include "node/config/config.hpp"
#include "node/telemetry/metrics.hpp"
#include "node/transport/grpc_server.hpp"

namespace huangpu::node {

struct RpcServerConfig {
  ClientApiSection api;
  LimitsSection limits;
  TlsMaterial tls;
};

struct RpcServerParts {
  NodeBackend& backend;
  TransactionTracker& tracker;
  FinalityFeed& feed;
  const ChainDocument& chain;
  Metrics& metrics;
};

class RpcServer {
 public:
  // Serves when it returns. kAlreadyRunning when the port is taken.
  static Result<std::unique_ptr<RpcServer>> start(RpcServerConfig config, RpcServerParts parts);
  // stop() with no grace.
  ~RpcServer();
  RpcServer(const RpcServer&) = delete;
  RpcServer& operator=(const RpcServer&) = delete;

  // Lets running calls end within `grace`, then cancels them. Idempotent. The backend must go on
  // answering meanwhile.
  void stop(std::chrono::milliseconds grace);

  [[nodiscard]] std::uint16_t port() const;
  // After a certificate was registered or revoked: closes connections that are no longer admitted.
  void registry_changed();
  // What the health service answers.
  void set_serving(bool serving);
  // Copies connection figures into the metrics; called before each scrape.
  void update_metrics();

 private:
  class Impl;
  explicit RpcServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace huangpu::node
