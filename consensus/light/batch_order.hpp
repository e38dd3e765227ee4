// The order in which a block's batches are executed (SPEC C-45).
//
// Lanes take turns, one batch each, starting with lane `view mod n`, so that no lane is always
// first and one crowded lane does not push the others to the end. Whoever replays a chain needs
// exactly this order.
#pragma once

#include <span>
#include <vector>

#include "consensus/types/block.hpp"

namespace huangpu::consensus {

struct BatchPlace {
  ValidatorIndex lane{0};
  LanePosition pos{0};

  friend bool operator==(const BatchPlace&, const BatchPlace&) = default;
};

// `before` are the lanes' tips before the block, one per validator. The block's cut must advance
// them, which block validity guarantees.
[[nodiscard]] std::vector<BatchPlace> batch_order(std::span<const LaneTip> before,
                                                  const Block& block);

// Moves the tips past the block.
void advance(std::span<LaneTip> tips, const Block& block);

}  // namespace huangpu::consensus
