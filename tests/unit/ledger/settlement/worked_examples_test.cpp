// The worked examples of queue resolution: published figures and cases that fix the exact rule. The
// table is in ledger/settlement/README.md.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/ledger/settlement/problems.hpp"

namespace huangpu::ledger::settlement::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr RunOptions kStrict{false, 8};
constexpr RunOptions kRelaxed{true, 8};

TEST(WorkedExamples, W1ThreeBanksSettleInACircleWithLessThanAnyPayment) {
  Desk desk;
  desk.holds("B1", 50).holds("B2", 100).holds("B3", 20);
  desk.pays("B1", "B2", 100);
  desk.pays("B2", "B3", 130);
  desk.pays("B3", "B1", 50);
  EXPECT_THAT(Desk::numbers(run(desk.problem(), kStrict)), ElementsAre(1, 2, 3));
  EXPECT_EQ(desk.left("B1"), 0);
  EXPECT_EQ(desk.left("B2"), 70);
  EXPECT_EQ(desk.left("B3"), 100);
}

Desk w2() {
  Desk desk;
  desk.holds("A", 15).holds("B", 25).holds("C", 35);
  desk.pays("A", "B", 110);
  desk.pays("C", "B", 50);
  desk.pays("B", "C", 60);
  desk.pays("C", "A", 85);
  desk.pays("A", "B", 15);
  desk.pays("A", "C", 70);
  return desk;
}

TEST(WorkedExamples, W2StrictSettlesTheTwoPaymentsThatNoHeadBlocks) {
  Desk desk = w2();
  EXPECT_THAT(Desk::numbers(run(desk.problem(), kStrict)), ElementsAre(2, 3));
  EXPECT_EQ(desk.left("A"), 15);
  EXPECT_EQ(desk.left("B"), 15);
  EXPECT_EQ(desk.left("C"), 45);
}

TEST(WorkedExamples, W2RelaxedPassesOverTheHopelessHead) {
  Desk desk = w2();
  EXPECT_THAT(Desk::numbers(run(desk.problem(), kRelaxed)), ElementsAre(2, 3, 4, 5, 6));
  EXPECT_EQ(desk.left("A"), 15);
  EXPECT_EQ(desk.left("B"), 30);
  EXPECT_EQ(desk.left("C"), 30);
}

TEST(WorkedExamples, W3CuringEitherDeficitFirstEndsInTheSameSet) {
  for (const bool from_the_front : {false, true}) {
    Desk desk;
    desk.holds("A", 12).holds("B", 8).holds("C", 30);
    desk.pays("A", "B", 70);
    desk.pays("B", "C", 65);
    desk.pays("C", "A", 80);
    desk.pays("A", "C", 40);
    desk.pays("C", "B", 300);
    const auto order = [from_the_front](std::size_t waiting) {
      return from_the_front ? 0 : waiting - 1;
    };
    EXPECT_THAT(Desk::numbers(settle_multilateral(desk.problem(), {}, order)),
                ElementsAre(1, 2, 3));
    EXPECT_EQ(desk.left("A"), 22);
    EXPECT_EQ(desk.left("B"), 13);
    EXPECT_EQ(desk.left("C"), 15);
  }
}

TEST(WorkedExamples, W4BilateralLimitBoundsTheNetNotTheGross) {
  for (const std::int64_t limit : {5, 10}) {
    Desk desk;
    desk.holds("A", 50).holds("B", 50).limits("A", "B", limit);
    desk.pays("A", "B", 80);
    desk.pays("B", "A", 70);
    const auto settled = Desk::numbers(run(desk.problem(), kStrict));
    if (limit == 5) {
      EXPECT_THAT(settled, IsEmpty());
      EXPECT_EQ(desk.left("A"), 50);
      EXPECT_EQ(desk.left("B"), 50);
    } else {
      EXPECT_THAT(settled, ElementsAre(1, 2));
      EXPECT_EQ(desk.left("A"), 40);
      EXPECT_EQ(desk.left("B"), 60);
    }
  }
}

Desk back_to_back(std::int64_t cash_of_c) {
  Desk desk;
  desk.holds("A/S", 10).holds("C/cash", cash_of_c);
  desk.settles({{"A/S", "B/S", 10}, {"B/cash", "A/cash", 100}});
  desk.settles({{"B/S", "C/S", 10}, {"C/cash", "B/cash", 101}});
  return desk;
}

TEST(WorkedExamples, W5BackToBackTradesSettleWithoutFundingTheMiddle) {
  Desk desk = back_to_back(101);
  EXPECT_THAT(Desk::numbers(run(desk.problem(), kStrict)), ElementsAre(1, 2));
  EXPECT_EQ(desk.left("A/cash"), 100);
  EXPECT_EQ(desk.left("B/cash"), 1);
  EXPECT_EQ(desk.left("B/S"), 0);
  EXPECT_EQ(desk.left("C/S"), 10);
}

TEST(WorkedExamples, W6OneUnitShortAndNeitherTradeSettles) {
  Desk desk = back_to_back(100);
  EXPECT_THAT(Desk::numbers(run(desk.problem(), kRelaxed)), IsEmpty());
  EXPECT_EQ(desk.left("A/S"), 10);
  EXPECT_EQ(desk.left("C/cash"), 100);
}

