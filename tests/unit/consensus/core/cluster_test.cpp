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

  EXPECT_LE(cluster.now_ms() - start, 12U);
  cluster.run_for(5'000);
  EXPECT_EQ(cluster.delivered(0), Height(1));
  EXPECT_TRUE(cluster.violations().empty()) << joined(cluster.violations());
}

TEST(EngineCluster, SaysNothingButStatusWhileIdle) {
  EngineCluster cluster({});
  cluster.run_for(50);
  const std::uint64_t statuses = cluster.messages(MessageKind::kStatus);

  cluster.run_for(60'000);

  EXPECT_EQ(cluster.delivered(0), Height(0));
  EXPECT_EQ(cluster.status(0).view, View(1));
  EXPECT_EQ(cluster.messages(MessageKind::kVote), 0U);
  EXPECT_EQ(cluster.messages(MessageKind::kAckVector), 0U);
  EXPECT_LE(cluster.messages(MessageKind::kStatus) - statuses, 4U * 3 * 61);
  EXPECT_EQ(cluster.status(0).waiting, Waiting::kIdle);
}

TEST(EngineCluster, ReplacesADeadLeaderWithinItsProposalTimer) {
  EngineCluster cluster({});
  cluster.run_for(10);
  const std::size_t leader = cluster.status(0).leader.value();
  const std::size_t witness = (leader + 1) % 4;
  cluster.crash(leader);
  ASSERT_TRUE(cluster.submit(witness));

  ASSERT_TRUE(cluster.run_until([&] { return cluster.certified(witness) == Height(1); }, 150));

  cluster.restart(leader);
  EXPECT_TRUE(cluster.run_until([&] { return cluster.certified(leader) == Height(1); }, 3'000));
  EXPECT_TRUE(cluster.violations().empty()) << joined(cluster.violations());
}

TEST(EngineCluster, SkipsALongSilentLeaderWithoutWaitingForItsTimer) {
  EngineCluster cluster({});
  cluster.run_for(10);
  const std::size_t leader = cluster.status(0).leader.value();
  const std::size_t witness = (leader + 1) % 4;
  cluster.crash(leader);
  cluster.run_for(5'000);
  ASSERT_TRUE(cluster.submit(witness));

  EXPECT_TRUE(cluster.run_until([&] { return cluster.certified(witness) == Height(1); }, 25));
}

TEST(EngineCluster, LosesNoViewUnderSteadyLoad) {
  EngineCluster cluster({});
  cluster.run_for(10);
  for (int i = 0; i < 500; ++i) {
    for (std::size_t node = 0; node < 4; ++node) cluster.submit(node);
    cluster.run_for(4);
  }
  ASSERT_TRUE(cluster.run_until(
      [&] { return cluster.ordered_batches(0) == cluster.acknowledged_batches(); }, 1'000));
  cluster.run_for(100);

  const EngineStatus status = cluster.status(0);
  EXPECT_GE(cluster.acknowledged_batches(), 1'900U);
  EXPECT_LE(status.view.value(), status.final_height.value() + 2) << "a view was given up";
  EXPECT_EQ(status.certified_height, status.final_height);
  EXPECT_TRUE(cluster.violations().empty()) << joined(cluster.violations());
}

TEST(EngineCluster, WaitsForSlowExecutionWithoutGivingUpViews) {
  ClusterOptions options;
  options.execute_ms = 400;  // longer than every timer
  options.parameters.lag_blocks = 2;
  EngineCluster cluster(options);
  cluster.run_for(10);
  for (int i = 0; i < 100; ++i) {
    cluster.submit(static_cast<std::size_t>(i % 4));
    cluster.run_for(40);
  }
  cluster.run_for(20'000);

  const EngineStatus status = cluster.status(0);
  EXPECT_EQ(cluster.ordered_batches(0), cluster.acknowledged_batches());
  EXPECT_EQ(cluster.nullified_views(), 0U);
  EXPECT_TRUE(cluster.violations().empty()) << joined(cluster.violations());
}

TEST(EngineCluster, BringsBackAMemberThatMissedThousandsOfBatches) {
  EngineCluster cluster({});
  cluster.run_for(10);
  cluster.crash(3);
  for (int i = 0; i < 700; ++i) {
    for (std::size_t node = 0; node < 3; ++node) cluster.submit(node);
    cluster.run_for(6);
  }
  ASSERT_GT(cluster.delivered(0).value(), 300U);

  cluster.restart(3);

  EXPECT_TRUE(cluster.run_until(
      [&] { return cluster.ordered_batches(3) == cluster.acknowledged_batches(); }, 10'000));
  EXPECT_TRUE(
      cluster.run_until([&] { return cluster.certified(3) == cluster.delivered(0); }, 3'000));
  EXPECT_TRUE(cluster.violations().empty()) << joined(cluster.violations());
}

TEST(EngineCluster, GoesOnAfterAPowerCutOfEverybody) {
  EngineCluster cluster({});
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 5; ++i) {
      for (std::size_t node = 0; node < 4; ++node) cluster.submit(node);
      cluster.run_for(3);
    }
    for (std::size_t node = 0; node < 4; ++node) cluster.crash(node);
    for (std::size_t node = 0; node < 4; ++node) cluster.restart(node);
  }
  EXPECT_TRUE(cluster.run_until(
      [&] {
        return cluster.ordered_batches(0) == cluster.acknowledged_batches() &&
               cluster.certified(0) == cluster.delivered(0);
      },
      10'000));
  EXPECT_TRUE(cluster.violations().empty()) << joined(cluster.violations());
}

TEST(EngineCluster, RunsWithOneValidatorAlone) {
  ClusterOptions options;
  options.validators = 1;
  EngineCluster cluster(options);
  ASSERT_TRUE(cluster.submit(0));

  EXPECT_TRUE(cluster.run_until([&] { return cluster.certified(0) == Height(1); }, 50));
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
