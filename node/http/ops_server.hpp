// The operations port: metrics and health over plain HTTP (SPEC N-260..N-264).
//
//   /metrics  Prometheus text          /livez    200 while the process can work
//   /readyz   200 or 503, every check  /statusz  JSON
//
// GET and HEAD only, no bodies, bounded headers, connections and time. One thread of its own serves
// all connections; the handlers run on it and must be quick. It answers whatever the condition of
// consensus is.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "crypto/base/result.hpp"
#include "node/api/backend.hpp"
#include "node/config/config.hpp"

namespace huangpu::node {

struct OpsHandlers {
  std::function<std::string()> metrics;
  // An error names what does not work. Must not depend on the progress of consensus: a partition
  // would make an orchestrator restart every node.
  std::function<Status()> alive;
  std::function<NodeSnapshot()> snapshot;
};

struct OpsCounters {
  std::uint64_t requests = 0;
  std::uint64_t refused_connections = 0;  // beyond connections_max
  std::uint64_t refused_requests = 0;     // malformed, too large, too slow
};

class OpsServer {
 public:
  // Listens and serves when it returns. kAlreadyRunning when the port is taken, kConfig for a host
  // that is no numeric address.
  static Result<std::unique_ptr<OpsServer>> start(const OpsSection& settings, OpsHandlers handlers);
  // Closes every connection and joins the thread.
  ~OpsServer();
  OpsServer(const OpsServer&) = delete;
  OpsServer& operator=(const OpsServer&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] OpsCounters counters() const;

 private:
  class Impl;
  explicit OpsServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace huangpu::node
