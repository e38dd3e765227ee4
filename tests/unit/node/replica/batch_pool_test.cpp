#include "node/replica/batch_pool.hpp"

#include <gtest/gtest.h>

namespace huangpu::node {
namespace {

using Asked = BatchPool::Asked;
using Intake = BatchPool::Intake;

crypto::Digest digest(std::uint8_t number) { return crypto::Digest::from(Bytes(32, number)); }

PooledBatch batch(std::uint64_t pos, std::uint8_t number, std::uint8_t prev,
                  std::uint32_t bytes = 100) {
  PooledBatch made;
  made.header.lane = ValidatorIndex{1};
  made.header.pos = LanePosition{pos};
  made.header.prev_digest = digest(prev);
  made.header.byte_count = bytes;
  made.digest = digest(number);
  made.decoded = std::make_shared<const ledger::DecodedBatch>();
  return made;
}

class Pool : public ::testing::Test {
 protected:
  Intake take(const PooledBatch& batch, Asked asked = Asked::kNo) {
    return pool_.take(batch.header, batch.digest, asked);
  }
  void hold(const PooledBatch& batch) {
    ASSERT_EQ(take(batch), Intake::kTaken);
    pool_.verified(batch);
    ASSERT_NE(pool_.durable(batch.header.lane, batch.header.pos, batch.digest), nullptr);
  }
  BatchPool pool_{4, {.positions_ahead_max = 4, .bytes_max = 1'000, .alternatives_max = 2}};
};

TEST_F(Pool, LooksAtABatchOnceUntilItIsHeld) {
  const PooledBatch one = batch(1, 1, 0);
  EXPECT_EQ(take(one), Intake::kTaken);
  EXPECT_EQ(take(one), Intake::kKnown);
  EXPECT_EQ(pool_.durable(one.header.lane, one.header.pos, one.digest), nullptr)
      << "durable before it was verified";
  pool_.verified(one);
  EXPECT_EQ(take(one), Intake::kKnown);
  EXPECT_EQ(pool_.held(one.header.lane, one.header.pos, one.digest), nullptr);
  EXPECT_NE(pool_.durable(one.header.lane, one.header.pos, one.digest), nullptr);
  EXPECT_EQ(take(one), Intake::kHeld);
  EXPECT_NE(pool_.held(one.header.lane, one.header.pos, one.digest), nullptr);
}

TEST_F(Pool, DoesNotLookTwiceAtWhatItRefused) {
  const PooledBatch one = batch(1, 1, 0);
  EXPECT_EQ(take(one), Intake::kTaken);
  pool_.refused(one.header.lane, one.header.pos, one.digest);
  EXPECT_EQ(take(one), Intake::kRefused);
  EXPECT_EQ(take(one, Asked::kByDigest), Intake::kRefused);
}

TEST_F(Pool, StillTakesTheBatchOfWhichItSawAForgery) {
  hold(batch(1, 9, 0, 900));
  const PooledBatch one = batch(1, 1, 0);
  EXPECT_EQ(take(one), Intake::kTaken);
  EXPECT_EQ(take(batch(2, 2, 1)), Intake::kRefused) << "the lane's bytes are used up";
  pool_.forged(one.header.lane, one.header.pos, one.digest);
  EXPECT_EQ(take(one), Intake::kTaken);
  pool_.verified(one);
  pool_.forged(one.header.lane, one.header.pos, one.digest);
  EXPECT_NE(pool_.durable(one.header.lane, one.header.pos, one.digest), nullptr)
      << "a late forgery took the true one away";
}

TEST_F(Pool, RefusesUnknownLanesDeliveredPositionsAndPositionsFarAhead) {
  PooledBatch foreign = batch(1, 1, 0);
  foreign.header.lane = ValidatorIndex{4};
  EXPECT_EQ(take(foreign), Intake::kRefused);
  EXPECT_EQ(take(batch(0, 1, 0)), Intake::kRefused);
  EXPECT_EQ(take(batch(5, 1, 0)), Intake::kRefused);
  EXPECT_EQ(take(batch(5, 1, 0), Asked::kPlace), Intake::kTaken);
}

TEST_F(Pool, BoundsAlternativesAndBytesButNotWhatWasAskedForByDigest) {
  EXPECT_EQ(take(batch(1, 1, 0)), Intake::kTaken);
  EXPECT_EQ(take(batch(1, 2, 0)), Intake::kTaken);
  EXPECT_EQ(take(batch(1, 3, 0)), Intake::kRefused);
  EXPECT_EQ(take(batch(1, 3, 0), Asked::kPlace), Intake::kRefused)
      << "whoever knows that a place is wanted may fill it without end";
  EXPECT_EQ(take(batch(1, 3, 0), Asked::kByDigest), Intake::kTaken);
  EXPECT_EQ(take(batch(2, 4, 1, 900)), Intake::kTaken);
  EXPECT_EQ(take(batch(3, 5, 4)), Intake::kRefused) << "the lane's bytes are used up";
  EXPECT_EQ(take(batch(3, 5, 4, 3'000), Asked::kPlace), Intake::kTaken);
  EXPECT_EQ(take(batch(4, 6, 5), Asked::kPlace), Intake::kRefused);
  EXPECT_EQ(take(batch(4, 6, 5), Asked::kByDigest), Intake::kTaken);
}

TEST_F(Pool, DeliversAlongTheLinksAndForgetsEverythingBelow) {
  hold(batch(1, 1, 0));
  hold(batch(1, 9, 0));  // the other one of an owner who signed two
  hold(batch(2, 2, 1));
  hold(batch(3, 3, 2));
  const auto delivered = pool_.deliver(ValidatorIndex{1}, {LanePosition{2}, digest(2)});
  ASSERT_EQ(delivered.size(), 2U);
  EXPECT_EQ(delivered[0].digest, digest(1));
  EXPECT_EQ(delivered[1].digest, digest(2));
  EXPECT_EQ(take(batch(2, 2, 1)), Intake::kRefused);
  EXPECT_EQ(pool_.held(ValidatorIndex{1}, LanePosition{1}, digest(9)), nullptr);
  EXPECT_NE(pool_.held(ValidatorIndex{1}, LanePosition{3}, digest(3)), nullptr);
  EXPECT_EQ(take(batch(6, 6, 5)), Intake::kTaken) << "the window moved along";
}

TEST_F(Pool, GivesTheRoomOfDeliveredAndRefusedBatchesBack) {
  hold(batch(1, 1, 0, 900));
  PooledBatch bad = batch(2, 7, 1, 100);
  EXPECT_EQ(take(bad), Intake::kTaken);
  EXPECT_EQ(take(batch(3, 3, 2)), Intake::kRefused);
  pool_.refused(bad.header.lane, bad.header.pos, bad.digest);
  EXPECT_EQ(take(batch(3, 3, 2)), Intake::kTaken);
  EXPECT_EQ(pool_.deliver(ValidatorIndex{1}, {LanePosition{1}, digest(1)}).size(), 1U);
  EXPECT_EQ(take(batch(4, 4, 3, 800)), Intake::kTaken);
}

}  // namespace
}  // namespace huangpu::node
