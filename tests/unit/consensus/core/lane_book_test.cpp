#include "consensus/lanes/lane_book.hpp"

#include <gtest/gtest.h>

#include "consensus/codec/hashing.hpp"
#include "tests/unit/consensus/support/network.hpp"

namespace huangpu::consensus::test {
namespace {

class Lanes : public testing::Test {
 protected:
  static ValidatorIndex lane(std::size_t i) {
    return ValidatorIndex(static_cast<std::uint16_t>(i));
  }
  static Digest name(std::size_t of_lane, std::uint64_t pos, std::uint8_t fork = 0) {
    if (pos == 0) return {};
    return digest_of(static_cast<std::uint8_t>(of_lane * 64 + pos + fork * 16));
  }
  LaneBook::Added add(std::size_t of_lane, std::uint64_t pos, std::uint32_t bytes = 100,
                      std::uint8_t fork = 0, std::uint8_t previous_fork = 0) {
    BatchHeader header;
    header.lane = lane(of_lane);
    header.pos = LanePosition(pos);
    header.prev_digest = name(of_lane, pos - 1, previous_fork);
    header.transfer_count = 1;
    header.byte_count = bytes;
    return book.add(header, name(of_lane, pos, fork), {}).added;
  }
  void ack(std::size_t peer, std::size_t of_lane, std::uint64_t pos, std::uint8_t fork = 0) {
    book.acknowledge(lane(peer),
                     {lane(of_lane), LanePosition(pos), digest_prefix(name(of_lane, pos, fork))});
  }
  LaneTip tip(std::size_t of_lane, std::uint64_t pos, std::uint8_t fork = 0) {
    return {LanePosition(pos), name(of_lane, pos, fork)};
  }