TEST(WorkedExamples, W7StrictSecuritiesQueueWaitsAndRelaxedDelivers) {
  const auto make = [] {
    Desk desk;
    desk.holds("A/S", 10).holds("C/cash", 50);
    desk.settles({{"A/S", "B/S", 8}, {"B/cash", "A/cash", 80}});
    desk.settles({{"A/S", "C/S", 5}, {"C/cash", "A/cash", 50}});
    return desk;
  };
  Desk strict = make();
  EXPECT_THAT(Desk::numbers(run(strict.problem(), kStrict)), IsEmpty());
  Desk relaxed = make();
  EXPECT_THAT(Desk::numbers(run(relaxed.problem(), kRelaxed)), ElementsAre(2));
  EXPECT_EQ(relaxed.left("A/S"), 5);
  EXPECT_EQ(relaxed.left("A/cash"), 50);
  EXPECT_EQ(relaxed.left("C/S"), 5);
}

TEST(WorkedExamples, W8PaymentVersusPaymentTriangleSettlesAtOnce) {
  Desk desk;
  desk.holds("A/USD", 80).holds("B/EUR", 45).holds("C/EUR", 35);
  desk.settles({{"A/USD", "B/USD", 110}, {"B/EUR", "A/EUR", 100}});
  desk.settles({{"B/USD", "C/USD", 70}, {"C/EUR", "B/EUR", 60}});
  desk.settles({{"C/USD", "A/USD", 35}, {"A/EUR", "C/EUR", 30}});
  EXPECT_THAT(Desk::numbers(run(desk.problem(), kStrict)), ElementsAre(1, 2, 3));
  EXPECT_EQ(desk.left("A/EUR"), 70);
  EXPECT_EQ(desk.left("A/USD"), 5);
  EXPECT_EQ(desk.left("B/EUR"), 5);
  EXPECT_EQ(desk.left("B/USD"), 40);
  EXPECT_EQ(desk.left("C/EUR"), 5);
  EXPECT_EQ(desk.left("C/USD"), 35);
}

TEST(WorkedExamples, W9ReserveIsUsedUpByItsClassAndKeptFromNormalPayments) {
  for (const std::int64_t received : {0, 9, 10}) {
    Desk desk;
    desk.holds("A", 100).holds("D", received).reserves("A", 60, 0);
    const int highly_urgent = desk.pays("A", "C", 60, PriorityClass::kHighlyUrgent);
    const int normal = desk.pays("A", "B", 50);
    if (received > 0) desk.pays("D", "A", received);
    const auto settled = Desk::numbers(run(desk.problem(), kStrict));
    EXPECT_THAT(settled, ::testing::Contains(highly_urgent));
    EXPECT_EQ(::testing::Value(settled, ::testing::Contains(normal)), received == 10);
    EXPECT_EQ(desk.left("A"), received == 10 ? 0 : 40 + received);
  }
}

TEST(WorkedExamples, W9NormalPaymentAloneCannotTouchTheReserve) {
  Desk desk;
  desk.holds("A", 100).reserves("A", 60, 0);
  desk.pays("A", "B", 50);
  EXPECT_THAT(Desk::numbers(run(desk.problem(), kRelaxed)), IsEmpty());
  EXPECT_EQ(desk.left("A"), 100);
}

Desk w10() {
  Desk desk;
  desk.holds("A", 10).holds("B", 8);
  desk.pays("A", "B", 20);
  desk.pays("B", "A", 15);
  desk.pays("A", "B", 30);
  desk.pays("B", "A", 12);
  desk.pays("A", "B", 15);
  desk.pays("B", "A", 80);
  return desk;
}

TEST(WorkedExamples, W10PublishedCaseOfTwoBanks) {
  Desk strict = w10();
  EXPECT_THAT(Desk::numbers(run(strict.problem(), kStrict)), ElementsAre(1, 2, 4));
  EXPECT_EQ(strict.left("A"), 17);
  EXPECT_EQ(strict.left("B"), 1);
  Desk relaxed = w10();
  EXPECT_THAT(Desk::numbers(run(relaxed.problem(), kRelaxed)), ElementsAre(1, 2, 4, 5));
  EXPECT_EQ(relaxed.left("A"), 2);
  EXPECT_EQ(relaxed.left("B"), 16);
}

TEST(WorkedExamples, W11PublishedCaseOfFiveBanks) {
  Desk desk;
  desk.holds("A", 3).holds("B", 4).holds("C", 5).holds("D", 4).holds("E", 3);
  desk.pays("A", "B", 5);
  desk.pays("B", "C", 6);
  desk.pays("B", "C", 30);
  desk.pays("C", "D", 8);
  desk.pays("C", "E", 80);
  desk.pays("D", "E", 7);
  desk.pays("A", "C", 6);
  desk.pays("E", "A", 8);
  desk.pays("E", "B", 100);
  desk.pays("D", "A", 5);
  EXPECT_THAT(Desk::numbers(run(desk.problem(), kStrict)), ElementsAre(1, 2, 4, 6, 7, 8, 10));
  EXPECT_EQ(desk.left("A"), 5);
  EXPECT_EQ(desk.left("B"), 3);
  EXPECT_EQ(desk.left("C"), 9);
  EXPECT_EQ(desk.left("D"), 0);
  EXPECT_EQ(desk.left("E"), 2);
}

}  // namespace
}  // namespace huangpu::ledger::settlement::test
