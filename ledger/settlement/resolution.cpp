#include "ledger/settlement/resolution.hpp"

#include <algorithm>

namespace huangpu::ledger::settlement {
namespace {

// The queues of the open items, as one array cut into runs: queue p is [first[p], first[p + 1]).
class Queues {
 public:
  Queues(const Problem& problem, const std::vector<std::uint8_t>& skip)
      : first_(problem.positions() + 1, 0) {
    const auto open = [&](std::uint32_t item) {
      return !problem.settled(item) && (skip.empty() || skip[item] == 0);
    };
    for (std::uint32_t item = 0; item < problem.items(); ++item) {
      if (!open(item)) continue;
      open_.push_back(item);
      for (const Leg& leg : problem.legs(item)) {
        if (leg.amount < 0) ++first_[leg.position + 1];
      }
    }
    for (std::size_t p = 1; p < first_.size(); ++p) first_[p] += first_[p - 1];
    entries_.resize(first_.back());
    std::vector<std::uint32_t> next(first_.begin(), first_.end() - 1);
    for (const std::uint32_t item : open_) {
      for (const Leg& leg : problem.legs(item)) {
        if (leg.amount < 0) entries_[next[leg.position]++] = item;
      }
    }
  }

  [[nodiscard]] const std::vector<std::uint32_t>& open() const { return open_; }
  [[nodiscard]] std::uint32_t first(std::uint32_t position) const { return first_[position]; }
  [[nodiscard]] std::uint32_t end(std::uint32_t position) const { return first_[position + 1]; }
  [[nodiscard]] std::uint32_t item(std::uint32_t place) const { return entries_[place]; }

 private:
  std::vector<std::uint32_t> open_;
  std::vector<std::uint32_t> first_;
  std::vector<std::uint32_t> entries_;
};

// The descent from "everything" to the greatest feasible set.
class Descent {
 public:
  Descent(const Problem& problem, const std::vector<std::uint8_t>& skip, const CureOrder& order)
      : problem_(problem),
        queues_(problem, skip),
        order_(order),
        included_(problem.items(), 0),
        states_(problem.positions()),
        limits_(problem.limits().size()) {
    for (std::uint32_t p = 0; p < problem.positions(); ++p) {
      states_[p].sum = problem.position(p).liquidity;
      states_[p].end = queues_.end(p);
    }
    for (std::size_t k = 0; k < limits_.size(); ++k) {
      limits_[k].headroom = problem.limits()[k].headroom;
    }
    for (const std::uint32_t item : queues_.open()) include(item);
    steps_ = queues_.open().size();
  }

  Batch run() {
    for (std::uint32_t p = 0; p < problem_.positions(); ++p) wait_if_short(p);
    while (!waiting_.empty()) {
      const std::uint32_t position = next_waiting();
      while (!ok(position)) cut(queues_.item(states_[position].end - 1));
    }
    Batch batch{Stage::kMultilateral, {}, steps_};
    for (const std::uint32_t item : queues_.open()) {
      if (included_[item] != 0) batch.settled.push_back(item);
    }
    return batch;
  }

 private:
  struct PositionState {
    Sum sum = 0;            // liquidity + included credits − included debits
    Sum highly_urgent = 0;  // included debits of the class
    Sum urgent = 0;
    std::uint32_t end = 0;       // of the included prefix of the queue
    std::uint32_t exceeded = 0;  // limits of this position that do not hold
    bool waiting = false;
  };
  struct LimitState {
    Sum headroom = 0;
    std::uint32_t users = 0;  // included items that debit under it
    [[nodiscard]] bool exceeded() const { return users > 0 && headroom < 0; }
  };

  // `sign` +1 includes, −1 takes back.
  void book(std::uint32_t item, int sign) {
    const PriorityClass priority = problem_.priority(item);
    for (const Leg& leg : problem_.legs(item)) {
      PositionState& state = states_[leg.position];
      state.sum += Sum{leg.amount} * sign;
      if (leg.amount < 0) {
        if (priority == PriorityClass::kHighlyUrgent) state.highly_urgent -= Sum{leg.amount} * sign;
        if (priority == PriorityClass::kUrgent) state.urgent -= Sum{leg.amount} * sign;
      }
      if (leg.limit == kNone) continue;
      LimitState& limit = limits_[leg.limit];
      const bool before = limit.exceeded();
      limit.headroom += Sum{leg.amount} * sign;
      if (leg.amount < 0) limit.users = sign > 0 ? limit.users + 1 : limit.users - 1;
      if (!before && limit.exceeded()) ++state.exceeded;
      if (before && !limit.exceeded()) --state.exceeded;
    }
  }

