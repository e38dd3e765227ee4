// One seed from start to verdict: load under faults, then healing, liveness, idleness and a power
// cut.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/sim/observer.hpp"

namespace huangpu::sim {

struct SeedResult {
  std::uint64_t seed = 0;
  bool real_keys = false;
  std::string faults;
  std::uint64_t blocks = 0;
  std::uint64_t settled = 0;
  std::uint64_t nullified_views = 0;
  std::uint64_t simulated_ms = 0;
  std::uint64_t digest = 0;
  Violations violations;
  std::vector<std::string> trace;  // only if lines were asked for

  [[nodiscard]] bool ok() const { return violations.empty(); }
};

// Keeps the last `trace_lines` lines of what happened. Every 64th seed runs with real keys.
[[nodiscard]] SeedResult run_seed(std::uint64_t seed, std::size_t trace_lines = 0);

}  // namespace huangpu::sim
