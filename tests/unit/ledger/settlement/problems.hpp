// Problems for tests of resolution: small named ones, random ones, and a judge that shares no code
// with the algorithms.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "ledger/settlement/resolution.hpp"

namespace huangpu::ledger::settlement::test {

// Positions by name, such as "A" or "A/EUR"; payments "A" to "B".
class Desk {
 public:
  Desk& holds(const std::string& position, std::int64_t liquidity);
  Desk& reserves(const std::string& position, std::int64_t highly_urgent, std::int64_t urgent);
  // Bounds net normal payments of the first toward the second, or without a second toward everybody
  // else.
  Desk& limits(const std::string& from, const std::string& to, std::int64_t headroom);
  // The item's number, from 1, as in the worked examples.
  int pays(const std::string& from, const std::string& to, std::int64_t amount,
           PriorityClass priority = PriorityClass::kNormal);
  struct Move {
    std::string from;
    std::string to;
    std::int64_t amount;
  };
  int settles(const std::vector<Move>& moves, PriorityClass priority = PriorityClass::kNormal);

  [[nodiscard]] Problem& problem() { return problem_; }
  [[nodiscard]] std::int64_t left(const std::string& position);
  // Numbers of the items, from 1, of all batches.
  [[nodiscard]] static std::vector<int> numbers(const RunResult& result);
  [[nodiscard]] static std::vector<int> numbers(const Batch& batch);

 private:
  std::uint32_t index(const std::string& position);

  Problem problem_;
  std::map<std::string, std::uint32_t> positions_;
  std::map<std::pair<std::string, std::string>, std::uint32_t> limits_;
};

// A problem as plain lists: the judge's own view.
struct Plain {
  struct Item {
    PriorityClass priority;
    std::vector<Leg> legs;
  };
  std::vector<Position> positions;
  std::vector<Limit> limits;
  std::vector<Item> items;

  [[nodiscard]] Problem build() const;
  // As left by the algorithms: positions and limits after, items that are still open.
  [[nodiscard]] static Plain rest_of(const Problem& problem);
};

struct RandomShape {
  unsigned participants_max = 4;
  unsigned assets_max = 2;
  unsigned items_max = 6;
  bool reserves_and_limits = true;
};
[[nodiscard]] Plain random_plain(std::mt19937_64& random, const RandomShape& shape);

// SPEC Q-7 word by word: prefixes, floors, limits. Bit i of `set` stands for item i.
[[nodiscard]] bool feasible(const Plain& plain, std::uint32_t set);
// The union of all feasible sets, and whether it is feasible itself.
struct Greatest {
  std::uint32_t set = 0;
  bool unique = false;
};
[[nodiscard]] Greatest greatest(const Plain& plain);
[[nodiscard]] std::uint32_t as_set(const Batch& batch);

}  // namespace huangpu::ledger::settlement::test
