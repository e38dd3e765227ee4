// Problem: what stands in the queues and what liquidity there is, in dense numbers, for the
// algorithms of resolution.hpp (SPEC Q-1..Q-4).
//
// A position is one account's holding of one asset. An item is a set of legs that settle together
// or not at all: a payment has one debit and one credit, delivery versus payment has two of each.
// Every position has one queue: the items that debit it, in the order in which they were added.
// That order is the same for all queues of an item: (priority class, sequence).
//
// Amounts of legs fit 63 bits and liquidity is cut at 2^100, which no queue of fewer than 2^36
// items can use up; sums are 128 bits wide and cannot overflow. Building it is linear in the legs.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "crypto/base/amount.hpp"

namespace huangpu::ledger::settlement {

// Signed sum of amounts.
__extension__ using Sum = __int128;

inline constexpr std::uint64_t kLegAmountMax = (std::uint64_t{1} << 63) - 1;
inline constexpr std::uint32_t kNone = 0xffffffffU;

// The lower, the earlier. Numbers are part of the state.
enum class PriorityClass : std::uint8_t {
  kSystem = 0,  // central bank and operator
  kHighlyUrgent = 1,
  kUrgent = 2,
  kNormal = 3,
};

// The amount as a sum, cut at 2^100.
[[nodiscard]] Sum as_sum(Amount amount);

struct Position {
  Sum liquidity = 0;  // what may be debited now, headroom of a credit line included; not negative
  // Kept for payments of these classes. A payment of the class uses its reserve up first.
  Sum reserved_highly_urgent = 0;
  Sum reserved_urgent = 0;
};

// Bounds what a position pays net, in normal payments, to the counterparties the limit is about.
struct Limit {
  std::uint32_t position = 0;
  Sum headroom = 0;  // limit less net use so far; negative after the limit was lowered
};

struct Leg {
  std::uint32_t position = 0;
  std::int64_t amount = 0;  // negative: debit. Not zero.
  // The limit of this position that the leg uses (debit) or frees (credit); kNone without.
  std::uint32_t limit = kNone;
};

class Problem {
 public:
  // Each returns the index of what was added.
  std::uint32_t add_position(const Position& position);
  std::uint32_t add_limit(const Limit& limit);
  // Items come in queue order, classes never descending. The legs name existing, different
  // positions.
  std::uint32_t add_item(PriorityClass priority, std::span<const Leg> legs);

  [[nodiscard]] std::uint32_t items() const { return static_cast<std::uint32_t>(classes_.size()); }
  [[nodiscard]] std::uint32_t positions() const {
    return static_cast<std::uint32_t>(positions_.size());
  }
  [[nodiscard]] const Position& position(std::uint32_t index) const { return positions_[index]; }
  [[nodiscard]] const std::vector<Limit>& limits() const { return limits_; }
  [[nodiscard]] PriorityClass priority(std::uint32_t item) const { return classes_[item]; }
  [[nodiscard]] std::span<const Leg> legs(std::uint32_t item) const {
    return std::span(legs_).subspan(first_leg_[item], first_leg_[item + 1] - first_leg_[item]);
  }
  // Settled by an earlier stage.
  [[nodiscard]] bool settled(std::uint32_t item) const { return settled_[item] != 0; }

  // Books one item: liquidity, reserves and limits. The caller has made sure that it may settle.
  void settle(std::uint32_t item);
  // Whether the item may settle alone: every position keeps its floor, every limit holds.
  [[nodiscard]] bool fits(std::uint32_t item) const;

 private:
  std::vector<Position> positions_;
  std::vector<Limit> limits_;
  std::vector<PriorityClass> classes_;
  std::vector<std::uint32_t> first_leg_ = {0};
  std::vector<Leg> legs_;
  std::vector<std::uint8_t> settled_;
};

// What must be left on a position after it paid `highly_urgent` and `urgent` in those classes and
// its last payment was of class `last` (SPEC Q-5).
[[nodiscard]] inline Sum floor_of(const Position& position, PriorityClass last, Sum highly_urgent,
                                  Sum urgent) {
  const auto rest = [](Sum reserve, Sum used) { return reserve > used ? reserve - used : Sum{0}; };
  switch (last) {
    case PriorityClass::kNormal:
      return rest(position.reserved_highly_urgent, highly_urgent) +
             rest(position.reserved_urgent, urgent);
    case PriorityClass::kUrgent:
      return rest(position.reserved_highly_urgent, highly_urgent);
    case PriorityClass::kHighlyUrgent:
    case PriorityClass::kSystem:
      break;
  }
  return 0;
}

}  // namespace huangpu::ledger::settlement
