#include "consensus/light/batch_order.hpp"

#include "crypto/base/assert.hpp"

namespace huangpu::consensus {

std::vector<BatchPlace> batch_order(std::span<const LaneTip> before, const Block& block) {
  const std::size_t n = before.size();
  HP_ASSERT(n > 0, "a block needs validators");
  std::vector<std::uint64_t> next(n, 0);  // next position to take; 0: the lane does not advance
  std::vector<std::uint64_t> last(n, 0);
  std::size_t open = 0;
  for (const CutEntry& entry : block.cut) {
    const std::size_t lane = entry.lane.value();
    HP_ASSERT(lane < n && entry.pos > before[lane].pos, "a cut advances lanes of the set");
    next[lane] = before[lane].pos.value() + 1;
    last[lane] = entry.pos.value();
    ++open;
  }
  std::vector<BatchPlace> order;
  for (std::size_t turn = block.header.view.value() % n; open > 0; turn = (turn + 1) % n) {
    if (next[turn] == 0) continue;
    order.push_back({ValidatorIndex{static_cast<std::uint16_t>(turn)}, LanePosition{next[turn]}});
    if (next[turn]++ == last[turn]) {
      next[turn] = 0;
      --open;
    }
  }
  return order;
}

void advance(std::span<LaneTip> tips, const Block& block) {
  for (const CutEntry& entry : block.cut) {
    tips[entry.lane.value()] = LaneTip{entry.pos, entry.digest};
  }
}

}  // namespace huangpu::consensus
