// The composition root: builds a node in order, runs it until a signal or a failure, takes it down
// in reverse.
#pragma once

#include "crypto/base/result.hpp"
#include "node/config/config.hpp"

namespace huangpu::node {

// Returns when SIGTERM or SIGINT has stopped the node in order, or with the reason why it could not
// start or go on.
[[nodiscard]] Status run_node(const NodeConfig& config);

}  // namespace huangpu::node
