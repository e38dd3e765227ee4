// Follows the node's readiness and says so where others look: the health service of the client port
// and the log.
//
// Belongs to the main loop's thread. Ends when destroyed.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <optional>

#include "node/api/backend.hpp"
#include "node/rpc/rpc_server.hpp"

namespace huangpu::node {

class ReadinessWatch {
 public:
  // Looks at once and then every second.
  ReadinessWatch(boost::asio::io_context& loop, NodeBackend& backend, RpcServer& rpc);

 private:
  void look();
  void wait();

  NodeBackend& backend_;
  RpcServer& rpc_;
  boost::asio::steady_timer timer_;
  std::optional<bool> ready_;  // as told last
};

}  // namespace huangpu::node
