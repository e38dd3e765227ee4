// Whole runs of engines: what a cluster does on a good day, and what it never does on a bad one.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "tests/support/engine_cluster.hpp"

namespace huangpu::consensus::test {
namespace {

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line + "\n";
  return text;
}

TEST(EngineCluster, CertifiesOneBatchInThreeDelaysAndFourSyncs) {
  EngineCluster cluster({});
  cluster.run_for(100);
  const std::uint64_t start = cluster.now_ms();
  ASSERT_TRUE(cluster.submit(2));

  ASSERT_TRUE(cluster.run_until([&] { return cluster.certified(0) == Height(1); }, 1'000));

  std::printf("certified after %d ms\n", static_cast<int>(cluster.now_ms() - start));
  EXPECT_LE(cluster.now_ms() - start, 12U);
  cluster.run_for(5'000);
  EXPECT_EQ(cluster.delivered(0), Height(1));
  EXPECT_TRUE(cluster.violations().empty()) << joined(cluster.violations());
}

// One bad day from one seed: loss, reordering, duplicates, partitions, crashes of single nodes and
// of all at once; then a healed network, in which everything that a lane owner ever made durable
// must be ordered and certified everywhere.
void live_through(std::uint64_t seed, std::size_t validators, std::uint32_t lag_blocks) {
  std::mt19937_64 random(seed);
  ClusterOptions options;
  options.validators = validators;
  options.seed = seed;
  options.delay_max_ms = 1 + random() % 40;
  options.sync_ms = 1 + random() % 8;
  options.execute_ms = 1 + random() % 30;
  options.parameters.lag_blocks = lag_blocks;
  options.parameters.block_interval_ms = static_cast<std::uint32_t>(2 + random() % 20);
  EngineCluster cluster(options);
  cluster.set_loss(static_cast<std::uint32_t>(random() % 25),
                   static_cast<std::uint32_t>(random() % 15));
  for (int turn = 0; turn < 60; ++turn) {
    cluster.run_for(random() % 100);
    const std::size_t node = random() % validators;
    switch (random() % 10) {
      case 0:
        cluster.crash(node);
        break;
      case 1:
        for (std::size_t i = 0; i < validators; ++i) cluster.restart(i);
        break;
      case 2:
        if (random() % 4 == 0) {
          for (std::size_t i = 0; i < validators; ++i) cluster.crash(i);
        }
        break;
      case 3: {
        std::vector<int> groups(validators);
        for (int& group : groups) group = static_cast<int>(random() % 2);
        cluster.partition(groups);
        break;
      }
      case 4:
        cluster.partition(std::vector<int>(validators, 0));
        break;
      default:
        cluster.submit(node);
    }
  }
  cluster.heal();
  for (std::size_t i = 0; i < validators; ++i) cluster.restart(i);
  cluster.run_for(1);
  for (std::size_t i = 0; i < validators; ++i) cluster.submit(i);

  const bool level = cluster.run_until(
      [&] {
        for (std::size_t i = 0; i < validators; ++i) {
          if (cluster.ordered_batches(i) != cluster.acknowledged_batches()) return false;
          if (cluster.delivered(i) != cluster.delivered(0)) return false;
          if (cluster.certified(i) != cluster.delivered(0)) return false;
        }
        return true;
      },
      60'000);
  EXPECT_TRUE(level) << "seed " << seed << ": not level a minute after the network healed";
  EXPECT_TRUE(cluster.violations().empty()) << "seed " << seed << "\n"
                                            << joined(cluster.violations());
  if (!level) {
    for (std::size_t i = 0; i < validators; ++i) {
      const EngineStatus status = cluster.status(i);
      ADD_FAILURE() << "node " << i << " view " << status.view.value() << " final view "
                    << status.final_view.value() << " height " << status.final_height.value()
                    << " certified " << status.certified_height.value() << " batches "
                    << cluster.ordered_batches(i) << " of " << cluster.acknowledged_batches()
                    << ": " << to_string(status.waiting) << ", " << status.waiting_text;
    }
  }
}

class BadDay : public testing::TestWithParam<int> {};

TEST_P(BadDay, EndsWithoutForkAndWithEverythingOrdered) {
  const auto block = static_cast<std::uint64_t>(GetParam());
  for (std::uint64_t seed = block * 10; seed < block * 10 + 10 && !HasFailure(); ++seed) {
    live_through(seed, 4, seed % 3 == 0 ? 1 : seed % 3 == 1 ? 3 : 8);
  }
}
INSTANTIATE_TEST_SUITE_P(Seeds, BadDay, testing::Range(0, 20));

}  // namespace
}  // namespace huangpu::consensus::test
