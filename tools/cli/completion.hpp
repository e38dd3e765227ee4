// Shell completion scripts, generated from the tree of commands and options, so that they never
// disagree with --help (SPEC W-9).
#pragma once

#include <string>
#include <string_view>

#include "crypto/base/result.hpp"

namespace CLI {
class App;
}

namespace huangpu::tools {

// `shell` is bash, zsh or fish; kInvalidArgument otherwise.
[[nodiscard]] Result<std::string> completion_script(const CLI::App& app, std::string_view shell);

}  // namespace huangpu::tools
