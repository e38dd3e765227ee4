// A validator's vote log and sign-state in memory, written the way a driver writes them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "consensus/safety/safety_rules.hpp"
#include "tests/unit/consensus/support/network.hpp"

namespace huangpu::consensus::test {

// Files of one validator. Copyable: a copy is what a disk held at that moment.
struct Disk {
  std::vector<Bytes> segments;
  std::optional<Bytes> sign_state[2];
  std::uint64_t nonce{0x1234};
  LanePosition lane_position{0};
};

class SafetyBench {
 public:
  explicit SafetyBench(Network& network, std::size_t self = 0);

  // Replays the disk and makes SafetyRules from it.
  ReplayResult restart();
  ReplayResult replay_only() const;

  [[nodiscard]] SafetyRules& rules() { return *rules_; }
  Disk disk;

  // Writes the open frame, syncs and returns what may be sent. Empty if there was no frame.
  std::vector<VoteMessage> sync();
  // The same, the crash coming between the sync of the log and that of the sign-state.
  std::vector<VoteMessage> sync_without_sign_state();
  // Offset of the next frame in the last segment.
  std::size_t end{0};
  // Begins another segment file for the frames to come.
  void roll_segment();

  // Shorthands.
  [[nodiscard]] StoredBlock stored(std::uint64_t view);
  void notarize_and_sync(std::uint64_t view);

 private:
  std::vector<VoteMessage> write(bool with_sign_state);

  Network& network_;
  std::size_t self_;
  std::uint64_t next_number_{1};
  std::optional<SafetyRules> rules_;
};

}  // namespace huangpu::consensus::test
