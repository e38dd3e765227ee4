// The generated part of docs/operator/config.md: one table of keys per section (SPEC N-236).
#pragma once

#include <string>

namespace huangpu::node {

[[nodiscard]] std::string config_reference();

}  // namespace huangpu::node
