// The generator of Twins scripts, and a sample of them; `./dev sim --twins` runs them all.
#include "tests/sim/twins.hpp"

#include <gtest/gtest.h>

#include <set>

namespace huangpu::sim {
namespace {

// 52 partitions of five machines in three views, 20 of them unchanged by exchanging the copies:
// (52^3 + 20^3) / 2 for each place of the twin.
TEST(Twins, HaveAsManyScriptsAsThereAreOrbits) {
  EXPECT_EQ(AllTwinScripts().size(), 4U * (52U * 52U * 52U + 20U * 20U * 20U) / 2U);
}

TEST(Twins, HaveNoScriptTwice) {
  const AllTwinScripts all;
  std::set<std::string> seen;
  for (std::uint64_t i = 0; i < all.size(); ++i) {
    ASSERT_TRUE(seen.insert(all[i].text()).second) << all[i].text();
  }
  std::set<std::string> sampled;
  for (std::uint64_t i = 0; i < 100'000; ++i) {
    ASSERT_TRUE(sampled.insert(sampled_twin_script(i).text()).second) << i;
  }
}

TEST(Twins, HaveTheirCopiesInEveryPairOfGroups) {
  std::set<std::pair<int, int>> pairs;
  const AllTwinScripts all;
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    const TwinScript script = all[i];
    pairs.insert({script.groups[1][script.twins.front()], script.groups[1].back()});
  }
  EXPECT_EQ(pairs.size(), 5U) << "together, and beside each other machine or none";
}

TEST(Twins, OfOneKeyViolateNoRuleAndAreTheOnlyOnesBlamed) {
  const AllTwinScripts all;
  for (std::uint64_t i = 0; i < 40; ++i) {
    for (const TwinScript& script : {all[i], sampled_twin_script(i)}) {
      for (const Violation& each : run_twins(script))
        ADD_FAILURE() << script.text() << " violated " << each.rule << ": " << each.text;
    }
  }
}

}  // namespace
}  // namespace huangpu::sim
