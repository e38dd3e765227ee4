// Resolution against brute force: 100,000 and more small random cases with several assets, classes,
// reserves and limits. A failing case prints its seed.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/ledger/settlement/problems.hpp"

namespace huangpu::ledger::settlement::test {
namespace {

constexpr std::uint64_t kSeed = 20261123;
constexpr int kCases = 100'000;
constexpr int kShards = 4;

std::mt19937_64 seeded(int number) {
  return std::mt19937_64(kSeed + static_cast<unsigned>(number));
}

class Strict : public ::testing::TestWithParam<int> {
 protected:
  // Calls `check` with a random case and the generator that made it.
  template <class Check>
  static void for_each_case(const RandomShape& shape, const Check& check) {
    for (int number = GetParam(); number < kCases; number += kShards) {
      auto random = seeded(number);
      const Plain plain = random_plain(random, shape);
      check(plain, random);
      if (HasFailure()) FAIL() << "seed " << kSeed << " + " << number;
    }
  }
};

TEST_P(Strict, SettlesTheUniqueGreatestFeasibleSetWhateverTheOrderOfCures) {
  int non_empty = 0;
  for_each_case({}, [&non_empty](const Plain& plain, std::mt19937_64& random) {
    const Greatest expected = greatest(plain);
    ASSERT_TRUE(expected.unique);
    non_empty += expected.set != 0 ? 1 : 0;
    Problem problem = plain.build();
    const Batch batch = settle_multilateral(problem);
    ASSERT_EQ(as_set(batch), expected.set);
    for (int repeat = 0; repeat < 2; ++repeat) {
      Problem again = plain.build();
      const Batch other = settle_multilateral(
          again, {}, [&random](std::size_t waiting) { return random() % waiting; });
      ASSERT_EQ(other.settled, batch.settled);
      ASSERT_EQ(other.steps, batch.steps);
    }
  });
  EXPECT_GT(non_empty, kCases / kShards / 4);
}

TEST_P(Strict, NeverSettlesLessWhenSomebodyHasMoreLiquidity) {
  for_each_case({}, [](const Plain& plain, std::mt19937_64& random) {
    Problem problem = plain.build();
    const auto before = as_set(settle_multilateral(problem));
    Plain richer = plain;
    richer.positions[random() % richer.positions.size()].liquidity += 1 + random() % 10;
    Problem more = richer.build();
    ASSERT_EQ(as_set(settle_multilateral(more)) & before, before);
  });
}

TEST_P(Strict, NeverSettlesLessWhenAnItemJoinsTheTail) {
  for_each_case({}, [](const Plain& plain, std::mt19937_64& random) {
    Problem problem = plain.build();
    const auto before = as_set(settle_multilateral(problem));
    const auto participants = plain.positions.size();
    const auto from = static_cast<std::uint32_t>(random() % participants);
    const auto to =
        static_cast<std::uint32_t>((from + 1 + random() % (participants - 1)) % participants);
    const auto amount = static_cast<std::int64_t>(1 + random() % 15);
    Plain longer = plain;
    longer.items.push_back({PriorityClass::kNormal, {{from, -amount, kNone}, {to, amount, kNone}}});
    Problem more = longer.build();
    ASSERT_EQ(as_set(settle_multilateral(more)) & before, before);
  });
}

// What every batch must keep, in whatever stage, judged on the open items before it.
void check_batch(const Plain& before, const Problem& after, const std::vector<std::uint32_t>& open,
                 const Batch& batch) {
  std::uint32_t set = 0;
  for (const auto item : batch.settled) {
    const auto place = std::ranges::find(open, item);
    ASSERT_NE(place, open.end()) << "an item settled twice";
    set |= 1U << (place - open.begin());
  }
  const auto in = [set](std::size_t item) { return ((set >> item) & 1U) != 0; };
  for (std::uint32_t p = 0; p < before.positions.size(); ++p) {
    Sum expected = before.positions[p].liquidity;
    bool urgent_open = false;
    for (std::size_t i = 0; i < before.items.size(); ++i) {
      for (const Leg& leg : before.items[i].legs) {
        if (leg.position != p) continue;
        if (in(i)) expected += leg.amount;
        if (leg.amount > 0) continue;
        ASSERT_FALSE(in(i) && urgent_open) << "an item passed one of a higher class";
        urgent_open |= !in(i) && before.items[i].priority != PriorityClass::kNormal;
      }
    }
    ASSERT_EQ(after.position(p).liquidity, expected) << "legs are not atomic";
    ASSERT_GE(after.position(p).liquidity, 0);
  }
  if (batch.stage == Stage::kFifo || batch.stage == Stage::kMultilateral) {
    ASSERT_TRUE(feasible(before, set)) << "a strict batch broke a prefix, a reserve or a limit";
  }
  // The same judgement without the prefix rule for normal items: those that stay are not there.
  Plain alone = before;
  alone.items.clear();
  for (std::size_t i = 0; i < before.items.size(); ++i) {
    if (in(i)) alone.items.push_back(before.items[i]);
  }
  ASSERT_TRUE(feasible(alone, (1U << alone.items.size()) - 1))
      << "a reserve or a limit was breached";
}

TEST_P(Strict, PipelineKeepsReservesLimitsClassesAndEveryUnit) {
  int relaxed_found_more = 0;
  for_each_case({}, [&relaxed_found_more](const Plain& plain, std::mt19937_64&) {
    Problem stepped = plain.build();
    Problem whole = plain.build();
    const RunResult result = run(whole);
    Sum total_before = 0;
    Sum total_after = 0;
    for (std::uint32_t p = 0; p < plain.positions.size(); ++p) {
      total_before += plain.positions[p].liquidity;
      total_after += whole.position(p).liquidity;
    }
    ASSERT_EQ(total_before, total_after);
    for (const Batch& batch : result.batches) {
      const Plain before = Plain::rest_of(stepped);
      std::vector<std::uint32_t> open;
      for (std::uint32_t i = 0; i < stepped.items(); ++i) {
        if (!stepped.settled(i)) open.push_back(i);
      }
      for (const auto item : batch.settled) stepped.settle(item);
      check_batch(before, stepped, open, batch);
      if (::testing::Test::HasFatalFailure()) return;
      relaxed_found_more += batch.stage == Stage::kRelaxed || batch.stage == Stage::kBypass ? 1 : 0;
    }
    // What is left is at rest: nothing strict can settle any more.
    ASSERT_EQ(greatest(Plain::rest_of(whole)).set, 0U);
  });
  EXPECT_GT(relaxed_found_more, 100);
}

TEST_P(Strict, HopelessItemsAreInNoFeasibleSet) {
  int found = 0;
  for_each_case({}, [&found](const Plain& plain, std::mt19937_64&) {
    const auto hopeless = hopeless_items(plain.build());
    for (std::uint32_t set = 0; set < (1U << plain.items.size()); ++set) {
      if (!feasible(plain, set)) continue;
      for (std::size_t i = 0; i < hopeless.size(); ++i) {
        ASSERT_FALSE(hopeless[i] != 0 && ((set >> i) & 1U) != 0);
      }
    }
    for (const auto mark : hopeless) found += mark;
  });
  EXPECT_GT(found, 100);
}

INSTANTIATE_TEST_SUITE_P(Shards, Strict, ::testing::Range(0, kShards));

TEST(Fifo, SettlesHeadsOneByOneAndNeverPassesOne) {
  Desk desk;
  desk.holds("A", 5).holds("B", 0).holds("C", 0);
  desk.pays("A", "B", 5);
  desk.pays("B", "C", 4);
  desk.pays("B", "A", 9);  // does not fit: what stands behind it waits
  desk.pays("B", "A", 1);
  EXPECT_EQ(Desk::numbers(settle_fifo(desk.problem())), (std::vector<int>{1, 2}));
  EXPECT_EQ(desk.left("B"), 1);
}

TEST(Sums, AreCutFarAboveWhatQueuesCanUse) {
  EXPECT_EQ(as_sum(Amount::from_u64(7)), 7);
  EXPECT_EQ(as_sum(Amount::from_parts((1ULL << 36) - 1, 5)), (Sum{(1ULL << 36) - 1} << 64) + 5);
  EXPECT_EQ(as_sum(Amount::max()), Sum{1} << 100);
}

}  // namespace
}  // namespace huangpu::ledger::settlement::test
