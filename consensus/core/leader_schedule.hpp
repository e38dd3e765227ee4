// Whose turn a view is (SPEC C-103): a permutation of the validators drawn from the hash of the
// block the epoch starts from, each leading `leader_window` consecutive views. Predictable on
// purpose; members are known institutions.
#pragma once

#include <vector>

#include "consensus/types/chain.hpp"

namespace huangpu::consensus {

class LeaderSchedule {
 public:
  LeaderSchedule(SuiteId suite, const Digest& epoch_start, std::size_t validators,
                 std::uint32_t window);

  // Views count from 1.
  [[nodiscard]] ValidatorIndex leader(View view) const;

 private:
  std::vector<ValidatorIndex> order_;
  std::uint64_t window_;
};

}  // namespace huangpu::consensus
