#include "tests/unit/ledger/settlement/problems.hpp"

#include <algorithm>

namespace huangpu::ledger::settlement::test {

std::uint32_t Desk::index(const std::string& position) {
  const auto place = positions_.find(position);
  if (place != positions_.end()) return place->second;
  return positions_[position] = problem_.add_position({});
}

Desk& Desk::holds(const std::string& position, std::int64_t liquidity) {
  positions_[position] = problem_.add_position(Position{liquidity, 0, 0});
  return *this;
}

Desk& Desk::reserves(const std::string& position, std::int64_t highly_urgent, std::int64_t urgent) {
  const Sum liquidity = problem_.position(index(position)).liquidity;
  positions_[position] = problem_.add_position(Position{liquidity, highly_urgent, urgent});
  return *this;
}

Desk& Desk::limits(const std::string& from, const std::string& to, std::int64_t headroom) {
  limits_[{from, to}] = problem_.add_limit(Limit{index(from), headroom});
  return *this;
}

int Desk::pays(const std::string& from, const std::string& to, std::int64_t amount,
               PriorityClass priority) {
  const auto limit = [&](const std::string& owner, const std::string& other) {
    if (priority != PriorityClass::kNormal) return kNone;
    auto place = limits_.find({owner, other});
    if (place == limits_.end()) place = limits_.find({owner, ""});
    return place == limits_.end() ? kNone : place->second;
  };
  const Leg legs[] = {{index(from), -amount, limit(from, to)},
                      {index(to), amount, limit(to, from)}};
  return static_cast<int>(problem_.add_item(priority, legs)) + 1;
}

int Desk::settles(const std::vector<Move>& moves, PriorityClass priority) {
  std::vector<Leg> legs;
  for (const Move& move : moves) {
    legs.push_back(Leg{index(move.from), -move.amount, kNone});
    legs.push_back(Leg{index(move.to), move.amount, kNone});
  }
  return static_cast<int>(problem_.add_item(priority, legs)) + 1;
}

std::int64_t Desk::left(const std::string& position) {
  return static_cast<std::int64_t>(problem_.position(index(position)).liquidity);
}

std::vector<int> Desk::numbers(const RunResult& result) {
  std::vector<int> numbers;
  for (const Batch& batch : result.batches) {
    for (const auto item : batch.settled) numbers.push_back(static_cast<int>(item) + 1);
  }
  std::ranges::sort(numbers);
  return numbers;
}

std::vector<int> Desk::numbers(const Batch& batch) { return numbers(RunResult{{batch}, 0}); }

Problem Plain::build() const {
  Problem problem;
  for (const auto& position : positions) problem.add_position(position);
  for (const auto& limit : limits) problem.add_limit(limit);
  for (const auto& item : items) problem.add_item(item.priority, item.legs);
  return problem;
}

Plain Plain::rest_of(const Problem& problem) {
  Plain plain;
  for (std::uint32_t p = 0; p < problem.positions(); ++p) {
    plain.positions.push_back(problem.position(p));
  }
  plain.limits = problem.limits();
  for (std::uint32_t i = 0; i < problem.items(); ++i) {
    if (problem.settled(i)) continue;
    const auto legs = problem.legs(i);
    plain.items.push_back({problem.priority(i), {legs.begin(), legs.end()}});
  }
  return plain;
}

Plain random_plain(std::mt19937_64& random, const RandomShape& shape) {
  const auto below = [&random](unsigned bound) { return static_cast<unsigned>(random() % bound); };
  const unsigned participants = 2 + below(shape.participants_max - 1);
  const unsigned assets = 1 + below(shape.assets_max);
  Plain plain;
  const auto position = [assets](unsigned participant, unsigned asset) {
    return participant * assets + asset;
  };
  for (unsigned p = 0; p < participants * assets; ++p) {
    Position at{below(13), 0, 0};
    if (shape.reserves_and_limits && below(3) == 0) at.reserved_highly_urgent = below(8);
    if (shape.reserves_and_limits && below(3) == 0) at.reserved_urgent = below(8);
    plain.positions.push_back(at);
  }
  // limit_of[(owner, other)] in asset 0; the multilateral one stands at (owner, owner).
  std::map<std::pair<unsigned, unsigned>, std::uint32_t> limit_of;
  for (unsigned a = 0; shape.reserves_and_limits && a < participants; ++a) {
    for (unsigned b = 0; b < participants; ++b) {
      if (below(5) != 0) continue;
      limit_of[{a, b}] = static_cast<std::uint32_t>(plain.limits.size());
      plain.limits.push_back(Limit{position(a, 0), Sum{below(14)} - 3});
    }
  }
  const auto find_limit = [&limit_of](unsigned owner, unsigned other) {
    auto place = limit_of.find({owner, other});
    if (place == limit_of.end()) place = limit_of.find({owner, owner});
    return place == limit_of.end() ? kNone : place->second;
  };
  const unsigned items = 1 + below(shape.items_max);
  std::vector<PriorityClass> classes(items);
  for (auto& priority : classes) {
    priority = below(2) == 0 ? PriorityClass::kNormal : static_cast<PriorityClass>(below(4));
  }
  std::ranges::sort(classes);
  for (const PriorityClass priority : classes) {
    const unsigned from = below(participants);
    const unsigned to = (from + 1 + below(participants - 1)) % participants;
    Plain::Item item{priority, {}};
    const auto amount = static_cast<std::int64_t>(1 + below(15));
    const bool is_payment = assets == 1 || below(2) == 0;
    const bool limited = is_payment && priority == PriorityClass::kNormal;
    item.legs.push_back({position(from, 0), -amount, limited ? find_limit(from, to) : kNone});
    item.legs.push_back({position(to, 0), amount, limited ? find_limit(to, from) : kNone});
    if (!is_payment) {
      const auto other = static_cast<std::int64_t>(1 + below(15));
      item.legs.push_back({position(to, 1), -other, kNone});
      item.legs.push_back({position(from, 1), other, kNone});
    }
    plain.items.push_back(item);
  }
  return plain;
}

bool feasible(const Plain& plain, std::uint32_t set) {
  const auto in = [set](std::size_t item) { return ((set >> item) & 1U) != 0; };
  for (std::uint32_t p = 0; p < plain.positions.size(); ++p) {
    Sum after = plain.positions[p].liquidity;
    Sum highly_urgent = 0;
    Sum urgent = 0;
    std::optional<PriorityClass> last;
    bool gap = false;
    for (std::size_t i = 0; i < plain.items.size(); ++i) {
      for (const Leg& leg : plain.items[i].legs) {
        if (leg.position != p) continue;
        if (in(i)) after += leg.amount;
        if (leg.amount > 0) continue;
        if (in(i) && gap) return false;
        if (!in(i)) {
          gap = true;
          continue;
        }
        last = plain.items[i].priority;
        if (last == PriorityClass::kHighlyUrgent) highly_urgent -= leg.amount;
        if (last == PriorityClass::kUrgent) urgent -= leg.amount;
      }
    }
    if (!last) continue;
    Sum floor = 0;
    if (*last >= PriorityClass::kUrgent) {
      floor += std::max(Sum{0}, plain.positions[p].reserved_highly_urgent - highly_urgent);
    }
    if (*last == PriorityClass::kNormal) {
      floor += std::max(Sum{0}, plain.positions[p].reserved_urgent - urgent);
    }
    if (after < floor) return false;
  }
  for (std::uint32_t k = 0; k < plain.limits.size(); ++k) {
    Sum headroom = plain.limits[k].headroom;
    bool used = false;
    for (std::size_t i = 0; i < plain.items.size(); ++i) {
      if (!in(i)) continue;
      for (const Leg& leg : plain.items[i].legs) {
        if (leg.limit != k) continue;
        headroom += leg.amount;
        used |= leg.amount < 0;
      }
    }
    if (used && headroom < 0) return false;
  }
  return true;
}

Greatest greatest(const Plain& plain) {
  Greatest result;
  for (std::uint32_t set = 0; set < (1U << plain.items.size()); ++set) {
    if (feasible(plain, set)) result.set |= set;
  }
  result.unique = feasible(plain, result.set);
  return result;
}

std::uint32_t as_set(const Batch& batch) {
  std::uint32_t set = 0;
  for (const auto item : batch.settled) set |= 1U << item;
  return set;
}

}  // namespace huangpu::ledger::settlement::test
