// What a block does by itself is bounded; the rest is done by the next blocks (SPEC ).
#include <gtest/gtest.h>

#include "ledger/rules/settlement_run.hpp"
#include "tests/support/ledger_matchers.hpp"
#include "tests/unit/ledger/rules/payment_world.hpp"

namespace huangpu::ledger::test {
namespace {

class BlockBounds : public ::testing::Test {
 protected:
  void TearDown() override { desk_.check(); }

  [[nodiscard]] std::size_t carried() const {
    std::size_t count = 0;
    desk_.world().state().scan(carried_prefix(), [&count](ByteView, ByteView) {
      ++count;
      return true;
    });
    return count;
  }
  [[nodiscard]] std::size_t waiting_with(PaymentStatus status) const {
    std::size_t count = 0;
    for (const auto& payment : desk_.waiting("a")) count += payment.status == status ? 1U : 0U;
    return count;
  }

  mutable PaymentWorld desk_;
};

// SPEC Q-27
TEST_F(BlockBounds, RejectTenThousandPerBlockAndNoneOfTheRestSettles) {
  Payment payment = desk_.payment("a", "b", 1);
  payment.latest = TimestampMs(desk_.world().time().value() + 60'000);
  const auto receipts = desk_.pay_many(payment, kDuePaymentsPerBlock + 2);
  ASSERT_EQ(desk_.waiting("a").size(), kDuePaymentsPerBlock + 2);
  desk_.world().set_next_time(TimestampMs(payment.latest.value() + 1));
  desk_.fund("a", 100);  // and in the same block there is money for them
  ASSERT_EQ(desk_.waiting("a").size(), 2U);
  EXPECT_EQ(desk_.held("b"), 0U);
  // Who stands behind them waits for their rejection and no longer.
  EXPECT_EQ(desk_.pay("a", "b", 30).code, ResultCode::kSettled);
  EXPECT_TRUE(desk_.waiting("a").empty());
  EXPECT_EQ(desk_.held("a"), 70U);
  std::size_t rejected = 0;
  for (const auto& receipt : receipts) {
    const auto events = desk_.events(receipt.txid);
    ASSERT_EQ(events.size(), 2U);
    rejected += events.back().reason == ResultCode::kTimedOut ? 1U : 0U;
  }
  EXPECT_EQ(rejected, kDuePaymentsPerBlock + 2);
}

// SPEC Q-27
TEST_F(BlockBounds, QueueTenThousandEarmarkedPaymentsPerBlock) {
  Payment payment = desk_.payment("a", "b", 1);
  payment.earliest = TimestampMs(desk_.world().time().value() + 60'000);
  desk_.pay_many(payment, kDuePaymentsPerBlock + 1);
  desk_.world().set_next_time(payment.earliest);
  desk_.empty_block();
  EXPECT_EQ(waiting_with(PaymentStatus::kQueued), kDuePaymentsPerBlock);
  EXPECT_EQ(waiting_with(PaymentStatus::kEarmarked), 1U);
  desk_.empty_block();
  EXPECT_EQ(waiting_with(PaymentStatus::kEarmarked), 0U);
}

// SPEC Q-30. More stand than a run looks at in the next block, so that none hides the carry-over.
TEST_F(BlockBounds, SettleTenThousandHeadsPerBlockAndCarryTheQueueOver) {
  const std::size_t rest = kResolutionPaymentsPerBlock + 1;
  desk_.pay_many(desk_.payment("a", "b", 1), kHeadsPerBlock + rest);
  desk_.fund("a", kHeadsPerBlock + rest);
  ASSERT_EQ(desk_.waiting("a").size(), rest);
  EXPECT_EQ(carried(), 1U);
  desk_.world().reopen();
  desk_.empty_block();
  EXPECT_TRUE(desk_.waiting("a").empty());
  EXPECT_EQ(desk_.held("b"), kHeadsPerBlock + rest);
  EXPECT_EQ(carried(), 0U);
  const auto root = desk_.world().block({}).state_root;
  EXPECT_EQ(root, desk_.world().recomputed_root());
}

}  // namespace
}  // namespace huangpu::ledger::test
