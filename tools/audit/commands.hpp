// `huangpu-audit replay` and `huangpu-audit verify-receipt`: from arguments to what is printed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "tools/cli/output.hpp"

namespace huangpu::tools {

struct ReplayArguments {
  std::filesystem::path archive;  // this, or `data`
  std::filesystem::path data;     // a node's home or its data folder
  std::filesystem::path genesis;  // empty: the document of the source
  std::uint64_t from_height = 1;
  std::uint64_t to_height = 0;  // 0: the end
  unsigned threads = 0;
  OutputFormat format = OutputFormat::kText;
};

// Both print and return the exit code.
[[nodiscard]] int run_replay(const ReplayArguments& arguments);

struct ReceiptArguments {
  std::filesystem::path receipt;
  std::filesystem::path genesis;
  OutputFormat format = OutputFormat::kText;
};
[[nodiscard]] int run_verify_receipt(const ReceiptArguments& arguments);

}  // namespace huangpu::tools
