#include "node/replica/lane_sealer.hpp"

#include <gtest/gtest.h>

namespace huangpu::node {
namespace {

AdmittedEnvelope envelope(std::size_t size_bytes, std::uint32_t transfers = 1) {
  AdmittedEnvelope made;
  made.bytes = std::make_shared<const Bytes>(size_bytes, std::uint8_t{7});
  made.decoded.transfer_count = transfers;
  return made;
}

SealPolicy policy() {
  SealPolicy made;
  made.linger_ms = 5;
  made.batch_bytes = 1'000;
  made.batch_bytes_max = 1'500;
  made.batch_envelopes_max = 4;
  made.batch_transfers_max = 100;
  return made;
}

TEST(LaneSealer, IsNeverDueWhenNothingWaits) {
  const LaneSealer sealer(policy());
  EXPECT_FALSE(sealer.due(1'000'000, 0));
  EXPECT_EQ(sealer.deadline(0), std::nullopt);
}

TEST(LaneSealer, OfAnIdleLaneIsDueAtOnceAndOfABusyOneAfterLingering) {
  LaneSealer sealer(policy());
  sealer.add(100, envelope(10));
  EXPECT_TRUE(sealer.due(100, 0));
  EXPECT_EQ(sealer.deadline(0), 100U);
  EXPECT_FALSE(sealer.due(104, 1));
  EXPECT_EQ(sealer.deadline(1), 105U);
  EXPECT_TRUE(sealer.due(105, 1));
}

TEST(LaneSealer, OfABusyLaneIsDueWhenABatchIsFull) {
  LaneSealer by_bytes(policy());
  by_bytes.add(100, envelope(999));
  EXPECT_FALSE(by_bytes.due(100, 1));
  by_bytes.add(100, envelope(1));
  EXPECT_TRUE(by_bytes.due(100, 1));

  LaneSealer by_count(policy());
  for (int i = 0; i < 4; ++i) by_count.add(100, envelope(1));
  EXPECT_TRUE(by_count.due(100, 1));
}

TEST(LaneSealer, KeepsTheOrderOfArrivalAndEveryBoundOfABatch) {
  LaneSealer sealer(policy());
  for (std::size_t size = 1; size <= 6; ++size) sealer.add(100, envelope(size));
  const auto first = sealer.take();
  ASSERT_EQ(first.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(first[i].bytes->size(), i + 1);
  EXPECT_EQ(sealer.waiting(), 2U);
  EXPECT_EQ(sealer.take().size(), 2U);

  sealer.add(100, envelope(900));
  sealer.add(100, envelope(700));
  EXPECT_EQ(sealer.take().size(), 1U) << "more than batch_bytes_max together";
  EXPECT_EQ(sealer.take().size(), 1U);

  sealer.add(100, envelope(1, 60));
  sealer.add(100, envelope(1, 60));
  EXPECT_EQ(sealer.take().size(), 1U) << "more than batch_transfers_max together";
}

TEST(LaneSealer, TakesAnEnvelopeLargerThanABatchAlone) {
  LaneSealer sealer(policy());
  sealer.add(100, envelope(5'000, 500));
  sealer.add(100, envelope(1));
  EXPECT_EQ(sealer.take().size(), 1U);
  EXPECT_EQ(sealer.waiting(), 1U);
}

}  // namespace
}  // namespace huangpu::node