  Network network{4};
  ConsensusParameters parameters;
  LaneBook book{network.record().set, parameters, ValidatorIndex(0)};
  std::vector<LaneTip> base = std::vector<LaneTip>(4);
  std::vector<bool> optimistic = std::vector<bool>(4);
};

TEST_F(Lanes, HoldsOnlyWhatIsLinkedWithoutGaps) {
  add(1, 1);
  add(1, 3);
  EXPECT_EQ(book.held(lane(1)), tip(1, 1));

  add(1, 2);

  EXPECT_EQ(book.held(lane(1)), tip(1, 3));
}

TEST_F(Lanes, NamesTheRangeThatIsMissing) {
  add(1, 1);

  const auto holding = book.holding(lane(1), {}, tip(1, 4));

  EXPECT_EQ(holding.state, LaneBook::Holding::State::kMissing);
  EXPECT_EQ(holding.first, LanePosition(2));
  EXPECT_EQ(holding.last, LanePosition(4));
  EXPECT_EQ(holding.digest, name(1, 4));
}

TEST_F(Lanes, JudgesAForkByItsLinks) {
  add(1, 1);
  EXPECT_EQ(add(1, 2), LaneBook::Added::kNew);
  EXPECT_EQ(add(1, 2, 100, 1), LaneBook::Added::kFork);
  EXPECT_EQ(book.held(lane(1)), tip(1, 2)) << "the first one is acked";

  EXPECT_EQ(book.holding(lane(1), {}, tip(1, 2, 1)).state, LaneBook::Holding::State::kHeld);
  add(1, 3, 100, 0, 1);  // on the second branch
  EXPECT_EQ(book.holding(lane(1), tip(1, 2), tip(1, 3)).state, LaneBook::Holding::State::kBroken);

  book.set_ordered(lane(1), tip(1, 2, 1));
  EXPECT_EQ(book.held(lane(1)), tip(1, 3)) << "the chain decides which branch goes on";
}

TEST_F(Lanes, CountsAnAckOnlyForTheSameBatch) {
  add(1, 1);
  add(1, 2);
  ack(1, 1, 2);
  ack(2, 1, 2, 1);  // another batch at that position
  EXPECT_EQ(book.acked_by_quorum(lane(1)), LanePosition(0));

  ack(3, 1, 1);
  EXPECT_EQ(book.acked_by_quorum(lane(1)), LanePosition(1));
  ack(3, 1, 2);
  EXPECT_EQ(book.acked_by_quorum(lane(1)), LanePosition(2));
}

TEST_F(Lanes, CountsAnAckThatCameBeforeTheBatch) {
  for (std::size_t peer = 1; peer < 4; ++peer) ack(peer, 1, 2);
  EXPECT_EQ(book.acked_by_quorum(lane(1)), LanePosition(0));

  add(1, 1);
  add(1, 2);

  EXPECT_EQ(book.acked_by_quorum(lane(1)), LanePosition(2));
}

TEST_F(Lanes, IgnoresAcksAndBatchesOfNobody) {
  book.acknowledge(lane(1), {lane(99), LanePosition(1), 0});
  EXPECT_EQ(add(99, 1), LaneBook::Added::kOutside);
}

TEST_F(Lanes, RefusesPositionsFarAboveTheWindow) {
  EXPECT_EQ(add(1, LaneBook::kWindowFactor * parameters.lane_batches_max + 1),
            LaneBook::Added::kOutside);
}

TEST_F(Lanes, OffersEveryHeldBatchButOnlyAckedOnesOfALaneThatDelayedAView) {
  add(1, 1);
  add(2, 1);
  optimistic[2] = true;

  const auto cut = book.choose_cut(base, optimistic);

  ASSERT_EQ(cut.entries.size(), 1U);
  EXPECT_EQ(cut.entries[0], (CutEntry{lane(1), LanePosition(1), name(1, 1)}));
  EXPECT_FALSE(cut.full);
}

TEST_F(Lanes, SharesAFullBlockFairlyBetweenLanes) {
  parameters.block_bytes_max = 1'000;
  for (std::uint64_t pos = 1; pos <= 10; ++pos) add(1, pos, 100);
  for (std::uint64_t pos = 1; pos <= 2; ++pos) add(2, pos, 300);
  add(3, 1, 50);

  const auto cut = book.choose_cut(base, optimistic);

  EXPECT_TRUE(cut.full);
  EXPECT_LE(cut.bytes, 1'000U);
  ASSERT_EQ(cut.entries.size(), 3U);
  EXPECT_GE(cut.entries[0].pos, LanePosition(3));  // lane 1
  EXPECT_EQ(cut.entries[1].pos, LanePosition(1));  // lane 2
  EXPECT_EQ(cut.entries[2].pos, LanePosition(1));  // lane 3 is small and gets all it wants
}

TEST_F(Lanes, BoundsTheBatchesOfOneLaneInABlock) {
  parameters.block_batches_per_lane_max = 3;
  for (std::uint64_t pos = 1; pos <= 10; ++pos) add(1, pos);

  const auto cut = book.choose_cut(base, optimistic);

  ASSERT_EQ(cut.entries.size(), 1U);
  EXPECT_EQ(cut.entries[0].pos, LanePosition(3));
  EXPECT_TRUE(cut.full);
}

TEST_F(Lanes, ContinuesFromTheBaseOfAnUnfinishedChain) {
  for (std::uint64_t pos = 1; pos <= 4; ++pos) add(1, pos);
  base[1] = tip(1, 3);

  const auto cut = book.choose_cut(base, optimistic);

  ASSERT_EQ(cut.entries.size(), 1U);
  EXPECT_EQ(cut.entries[0].pos, LanePosition(4));
}

TEST_F(Lanes, SaysEveryChangedAckOnce) {
  add(1, 1);
  ASSERT_TRUE(book.acks_changed());
  EXPECT_EQ(book.take_changed_acks().size(), 1U);
  EXPECT_FALSE(book.acks_changed());
  EXPECT_TRUE(book.take_changed_acks().empty());
  EXPECT_EQ(book.all_acks().size(), 1U);
}

}  // namespace
}  // namespace huangpu::consensus::test