  void include(std::uint32_t item) {
    included_[item] = 1;
    book(item, 1);
  }

  // A position that pays nothing is in order, even if its line was cut below what it drew.
  [[nodiscard]] bool ok(std::uint32_t position) const {
    const PositionState& state = states_[position];
    if (state.end == queues_.first(position)) return true;
    if (state.exceeded > 0) return false;
    const PriorityClass last = problem_.priority(queues_.item(state.end - 1));
    return state.sum >=
           floor_of(problem_.position(position), last, state.highly_urgent, state.urgent);
  }

  void wait_if_short(std::uint32_t position) {
    if (states_[position].waiting || ok(position)) return;
    states_[position].waiting = true;
    waiting_.push_back(position);
  }

  std::uint32_t next_waiting() {
    if (order_) std::swap(waiting_[order_(waiting_.size())], waiting_.back());
    const std::uint32_t position = waiting_.back();
    waiting_.pop_back();
    states_[position].waiting = false;
    return position;
  }

  // Takes the item out, and with it everything behind it in any of its queues.
  void cut(std::uint32_t item) {
    to_cut_.push_back(item);
    while (!to_cut_.empty()) {
      const std::uint32_t next = to_cut_.back();
      to_cut_.pop_back();
      if (included_[next] == 0) continue;
      included_[next] = 0;
      ++steps_;
      book(next, -1);
      for (const Leg& leg : problem_.legs(next)) {
        if (leg.amount < 0) {
          truncate(leg.position, next);
        } else {
          wait_if_short(leg.position);
        }
      }
    }
  }

  // Shortens the prefix to end before `item`. Items are numbered in queue order.
  void truncate(std::uint32_t position, std::uint32_t item) {
    PositionState& state = states_[position];
    while (state.end > queues_.first(position) && queues_.item(state.end - 1) >= item) {
      --state.end;
      to_cut_.push_back(queues_.item(state.end));
    }
    wait_if_short(position);
  }

