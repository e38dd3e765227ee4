#include "ledger/settlement/problem.hpp"

#include <algorithm>

#include "crypto/base/assert.hpp"

namespace huangpu::ledger::settlement {
namespace {

constexpr Sum kLiquidityMax = Sum{1} << 100;

}  // namespace

Sum as_sum(Amount amount) {
  if ((amount.hi() >> 36) != 0) return kLiquidityMax;
  return (Sum{amount.hi()} << 64) | Sum{amount.lo()};
}

std::uint32_t Problem::add_position(const Position& position) {
  positions_.push_back(position);
  return positions() - 1;
}

std::uint32_t Problem::add_limit(const Limit& limit) {
  limits_.push_back(limit);
  return static_cast<std::uint32_t>(limits_.size()) - 1;
}

std::uint32_t Problem::add_item(PriorityClass priority, std::span<const Leg> legs) {
  HP_ASSERT(classes_.empty() || classes_.back() <= priority,
            "items were not added in the order of their priority classes");
  classes_.push_back(priority);
  legs_.insert(legs_.end(), legs.begin(), legs.end());
  first_leg_.push_back(static_cast<std::uint32_t>(legs_.size()));
  settled_.push_back(0);
  return items() - 1;
}

bool Problem::fits(std::uint32_t item) const {
  const PriorityClass priority = classes_[item];
  return std::ranges::all_of(legs(item), [this, priority](const Leg& leg) {
    if (leg.amount > 0) return true;
    const Position& position = positions_[leg.position];
    const Sum paid = -Sum{leg.amount};
    const Sum floor =
        floor_of(position, priority, priority == PriorityClass::kHighlyUrgent ? paid : 0,
                 priority == PriorityClass::kUrgent ? paid : 0);
    if (position.liquidity - paid < floor) return false;
    return leg.limit == kNone || limits_[leg.limit].headroom >= paid;
  });
}

void Problem::settle(std::uint32_t item) {
  settled_[item] = 1;
  for (const Leg& leg : legs(item)) {
    Position& position = positions_[leg.position];
    position.liquidity += leg.amount;
    if (leg.limit != kNone) limits_[leg.limit].headroom += leg.amount;
    if (leg.amount > 0) continue;
    const auto use = [&leg](Sum& reserve) { reserve -= std::min(reserve, -Sum{leg.amount}); };
    if (classes_[item] == PriorityClass::kHighlyUrgent) use(position.reserved_highly_urgent);
    if (classes_[item] == PriorityClass::kUrgent) use(position.reserved_urgent);
  }
}

}  // namespace huangpu::ledger::settlement
