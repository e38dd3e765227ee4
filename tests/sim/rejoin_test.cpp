// The way out of quarantine: validators that may have forgotten votes come back, and only when
// nothing they may have said can be contradicted (SPEC C-171..C-175).
#include <gtest/gtest.h>

#include <vector>

#include "consensus/types/message.hpp"
#include "tests/sim/world.hpp"

namespace huangpu::sim {
namespace {

constexpr Micros kBound = 60 * kSecond;

class Rejoin : public ::testing::Test {
 protected:
  explicit Rejoin(std::size_t validators = 4)
      : world_({.seed = 20'261'130, .validators = validators}) {}

  void SetUp() override {
    world_.start_all();
    world_.clients().retry_every(1 * kSecond);
    world_.clients().start(10 * kMillisecond);
    world_.expect_complaint("quarantine");
    ASSERT_TRUE(more_blocks(20));
  }
  void TearDown() override {
    for (const Violation& each : world_.violations())
      ADD_FAILURE() << "violated " << each.rule << ": " << each.text;
  }
  bool more_blocks(std::uint64_t count) {
    const std::uint64_t wanted = world_.blocks() + count;
    return world_.run_until([&] { return world_.blocks() >= wanted; }, kBound);
  }
  // Its disk is replaced; the sign-state, which is kept elsewhere, is not.
  void wipe(std::size_t node) {
    world_.crash(node, test::Crash::kLoseUnsynced);
    test::FaultFileSystem& files = world_.node(node).disk().files();
    for (const std::string& path : files.paths()) {
      if (path.starts_with("/data/")) files.erase(path);
    }
  }
  bool votes_again(std::size_t node) {
    return world_.run_until([&] { return !world_.node(node).is_quarantined(); }, kBound);
  }
  bool level() {
    world_.clients().stop();
    return world_.run_until([&] { return world_.clients().open() == 0 && world_.all_level(); },
                            kBound);
  }

  World world_;
};

class RejoinOfSeven : public Rejoin {
 protected:
  RejoinOfSeven() : Rejoin(7) {}
};

TEST_F(Rejoin, AWipedValidatorIsNeededAndVotesAgain) {
  wipe(3);
  world_.start(3);
  ASSERT_TRUE(world_.node(3).is_quarantined());
  ASSERT_TRUE(votes_again(3)) << world_.standing();
  world_.crash(0, test::Crash::kKillProcess);  // now nothing is final without it
  EXPECT_TRUE(more_blocks(20)) << world_.standing();
  world_.start(0);
  EXPECT_TRUE(level()) << world_.standing();
}

TEST_F(Rejoin, NeedsNoTraffic) {
  ASSERT_TRUE(level());
  wipe(3);
  world_.start(3);
  EXPECT_TRUE(votes_again(3)) << world_.standing();
  // And leaves the network as quiet as it was.
  EXPECT_TRUE(level()) << world_.standing();
  world_.run_for(5 * kSecond);
  const std::uint64_t blocks = world_.blocks();
  world_.run_for(20 * kSecond);
  EXPECT_EQ(world_.blocks(), blocks);
}

TEST_F(Rejoin, WaitsForTheLastPeerThatMayKnowOfAVote) {
  world_.crash(0, test::Crash::kKillProcess);
  wipe(3);
  world_.start(3);
  world_.run_for(20 * kSecond);
  EXPECT_TRUE(world_.node(3).is_quarantined()) << "two of three others are no quorum";
  world_.start(0);
  EXPECT_TRUE(votes_again(3)) << world_.standing();
  EXPECT_TRUE(level()) << world_.standing();
}

TEST_F(Rejoin, BeginsAgainAfterARestart) {
  world_.crash(0, test::Crash::kKillProcess);
  wipe(3);
  for (int i = 0; i < 3; ++i) {
    world_.start(3);
    world_.run_for(3 * kSecond);
    EXPECT_TRUE(world_.node(3).is_quarantined());
    world_.crash(3, test::Crash::kLoseUnsynced);
  }
  world_.start(0);
  world_.start(3);
  EXPECT_TRUE(votes_again(3)) << world_.standing();
  // What ended the quarantine is on the disk.
  world_.crash(3, test::Crash::kLoseUnsynced);
  world_.start(3);
  EXPECT_FALSE(world_.node(3).is_quarantined());
  EXPECT_TRUE(level()) << world_.standing();
}

// Nobody is left who could say what two of four have signed.
TEST_F(Rejoin, DoesNotHappenWhenMoreForgotThanMayFail) {
  for (const std::size_t node : {2u, 3u}) wipe(node);
  for (const std::size_t node : {2u, 3u}) world_.start(node);
  const std::uint64_t blocks = world_.blocks();
  world_.run_for(30 * kSecond);
  EXPECT_TRUE(world_.node(2).is_quarantined());
  EXPECT_TRUE(world_.node(3).is_quarantined());
  EXPECT_LE(world_.blocks(), blocks + 1) << "two of four are no quorum";
}

TEST_F(RejoinOfSeven, TwoAtATimeComeBack) {
  for (const std::size_t node : {2u, 5u}) wipe(node);
  for (const std::size_t node : {2u, 5u}) world_.start(node);
  EXPECT_TRUE(votes_again(2)) << world_.standing();
  EXPECT_TRUE(votes_again(5)) << world_.standing();
  for (const std::size_t node : {0u, 1u}) world_.crash(node, test::Crash::kKillProcess);
  EXPECT_TRUE(more_blocks(20)) << "the two are needed: " << world_.standing();
  world_.heal();
  EXPECT_TRUE(level()) << world_.standing();
}

// Under loss, duplication and delay, wiped again and again, and judged by what every platter and
// wire of all lives held.
TEST_F(Rejoin, ContradictsNothingThatWasSaidBefore) {
  Weather weather;
  weather.duplicate_per_mille = 200;
  weather.loss_per_mille = 50;
  for (int round = 0; round < 8; ++round) {
    world_.network().set_weather(weather);
    const std::size_t node = static_cast<std::size_t>(round) % 3;  // the fourth keeps its lane
    ASSERT_TRUE(more_blocks(5)) << world_.standing();
    wipe(node);
    world_.run_for(static_cast<Micros>(round) * 300 * kMillisecond);
    world_.start(node);
    ASSERT_TRUE(votes_again(node)) << world_.standing();
  }
  world_.heal();
  EXPECT_TRUE(level()) << world_.standing();
}

}  // namespace
}  // namespace huangpu::sim