  const Problem& problem_;
  Queues queues_;
  const CureOrder& order_;
  std::vector<std::uint8_t> included_;
  std::vector<PositionState> states_;
  std::vector<LimitState> limits_;
  std::vector<std::uint32_t> waiting_;
  std::vector<std::uint32_t> to_cut_;
  std::uint64_t steps_ = 0;
};

void keep(RunResult& result, Batch batch, bool& changed) {
  result.steps += batch.steps;
  if (batch.settled.empty()) return;
  changed = true;
  result.batches.push_back(std::move(batch));
}

}  // namespace

Batch settle_fifo(Problem& problem) {
  const Queues queues(problem, {});
  std::vector<std::uint32_t> head(problem.positions());
  std::vector<std::uint32_t> to_try;
  for (std::uint32_t p = problem.positions(); p-- > 0;) {
    head[p] = queues.first(p);
    if (head[p] != queues.end(p)) to_try.push_back(p);
  }
  const auto at_head = [&](std::uint32_t item) {
    return std::ranges::all_of(problem.legs(item), [&](const Leg& leg) {
      return leg.amount > 0 || queues.item(head[leg.position]) == item;
    });
  };
  Batch batch{Stage::kFifo, {}, 0};
  while (!to_try.empty()) {
    const std::uint32_t position = to_try.back();
    to_try.pop_back();
    while (head[position] != queues.end(position)) {
      const std::uint32_t item = queues.item(head[position]);
      ++batch.steps;
      if (!at_head(item) || !problem.fits(item)) break;
      problem.settle(item);
      batch.settled.push_back(item);
      for (const Leg& leg : problem.legs(item)) {
        if (leg.amount < 0) ++head[leg.position];
        if (leg.position != position) to_try.push_back(leg.position);
      }
    }
  }
  std::ranges::sort(batch.settled);
  return batch;
}

Batch settle_multilateral(Problem& problem, const std::vector<std::uint8_t>& skip,
                          const CureOrder& order) {
  Batch batch = Descent(problem, skip, order).run();
  for (const std::uint32_t item : batch.settled) problem.settle(item);
  return batch;
}

std::vector<std::uint8_t> hopeless_items(const Problem& problem) {
  struct Need {
    std::int64_t amount;  // negative, as in the leg
    std::uint32_t item;
  };
  std::vector<Sum> reach(problem.positions());
  std::vector<std::vector<Need>> needs(problem.positions());
  for (std::uint32_t p = 0; p < problem.positions(); ++p) reach[p] = problem.position(p).liquidity;
  for (std::uint32_t item = 0; item < problem.items(); ++item) {
    if (problem.settled(item)) continue;
    for (const Leg& leg : problem.legs(item)) {
      if (leg.amount > 0) reach[leg.position] += leg.amount;
      if (leg.amount < 0 && problem.priority(item) == PriorityClass::kNormal) {
        needs[leg.position].push_back(Need{leg.amount, item});
      }
    }
  }
  // Largest first, so that each position stops at the first one that is within reach.
  std::vector<std::uint32_t> to_check;
  for (std::uint32_t p = 0; p < problem.positions(); ++p) {
    std::ranges::sort(needs[p], [](const Need& a, const Need& b) {
      return a.amount != b.amount ? a.amount < b.amount : a.item < b.item;
    });
    if (!needs[p].empty()) to_check.push_back(p);
  }
  std::vector<std::uint32_t> next(problem.positions(), 0);
  std::vector<std::uint8_t> hopeless(problem.items(), 0);
  while (!to_check.empty()) {
    const std::uint32_t position = to_check.back();
    to_check.pop_back();
    while (next[position] < needs[position].size()) {
      const Need& need = needs[position][next[position]];
      if (hopeless[need.item] == 0 && -Sum{need.amount} <= reach[position]) break;
      ++next[position];
      if (hopeless[need.item] != 0) continue;
      hopeless[need.item] = 1;
      for (const Leg& leg : problem.legs(need.item)) {
        if (leg.amount < 0) continue;
        reach[leg.position] -= leg.amount;
        to_check.push_back(leg.position);
      }
    }
  }
  return hopeless;
}

Batch settle_bypass(Problem& problem) {
  std::vector<std::uint8_t> urgent_waits(problem.positions(), 0);
  Batch batch{Stage::kBypass, {}, 0};
  for (std::uint32_t item = 0; item < problem.items(); ++item) {
    if (problem.settled(item)) continue;
    ++batch.steps;
    const auto debits = [&problem, item](const auto& visit) {
      return std::ranges::all_of(problem.legs(item), [&visit](const Leg& leg) {
        return leg.amount > 0 || visit(leg.position);
      });
    };
    if (problem.priority(item) != PriorityClass::kNormal) {
      debits([&urgent_waits](std::uint32_t position) {
        urgent_waits[position] = 1;
        return true;
      });
      continue;
    }
    const bool free =
        debits([&urgent_waits](std::uint32_t position) { return urgent_waits[position] == 0; });
    if (!free || !problem.fits(item)) continue;
    problem.settle(item);
    batch.settled.push_back(item);
  }
  return batch;
}

RunResult run(Problem& problem, const RunOptions& options) {
  RunResult result;
  for (std::uint32_t round = 0; round < options.rounds_max; ++round) {
    bool changed = false;
    keep(result, settle_fifo(problem), changed);
    keep(result, settle_multilateral(problem), changed);
    result.at_rest = !changed;
    if (!options.relaxed) break;
    Batch relaxed = settle_multilateral(problem, hopeless_items(problem));
    relaxed.stage = Stage::kRelaxed;
    keep(result, std::move(relaxed), changed);
    keep(result, settle_bypass(problem), changed);
    result.at_rest = !changed;
    if (!changed) break;
  }
  return result;
}

}  // namespace huangpu::ledger::settlement
