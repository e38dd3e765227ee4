// What goes wrong in a seed: which classes of faults, how hard, and when (swarm testing: each seed
// draws its own mix, so that no class always hides another).
#pragma once

#include <string>

#include "tests/sim/random.hpp"
#include "tests/sim/world.hpp"

namespace huangpu::sim {

struct FaultMix {
  bool crash = false;
  bool crash_all = false;
  bool partition = false;
  bool one_way = false;
  bool loss = false;
  bool duplicate = false;
  bool reorder = false;
  bool delay = false;
  bool slow_disk = false;
  bool clock = false;
  bool sync_error = false;  // a sync fails once, its bytes are lost
  bool disk_full = false;
  // Of a machine that is down; at most f machines in a run.
  bool bit_flip = false;  // in one of its files
  bool backup = false;    // its data folder is put back as it was some time ago

  [[nodiscard]] static FaultMix draw(Random& random);
  [[nodiscard]] std::string names() const;
};

class Nemesis {
 public:
  Nemesis(World& world, Random random, const FaultMix& mix);

  void start();
  // What is broken stays broken; World::heal repairs it.
  void stop() { ++run_; }

 private:
  void next();
  void strike();
  void set_weather();
  void later(Micros delay, std::function<void()> job);
  [[nodiscard]] std::size_t any_node() { return random_.below(world_.size()); }
  [[nodiscard]] test::Crash crash_kind();
  void restart_later(std::size_t node, Micros pause_max);
  void damage(std::size_t node);

  World& world_;
  Random random_;
  const FaultMix mix_;
  Micros pause_;  // between strikes, on average
  std::uint64_t run_ = 0;
};

}  // namespace huangpu::sim
