// One seed from start to verdict: load under faults, then healing, liveness, idleness and a power
// cut.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/sim/observer.hpp"

namespace huangpu::sim {

// What the seed would draw, and what overrules it. A failure is replayed with the same ones.
struct SeedOptions {
  std::optional<std::size_t> validators = {};
  bool honest = false;  // no Byzantine validators
  std::size_t trace_lines = 0;

  // As arguments of huangpu-sim; empty if nothing is overruled.
  [[nodiscard]] std::string arguments() const;
};

struct SeedResult {
  std::uint64_t seed = 0;
  bool real_keys = false;
  std::size_t validators = 0;
  std::size_t byzantine = 0;
  std::string shape;   // validators, weights and who is Byzantine how
  std::string faults;  // with commas
  std::uint64_t blocks = 0;
  std::uint64_t settled = 0;
  std::uint64_t nullified_views = 0;
  std::uint64_t simulated_ms = 0;
  std::uint64_t digest = 0;
  Violations violations;
  std::vector<std::string> trace;  // only if lines were asked for

  [[nodiscard]] bool ok() const { return violations.empty(); }
};

// Every 64th seed: signatures cost more than everything else.
[[nodiscard]] constexpr bool has_real_keys(std::uint64_t seed) { return seed % 64 == 63; }

// Keeps the last `trace_lines` lines of what happened.
[[nodiscard]] SeedResult run_seed(std::uint64_t seed, const SeedOptions& options = {});

}  // namespace huangpu::sim
