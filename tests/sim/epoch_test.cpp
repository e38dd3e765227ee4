// Membership on the simulated network: epochs end and begin under load, crashes and partitions.
#include <gtest/gtest.h>

#include <vector>

#include "tests/sim/world.hpp"

namespace huangpu::sim {
namespace {

constexpr Micros kBound = 90 * kSecond;

class Epochs : public ::testing::TestWithParam<std::uint64_t> {
 protected:
  explicit Epochs(std::size_t newcomers = 0)
      : world_({.seed = 9'000 + GetParam(), .validators = 4 + newcomers, .newcomers = newcomers}) {}

  void SetUp() override {
    world_.start_all();
    world_.clients().retry_every(1 * kSecond);
    world_.clients().start(20 * kMillisecond);
  }
  void TearDown() override {
    for (const Violation& each : world_.violations())
      ADD_FAILURE() << "violated " << each.rule << ": " << each.text;
  }

  // Proposed and approved by the one governor there is.
  void accept(ledger::GovernanceChange change) {
    world_.clients().submit(
        0, ledger::ProposeChange{
               TimestampMs{world_.chain().genesis.time.value() + world_.now() / 1'000 + 3'600'000},
               std::move(change)});
    world_.run_for(2 * kSecond);
    world_.clients().submit(0, ledger::VoteOnProposal{++proposals_, true});
  }
  [[nodiscard]] std::uint64_t epoch_of(std::size_t node) {
    return world_.node(node).is_up() ? world_.node(node).status().epoch.value() : 0;
  }
  [[nodiscard]] bool reach(std::uint64_t epoch, const std::vector<std::size_t>& nodes) {
    return world_.run_until(
        [&] {
          for (const std::size_t node : nodes) {
            if (epoch_of(node) < epoch) return false;
          }
          return true;
        },
        kBound);
  }
  void settle(const std::vector<std::size_t>& nodes) {
    world_.clients().stop();
    EXPECT_TRUE(world_.run_until(
        [&] { return world_.clients().open() == 0 && world_.level(nodes); }, kBound))
        << world_.standing();
  }
  [[nodiscard]] ledger::UpdateValidator new_key(std::size_t validator) {
    ledger::UpdateValidator change;
    change.name = "v" + std::to_string(validator);
    change.key = world_.chain().spare_keys[validator]->public_key();
    return change;
  }

  World world_;
  std::uint64_t proposals_ = 0;
};

TEST_P(Epochs, AKeyIsRotatedWhilePaymentsRun) {
  accept(new_key(1));
  EXPECT_TRUE(reach(2, {0, 1, 2, 3})) << world_.standing();
  world_.run_for(3 * kSecond);
  settle({0, 1, 2, 3});
}

TEST_P(Epochs, FollowEachOther) {
  for (std::size_t i = 0; i < 4; ++i) {
    accept(new_key(i));
    EXPECT_TRUE(reach(2 + i, {0, 1, 2, 3})) << world_.standing();
  }
  settle({0, 1, 2, 3});
}

TEST_P(Epochs, EndOnAnIdleNetworkToo) {
  settle({0, 1, 2, 3});
  accept(new_key(2));
  EXPECT_TRUE(reach(2, {0, 1, 2, 3})) << world_.standing();
  settle({0, 1, 2, 3});
}

TEST_P(Epochs, SurviveCrashesOfEverybodyAtAnyMoment) {
  accept(new_key(0));
  for (int i = 0; i < 12; ++i) {
    world_.run_for((50 + 37 * GetParam() % 90) * kMillisecond);
    world_.crash_all(i % 2 == 0 ? test::Crash::kLoseUnsynced : test::Crash::kKillProcess);
    world_.run_for(20 * kMillisecond);
    world_.start_all();
  }
  EXPECT_TRUE(reach(2, {0, 1, 2, 3})) << world_.standing();
  settle({0, 1, 2, 3});
}

TEST_P(Epochs, AreCaughtUpWithByANodeThatSleptThroughTwo) {
  world_.crash(3, test::Crash::kKillProcess);
  accept(new_key(0));
  EXPECT_TRUE(reach(2, {0, 1, 2})) << world_.standing();
  accept(new_key(1));
  EXPECT_TRUE(reach(3, {0, 1, 2})) << world_.standing();
  world_.start(3);
  EXPECT_TRUE(reach(3, {3})) << world_.standing();
  settle({0, 1, 2, 3});
}

TEST_P(Epochs, ARemovedValidatorFollowsAsAnObserver) {
  accept(ledger::RemoveValidator{"v1"});
  EXPECT_TRUE(reach(2, {0, 1, 2, 3})) << world_.standing();
  EXPECT_TRUE(world_.node(1).status().observer);
  world_.run_for(3 * kSecond);
  settle({0, 1, 2, 3});
}

TEST_P(Epochs, NewParametersHoldFromTheNextOneOn) {
  ledger::SetParameters change{world_.chain().genesis.consensus, world_.chain().genesis.ledger,
                               world_.chain().genesis.governance};
  change.consensus.finality_lag_blocks = 1;
  accept(change);
  EXPECT_TRUE(reach(2, {0, 1, 2, 3})) << world_.standing();
  settle({0, 1, 2, 3});
}

TEST_P(Epochs, EndAlthoughAPartitionHealsOnlyAroundTheBoundary) {
  accept(new_key(3));
  world_.run_for(100 * kMillisecond);
  world_.network().partition({0, 0, 0, 1});
  world_.run_for(3 * kSecond);
  world_.network().heal();
  EXPECT_TRUE(reach(2, {0, 1, 2, 3})) << world_.standing();
  settle({0, 1, 2, 3});
}

class Newcomers : public Epochs {
 protected:
  Newcomers() : Epochs(1) {}
};

TEST_P(Newcomers, JoinOnceTheyHaveTheChain) {
  settle({0, 1, 2, 3, 4});
  world_.clients().start(20 * kMillisecond);
  ledger::AddValidator add;
  add.member.name = "v4";
  add.member.participant = ledger::ParticipantId{1};
  add.member.key = world_.chain().validators[4]->public_key();
  add.member.tls_pin = crypto::Digest::from(Bytes(32, 44));
  accept(add);
  EXPECT_TRUE(reach(2, {0, 1, 2, 3, 4})) << world_.standing();
  EXPECT_FALSE(world_.node(4).status().observer);
  world_.crash(0, test::Crash::kKillProcess);
  world_.run_for(3 * kSecond);
  settle({1, 2, 3, 4});
}

INSTANTIATE_TEST_SUITE_P(Seeds, Epochs, ::testing::Range<std::uint64_t>(1, 5));
INSTANTIATE_TEST_SUITE_P(Seeds, Newcomers, ::testing::Range<std::uint64_t>(1, 5));

}  // namespace
}  // namespace huangpu::sim
