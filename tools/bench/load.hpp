// Runs one load against a network and measures what came out of it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tools/bench/session.hpp"

namespace huangpu::tools {

enum class LoadKind : std::uint8_t {
  kLatency,  // one transfer at a time on an otherwise idle network
  kSingle,   // individually signed transfers
  kBulk,     // bulk transfers of `records` each
};

struct LoadPlan {
  LoadKind kind = LoadKind::kSingle;
  double seconds = 30;
  double rate =
      0;  // transfers per second, over all banks; 0: as many as `window` outstanding ones allow
  std::uint32_t window = 0;       // envelopes of one bank without an answer yet, at most
  std::uint32_t records = 8'190;  // of one bulk transfer
  std::uint64_t seed = 1;
  bool presigned = true;  // all envelopes are made before the clock starts
};

struct LoadResult {
  double seconds = 0;           // from the first envelope sent to the last one final
  std::uint64_t envelopes = 0;  // sent
  std::uint64_t final_envelopes = 0;
  std::uint64_t settled = 0;  // transfers that a commit certificate covers
  std::uint64_t refused = 0;  // envelopes that were answered with a rejection or a failing result
  std::map<std::uint16_t, std::uint64_t> refused_by_code;  // result code -> envelopes
  std::uint64_t unanswered = 0;
  double transfers_per_second = 0;
  double own_cpu_seconds = 0;      // of this process while the load ran
  double late_max_ms = 0;          // open loop: the furthest a send fell behind its schedule
  std::vector<double> latency_ms;  // sorted; from the intended time of sending to final
};

[[nodiscard]] Result<LoadResult> run_load(Session& session, const LoadPlan& plan);

// Of sorted values; 0 when there are none.
[[nodiscard]] double percentile(const std::vector<double>& sorted, double p);

}  // namespace huangpu::tools
