// Twins: two copies of one key, each honest by itself, and a script that says for every view who
// hears whom. After the script the network is whole.
//
// Equivocation, amnesia and double votes of one validator are all runs of this kind (Bano et al.,
// "Twins: BFT systems made robust"). At four validators and three views every script is tried, up
// to what is the same: the two copies may be exchanged. Who leads is a fixed order of the
// validators, so a script chooses which place in that order the twin has. Beyond, scripts are
// drawn without repetition. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/sim/observer.hpp"

namespace huangpu::sim {

struct TwinScript {
  std::size_t validators = 4;
  // Places in the order of leaders: 0 leads view 1.
  std::vector<std::size_t> twins;
  // Per view and machine a group: machines by place, then the second copies. Messages about a view
  // pass within a group only.
  std::vector<std::vector<int>> groups;

  [[nodiscard]] std::string text() const;
};

// All scripts of four validators, one twin and three views; equal up to the exchange of the copies
// are one.
class AllTwinScripts {
 public:
  AllTwinScripts();
  [[nodiscard]] std::uint64_t size() const { return 4 * triples_.size(); }
  // Numbers below size(); neighbours have little in common, so a part of them is a sample.
  [[nodiscard]] TwinScript operator[](std::uint64_t number) const;

 private:
  struct Triple {
    std::uint8_t view[3];  // numbers of partitions
  };
  std::vector<std::vector<int>> partitions_;  // of five machines
  std::vector<Triple> triples_;
};

// Scripts of four to seven validators, as many twins as may be faulty and four to six views, each
// with two groups. Numbers up to three million give different ones.
[[nodiscard]] TwinScript sampled_twin_script(std::uint64_t number);

// Empty if no rule was violated and at least ten more blocks became final after the script.
[[nodiscard]] Violations run_twins(const TwinScript& script);

}  // namespace huangpu::sim
