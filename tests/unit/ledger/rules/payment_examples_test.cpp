// The worked examples of published systems as days of the ledger: every payment comes of age in the
// same block, which settles what it can (ledger/settlement/README.md).
#include <gtest/gtest.h>

#include <map>
#include <tuple>

#include "tests/unit/ledger/rules/payment_world.hpp"

namespace huangpu::ledger::test {
namespace {

struct ExamplePayment {
  const char* from;
  const char* to;
  std::uint64_t amount;
  PriorityClass priority = PriorityClass::kNormal;
};

struct Example {
  const char* name;
  std::map<std::string, std::uint64_t> start;
  std::vector<ExamplePayment> payments;
  std::vector<std::size_t> settled;  // numbers of payments, from 1
  std::map<std::string, std::uint64_t> closing;
};

constexpr PriorityClass kUrgent = PriorityClass::kUrgent;

const std::vector<Example>& examples() {
  static const std::vector<Example> all = {
      {"W1",
       {{"a", 50}, {"b", 100}, {"c", 20}},
       {{"a", "b", 100}, {"b", "c", 130}, {"c", "a", 50}},
       {1, 2, 3},
       {{"a", 0}, {"b", 70}, {"c", 100}}},
      // Nothing may be passed over.
      {"W2Strict",
       {{"a", 15}, {"b", 25}, {"c", 35}},
       {{"a", "b", 110, kUrgent},
        {"c", "b", 50, kUrgent},
        {"b", "c", 60, kUrgent},
        {"c", "a", 85, kUrgent},
        {"a", "b", 15, kUrgent},
        {"a", "c", 70, kUrgent}},
       {2, 3},
       {{"a", 15}, {"b", 15}, {"c", 45}}},
      // The first payment is hopeless and is passed over.
      {"W2Relaxed",
       {{"a", 15}, {"b", 25}, {"c", 35}},
       {{"a", "b", 110},
        {"c", "b", 50},
        {"b", "c", 60},
        {"c", "a", 85},
        {"a", "b", 15},
        {"a", "c", 70}},
       {2, 3, 4, 5, 6},
       {{"a", 15}, {"b", 30}, {"c", 30}}},
      {"W3",
       {{"a", 12}, {"b", 8}, {"c", 30}},
       {{"a", "b", 70}, {"b", "c", 65}, {"c", "a", 80}, {"a", "c", 40}, {"c", "b", 300}},
       {1, 2, 3},
       {{"a", 22}, {"b", 13}, {"c", 15}}},
      {"W10Strict",
       {{"a", 10}, {"b", 8}},
       {{"a", "b", 20, kUrgent},
        {"b", "a", 15, kUrgent},
        {"a", "b", 30, kUrgent},
        {"b", "a", 12, kUrgent},
        {"a", "b", 15, kUrgent},
        {"b", "a", 80, kUrgent}},
       {1, 2, 4},
       {{"a", 17}, {"b", 1}}},
      {"W10Relaxed",
       {{"a", 10}, {"b", 8}},
       {{"a", "b", 20},
        {"b", "a", 15},
        {"a", "b", 30},
        {"b", "a", 12},
        {"a", "b", 15},
        {"b", "a", 80}},
       {1, 2, 4, 5},
       {{"a", 2}, {"b", 16}}},
      {"W11",
       {{"a", 3}, {"b", 4}, {"c", 5}, {"d", 4}, {"e", 3}},
       {{"a", "b", 5},
        {"b", "c", 6},
        {"b", "c", 30},
        {"c", "d", 8},
        {"c", "e", 80},
        {"d", "e", 7},
        {"a", "c", 6},
        {"e", "a", 8},
        {"e", "b", 100},
        {"d", "a", 5}},
       {1, 2, 4, 6, 7, 8, 10},
       {{"a", 5}, {"b", 3}, {"c", 9}, {"d", 0}, {"e", 2}}},
  };
  return all;
}

class WorkedDay : public ::testing::TestWithParam<std::size_t> {};

TEST_P(WorkedDay, SettlesExactlyWhatThePublishedExampleDoes) {
  const Example& example = examples()[GetParam()];
  SCOPED_TRACE(example.name);
  PaymentWorld desk;
  for (const auto& [account, amount] : example.start) {
    if (amount != 0) desk.fund(account, amount);
  }
  const TimestampMs together(desk.world().time().value() + 60'000);
  std::vector<DecodedEnvelope> block;
  for (const ExamplePayment& given : example.payments) {
    Payment payment = desk.payment(given.from, given.to, given.amount, given.priority);
    payment.earliest = together;
    block.push_back(desk.give(payment));
  }
  const auto receipts = desk.world().block(std::move(block)).receipts;
  for (const auto& receipt : receipts) ASSERT_EQ(receipt.code, ResultCode::kEarmarked);

  desk.world().set_next_time(together);
  desk.empty_block();

  std::vector<std::size_t> settled;
  for (std::size_t i = 0; i < receipts.size(); ++i) {
    if (desk.events(receipts[i].txid).back().status == PaymentStatus::kSettled) {
      settled.push_back(i + 1);
    }
  }
  EXPECT_EQ(settled, example.settled);
  for (const auto& [account, amount] : example.closing) {
    EXPECT_EQ(desk.held(account), amount) << account;
  }
  desk.check();
}

INSTANTIATE_TEST_SUITE_P(Examples, WorkedDay, ::testing::Range(std::size_t{0}, examples().size()));

// W4: the limit bounds the net of what is paid, not the gross.
TEST(WorkedDay, W4BilateralLimitBoundsTheNet) {
  for (const auto& [limit, a, b] : {std::tuple(5U, 50U, 50U), std::tuple(10U, 40U, 60U)}) {
    PaymentWorld desk;
    desk.fund("a", 50);
    desk.fund("b", 50);
    desk.apply("alpha", SetBilateralLimit{desk.world().account("a"), desk.world().asset("CNY"),
                                          desk.world().account("b"), Amount::from_u64(limit)});
    desk.pay("a", "b", 80);
    desk.pay("b", "a", 70);
    EXPECT_EQ(desk.held("a"), a);
    EXPECT_EQ(desk.held("b"), b);
  }
}

// W9: a reserve is used up by the class it is for, and is kept from the others.
TEST(WorkedDay, W9ReservationIsUsedUpByItsClass) {
  PaymentWorld desk;
  desk.fund("a", 100);
  desk.apply("alpha", SetReservation{desk.world().account("a"), desk.world().asset("CNY"),
                                     PriorityClass::kHighlyUrgent, 60_units});
  desk.pay("a", "b", 50);
  EXPECT_EQ(desk.pay("a", "c", 60, PriorityClass::kHighlyUrgent).code, ResultCode::kSettled);
  EXPECT_EQ(desk.held("a"), 40U);
  EXPECT_EQ(desk.waiting("a").size(), 1U);
  desk.fund("a", 10);
  EXPECT_TRUE(desk.waiting("a").empty());
}

// W12: a held payment keeps its place, and what stands behind an older one does not pass it.
TEST(WorkedDay, W12HoldKeepsThePlaceAndSettlesNothing) {
  PaymentWorld desk;
  desk.fund("a", 100);
  desk.pay("a", "b", 150, kUrgent);
  const TxId held = desk.pay("a", "b", 25, kUrgent).txid;
  desk.apply("alpha", HoldPayment{held});
  desk.pay("a", "b", 10, kUrgent);
  desk.apply("operator", RunResolution{});
  const auto waiting = desk.waiting("a");
  ASSERT_EQ(waiting.size(), 3U);
  EXPECT_EQ(waiting[1].id, held);
  EXPECT_EQ(waiting[1].status, PaymentStatus::kHeld);
  EXPECT_EQ(desk.held("a"), 100U);
}

}  // namespace
}  // namespace huangpu::ledger::test
