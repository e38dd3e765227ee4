// One GET against a node's operations port: what `huangpu-node status` asks.
#pragma once

#include <string>

#include "crypto/base/result.hpp"
#include "node/config/config.hpp"

namespace huangpu::node {

struct OpsAnswer {
  int status = 0;
  std::string body;
};

// kUnavailable when nobody answers there, kTimeout after `timeout`.
[[nodiscard]] Result<OpsAnswer> ops_get(const Endpoint& endpoint, const std::string& target,
                                        Milliseconds timeout);

}  // namespace huangpu::node
