// Defects that other implementations had, each as a day in which it would show. What they have in
// common is that ordinary runs do not find them.
#include <gtest/gtest.h>

#include <vector>

#include "consensus/types/message.hpp"
#include "tests/sim/world.hpp"

namespace huangpu::sim {
namespace {

constexpr Micros kBound = 60 * kSecond;

class Defect : public ::testing::Test {
 protected:
  void TearDown() override {
    for (const Violation& each : world_.violations())
      ADD_FAILURE() << "violated " << each.rule << ": " << each.text;
  }
  void start(Micros mean = 10 * kMillisecond) {
    world_.start_all();
    world_.clients().retry_every(1 * kSecond);
    world_.clients().start(mean);
  }
  bool more_blocks(std::uint64_t count, Micros limit = kBound) {
    const std::uint64_t wanted = world_.blocks() + count;
    return world_.run_until([&] { return world_.blocks() >= wanted; }, limit);
  }
  void settle() {
    world_.heal();
    world_.clients().stop();
    EXPECT_TRUE(world_.run_until([&] { return world_.clients().open() == 0 && world_.all_level(); },
                                 kBound))
        << world_.standing();
  }

  World world_{{.seed = 20'261'124}};
};

using Counting = Defect;
using Timers = Defect;
using SplitCertificates = Defect;
using Repetition = Defect;
using Restart = Defect;
using Duplicates = Defect;
using Standstill = Defect;
using WipedDisk = Defect;

// Counters of stake that added a vote each time it came.
TEST_F(Counting, AVoteThatArrivesManyTimesIsOneVote) {
  start();
  ASSERT_TRUE(more_blocks(5));
  world_.crash(2, test::Crash::kKillProcess);
  world_.crash(3, test::Crash::kKillProcess);
  Weather weather;
  weather.duplicate_per_mille = 1'000;
  world_.network().set_weather(weather);
  world_.run_for(1 * kSecond);
  const std::uint64_t blocks = world_.blocks();
  world_.run_for(20 * kSecond);
  EXPECT_EQ(world_.blocks(), blocks) << "two of four are no quorum, however often they say it";
  settle();
}

// Round timers that doubled for hours: ten minutes without a proposal, and the network stood for an
// hour more.
TEST_F(Timers, AreCappedSoThatManyFailedViewsAreFollowedByABlockSoon) {
  start(200 * kMillisecond);
  ASSERT_TRUE(more_blocks(5));
  world_.network().set_filter([](std::size_t, std::size_t, ByteView bytes) {
    return bytes.front() != static_cast<std::uint8_t>(consensus::MessageKind::kProposal);
  });
  world_.run_for(600 * kSecond);
  EXPECT_GT(world_.nullified_views(), 50U);
  world_.network().set_filter({});
  EXPECT_TRUE(more_blocks(1, 15 * kSecond)) << world_.standing();
  settle();
}

// Some hold the notarization of a view and others its nullification, several views in a row, and
// each side refused what the other built on.
TEST_F(SplitCertificates, OfSeveralViewsInARowStopNobody) {
  start();
  ASSERT_TRUE(more_blocks(5));
  const std::vector<std::vector<int>> cuts = {{0, 0, 0, 1}, {0, 1, 0, 0}, {0, 0, 1, 1},
                                              {1, 0, 0, 0}, {0, 1, 1, 0}, {0, 0, 1, 0}};
  for (std::size_t round = 0; round < 60; ++round) {
    world_.network().partition(cuts[(round * 5) % cuts.size()]);
    world_.run_for(20 * kMillisecond + round * 7 * kMillisecond);
    world_.network().heal();
    world_.run_for(round % 3 * 5 * kMillisecond);
  }
  EXPECT_GT(world_.nullified_views(), 5U) << "the scenario needs views that end both ways";
  EXPECT_TRUE(more_blocks(20, 20 * kSecond)) << world_.standing();
  settle();
}

// What was sent again was made anew, from a state that had moved on: a finalize for a view that
// had been given up. Stored bytes are sent again, for as long as it takes.
TEST_F(Repetition, AfterATimeoutContradictsNothingThatWasSaid) {
  start();
  ASSERT_TRUE(more_blocks(5));
  Weather weather;
  weather.loss_per_mille = 600;
  weather.delay_max = 150 * kMillisecond;
  weather.ordered = false;
  world_.network().set_weather(weather);
  world_.run_for(30 * kSecond);
  EXPECT_GT(world_.nullified_views(), 3U);
  settle();
}

// A node that had given up a view refused its notarization when it came, and waited for ever.
TEST_F(Repetition, OfANotarizationReachesAValidatorThatHadGivenUpItsView) {
  start();
  ASSERT_TRUE(more_blocks(5));
  for (std::size_t round = 0; round < 12; ++round) {
    const std::size_t deaf = round % 4;
    for (std::size_t from = 0; from < 4; ++from) {
      if (from != deaf) world_.network().cut(from, deaf);
    }
    world_.run_for(400 * kMillisecond);
    world_.network().heal();
    EXPECT_TRUE(more_blocks(3, 10 * kSecond)) << "n" << deaf << ": " << world_.standing();
  }
  settle();
}

// Votes that were signed before they were stored, sign-states written before the log, timeout
// votes that were not stored at all: a validator that dies at any moment says nothing new about
// what it had voted on.
TEST_F(Restart, OfAValidatorAtAnyMomentForgetsNoVote) {
  start(5 * kMillisecond);
  ASSERT_TRUE(more_blocks(5));
  for (std::size_t i = 0; i < 80; ++i) {
    world_.run_for(11 * kMillisecond + i * 137);
    const auto kind = i % 2 == 0 ? test::Crash::kLoseUnsynced : test::Crash::kScatterSectors;
    world_.crash(i % 4, kind);
    world_.run_for(3 * kMillisecond);
    world_.start(i % 4);
  }
  EXPECT_TRUE(more_blocks(20)) << world_.standing();
  settle();
}

// An owner that sent a batch before it was stored, and forgot it: its lane never went on.
TEST_F(Restart, OfALaneOwnerLeavesNoHoleInItsLane) {
  start(3 * kMillisecond);
  ASSERT_TRUE(more_blocks(5));
  for (std::size_t i = 0; i < 30; ++i) {
    world_.run_for(20 * kMillisecond + i * 311);
    world_.crash(1, test::Crash::kLoseUnsynced);
    world_.run_for(1 * kMillisecond);
    world_.start(1);
  }
  EXPECT_TRUE(more_blocks(20)) << world_.standing();
  settle();
}

// A vote was refused because a command in the block had been executed before: judging is
// execution's business.
TEST_F(Duplicates, OfATransactionInSeveralLanesStopNoBlock) {
  world_.start_all();
  // Everything is sent again many times before it can be final.
  world_.clients().retry_every(2 * kMillisecond);
  world_.clients().start(20 * kMillisecond);
  EXPECT_TRUE(more_blocks(60)) << world_.standing();
  settle();
}

// A standstill that fed itself: everybody sent everything again, faster than it could be read.
TEST_F(Standstill, SendsLittleAndEverLess) {
  start(100 * kMillisecond);
  ASSERT_TRUE(more_blocks(5));
  world_.network().partition({0, 0, 1, 1});
  world_.clients().stop();
  world_.run_for(30 * kSecond);
  const std::uint64_t before = world_.busy_messages();
  world_.run_for(30 * kSecond);
  // Of each validator to its one peer: a nullify vote and the certificate before it, now and then.
  EXPECT_LT(world_.busy_messages() - before, 4U * 30U * 4U);
  settle();
}

// A validator whose disk was replaced voted again on what it had voted on.
TEST_F(WipedDisk, QuarantinesItsValidatorAndTheOthersGoOn) {
  start();
  ASSERT_TRUE(more_blocks(20));
  world_.crash(3, test::Crash::kLoseUnsynced);
  test::FaultFileSystem& files = world_.node(3).disk().files();
  for (const std::string& path : files.paths()) {
    if (path.starts_with("/data/")) files.erase(path);
  }
  world_.expect_complaint("quarantine");
  world_.start(3);
  EXPECT_FALSE(world_.expected_complaints_seen().empty()) << "it starts as if it were new";
  EXPECT_TRUE(more_blocks(20)) << world_.standing();
  settle();
}

// Restoring the data of yesterday took the guard back with it, and several validators signed
// twice.
TEST_F(WipedDisk, GivenBackFromABackupQuarantinesItsValidator) {
  start();
  ASSERT_TRUE(more_blocks(10));
  world_.node(3).make_backup();
  ASSERT_TRUE(more_blocks(20));
  world_.crash(3, test::Crash::kLoseUnsynced);
  ASSERT_TRUE(world_.node(3).restore_backup());
  world_.expect_complaint("quarantine");
  world_.start(3);
  EXPECT_FALSE(world_.expected_complaints_seen().empty()) << "it starts as if nothing were missing";
  EXPECT_TRUE(more_blocks(20)) << world_.standing();
  settle();
}

// A peer named a height that it could not prove, and went away: whoever believed it fetched for
// ever.
TEST(Sync, FollowsNoHeightThatAPeerOnlyClaims) {
  World world({.seed = 20'261'125, .byzantine = {{1, Byzantine::kStatusLiar}}});
  world.start_all();
  world.clients().retry_every(1 * kSecond);
  world.clients().start(20 * kMillisecond);
  ASSERT_TRUE(world.run_until([&] { return world.blocks() >= 30; }, kBound)) << world.standing();
  world.clients().stop();
  world.silence_byzantine();
  ASSERT_TRUE(
      world.run_until([&] { return world.clients().open() == 0 && world.all_level(); }, kBound))
      << world.standing();
  world.run_for(10 * kSecond);
  const std::uint64_t requests = world.block_requests();
  world.run_for(60 * kSecond);
  EXPECT_EQ(world.block_requests(), requests);
  for (const Violation& each : world.violations())
    ADD_FAILURE() << "violated " << each.rule << ": " << each.text;
}

}  // namespace
}  // namespace huangpu::sim
