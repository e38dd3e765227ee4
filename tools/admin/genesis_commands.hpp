// `huangpu-admin card` and `huangpu-admin genesis assemble|verify|join`: how institutions that keep
// their keys to themselves start a network together (docs/operator/guide.md).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "crypto/base/result.hpp"

namespace CLI {
class App;
}

namespace huangpu::tools {

// Adds its commands to `app`, which outlives it. After parsing: run() if parsed().
class GenesisCommands {
 public:
  explicit GenesisCommands(CLI::App& app);

  [[nodiscard]] bool parsed() const;
  // Prints what was done; everything that is wrong is one error with a line each.
  [[nodiscard]] Status run() const;

 private:
  [[nodiscard]] Status write_card() const;
  [[nodiscard]] Status assemble() const;
  [[nodiscard]] Status verify() const;
  [[nodiscard]] Status join() const;

  CLI::App* card_ = nullptr;
  CLI::App* assemble_ = nullptr;
  CLI::App* verify_ = nullptr;
  CLI::App* join_ = nullptr;
  std::filesystem::path home_;
  std::filesystem::path draft_;
  std::filesystem::path genesis_;
  std::filesystem::path out_;
  std::string participant_;
  std::string peers_;
  std::vector<std::filesystem::path> cards_;
};

}  // namespace huangpu::tools
