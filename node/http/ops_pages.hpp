// What the operations port answers to a path. Pure apart from the handlers.
#pragma once

#include <string>
#include <string_view>

#include "node/http/ops_server.hpp"

namespace huangpu::node {

struct OpsPage {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
};

[[nodiscard]] OpsPage ops_page(std::string_view path, const OpsHandlers& handlers);
[[nodiscard]] std::string status_json(const NodeSnapshot& snapshot);

}  // namespace huangpu::node
