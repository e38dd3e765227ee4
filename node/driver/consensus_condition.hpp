// From the engine's status to the facts that people are told about (SPEC N-270, N-271).
//
// Pure; any thread.
#pragma once

#include <cstdint>
#include <string>

#include "consensus/core/engine_status.hpp"
#include "consensus/core/leader_schedule.hpp"
#include "consensus/types/epoch.hpp"
#include "node/api/backend.hpp"

namespace huangpu::node {

// Whose part is missing, and how few of them would do.
[[nodiscard]] ConsensusCondition consensus_condition(const consensus::EngineStatus& status,
                                                     const consensus::EpochRecord& epoch,
                                                     const consensus::LeaderSchedule& leaders,
                                                     ValidatorIndex self);

// Since when view and final height are what they are. Work that comes after idleness begins a new
// wait: an idle chain stands still on purpose.
class ProgressClock {
 public:
  void look(const consensus::EngineStatus& status, std::uint64_t now_ms);
  [[nodiscard]] std::uint64_t view_ms(std::uint64_t now_ms) const { return since(view_, now_ms); }
  [[nodiscard]] std::uint64_t final_ms(std::uint64_t now_ms) const { return since(final_, now_ms); }

 private:
  static std::uint64_t since(std::uint64_t then_ms, std::uint64_t now_ms) {
    return now_ms > then_ms ? now_ms - then_ms : 0;
  }

  Epoch epoch_{0};
  View of_view_{0};
  Height of_height_{0};
  bool worked_ = false;
  std::uint64_t view_ = 0;
  std::uint64_t final_ = 0;
};

}  // namespace huangpu::node
