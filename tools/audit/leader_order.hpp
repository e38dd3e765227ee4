// Whose turn a view is: SPEC C-103, written again from the rule, so that the audit does not take
// the engine's word for it. Pure.
#pragma once

#include <vector>

#include "consensus/types/chain.hpp"

namespace huangpu::tools {

class LeaderOrder {
 public:
  // `start` is what the first block of the epoch names as its parent. Requires validators and
  // window above 0.
  LeaderOrder(crypto::SuiteId suite, const crypto::Digest& start, std::size_t validators,
              std::uint32_t window);

  // Requires view above 0.
  [[nodiscard]] ValidatorIndex leader(View view) const;

 private:
  std::uint64_t window_;
  std::vector<ValidatorIndex> order_;
};

}  // namespace huangpu::tools
