// huangpu-node doctor: what a running node says of itself, and what its home looks like from the
// outside (SPEC N-270..N-276).
#pragma once

#include <filesystem>
#include <string>

#include "crypto/base/result.hpp"
#include "node/config/config.hpp"

namespace huangpu::node {

struct DoctorOptions {
  bool json = false;
  bool scrub = false;  // read every stored record
};

// Prints, and returns the exit code: 0 when nothing is a problem; else that of the first error of
// the home, else 10 for a running node with a problem.
[[nodiscard]] int run_doctor(const NodeConfig& config, const DoctorOptions& options);

// Has the running node write its flight recorder, and returns the file. kUnavailable without a
// node, kTimeout when it writes nothing.
[[nodiscard]] Result<std::filesystem::path> record_flight(const NodeConfig& config);

// A recording in words.
[[nodiscard]] Result<std::string> read_flight(const std::filesystem::path& file);

}  // namespace huangpu::node
