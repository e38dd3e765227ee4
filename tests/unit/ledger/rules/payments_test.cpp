// Payments that settle, wait, are held, cancelled, timed out and resolved, through the executor.
#include <gtest/gtest.h>

#include "tests/support/ledger_matchers.hpp"
#include "tests/unit/ledger/rules/payment_world.hpp"

namespace huangpu::ledger::test {
namespace {

class Payments : public ::testing::Test {
 protected:
  void TearDown() override { desk_.check(); }
  PaymentWorld desk_;
};

TEST_F(Payments, SettlesAtOnceWhenTheAccountCanPay) {
  desk_.fund("a", 100);
  const Receipt receipt = desk_.pay("a", "b", 60);
  EXPECT_EQ(receipt.code, ResultCode::kSettled);
  EXPECT_EQ(desk_.held("a"), 40U);
  EXPECT_EQ(desk_.held("b"), 60U);
  EXPECT_TRUE(desk_.waiting("a").empty());
}

TEST_F(Payments, WaitsAndSettlesInTheBlockThatBringsTheMoney) {
  const Receipt receipt = desk_.pay("a", "b", 60);
  EXPECT_EQ(receipt.code, ResultCode::kQueued);
  ASSERT_EQ(desk_.waiting("a").size(), 1U);
  EXPECT_EQ(desk_.waiting("a")[0].id, receipt.txid);
  EXPECT_EQ(desk_.waiting("a")[0].reference, "REF-1");
  desk_.fund("a", 59);
  EXPECT_EQ(desk_.waiting("a").size(), 1U);
  desk_.fund("a", 1);
  EXPECT_TRUE(desk_.waiting("a").empty());
  EXPECT_EQ(desk_.held("a"), 0U);
  EXPECT_EQ(desk_.held("b"), 60U);
  const auto events = desk_.events(receipt.txid);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].status, PaymentStatus::kQueued);
  EXPECT_EQ(events[0].cause, receipt.txid);
  EXPECT_EQ(events[1].status, PaymentStatus::kSettled);
  EXPECT_EQ(events[1].cause, TxId());
  EXPECT_EQ(events[1].batch, 1U);
  ASSERT_EQ(desk_.batches().size(), 1U);
  EXPECT_EQ(desk_.batches()[0].stage, settlement::Stage::kFifo);
}

TEST_F(Payments, GridlockOfThreeResolvesInOneBatchWithGrossBookings) {
  desk_.fund("a", 50);
  desk_.fund("b", 100);
  desk_.fund("c", 20);
  std::vector<DecodedEnvelope> block;
  block.push_back(desk_.give("a", "b", 100));
  block.push_back(desk_.give("b", "c", 130));
  block.push_back(desk_.give("c", "a", 50));
  const auto receipts = desk_.world().block(std::move(block)).receipts;
  for (const auto& receipt : receipts) EXPECT_EQ(receipt.code, ResultCode::kQueued);
  ASSERT_EQ(desk_.apply("operator", RunResolution{}).code, ResultCode::kSettled);
  EXPECT_EQ(desk_.held("a"), 0U);
  EXPECT_EQ(desk_.held("b"), 70U);
  EXPECT_EQ(desk_.held("c"), 100U);
  ASSERT_EQ(desk_.batches().size(), 1U);
  EXPECT_EQ(desk_.batches()[0].stage, settlement::Stage::kMultilateral);
  EXPECT_EQ(desk_.batches()[0].payments, 3U);
  for (const auto& receipt : receipts) EXPECT_EQ(desk_.events(receipt.txid).back().batch, 1U);
  // Gross: each bank has one line for what it paid and one for what it received.
  EXPECT_EQ(desk_.world().balance_value("b", "CNY").entry_count, 3U);
}

// An idle network makes no blocks that would do it later.
TEST_F(Payments, AreResolvedInTheBlockThatCompletesTheGridlock) {
  desk_.fund("a", 50);
  desk_.fund("b", 100);
  desk_.fund("c", 20);
  desk_.pay("a", "b", 100);
  desk_.pay("b", "c", 130);
  desk_.pay("c", "a", 50);
  EXPECT_EQ(desk_.held("c"), 100U);
}

// SPEC Q-31
TEST_F(Payments, AreLookedAtEverySecondBlockWhenMoreThanAThousandStand) {
  desk_.fund("a", 50);
  desk_.fund("b", 100);
  desk_.fund("c", 20);
  std::vector<DecodedEnvelope> standing;
  for (int i = 0; i < 1'001; ++i) standing.push_back(desk_.give("c", "b", 10'000));
  desk_.world().block(std::move(standing));
  std::vector<DecodedEnvelope> block;
  block.push_back(desk_.give("a", "b", 100));
  block.push_back(desk_.give("b", "c", 130));
  block.push_back(desk_.give("c", "a", 50, PriorityClass::kUrgent));
  desk_.world().block(std::move(block));
  EXPECT_EQ(desk_.held("c"), 20U);
  desk_.empty_block();
  EXPECT_EQ(desk_.held("c"), 100U);
}

TEST_F(Payments, SettleOnEntryAgainstThePayeesOwnPaymentBack) {
  desk_.fund("b", 10);
  const Receipt first = desk_.pay("a", "b", 60);
  EXPECT_EQ(first.code, ResultCode::kQueued);
  const Receipt second = desk_.pay("b", "a", 65);
  EXPECT_EQ(second.code, ResultCode::kSettled);
  EXPECT_TRUE(desk_.waiting("a").empty());
  EXPECT_EQ(desk_.held("a"), 5U);
  EXPECT_EQ(desk_.held("b"), 5U);
  const auto events = desk_.events(first.txid);
  EXPECT_EQ(events.back().status, PaymentStatus::kSettled);
  EXPECT_EQ(events.back().cause, second.txid);
  EXPECT_EQ(desk_.batches()[0].stage, settlement::Stage::kOffset);
}

TEST_F(Payments, NormalWaitsBehindWhatWaitsAndUrgentDoesNot) {
  desk_.fund("a", 50);
  EXPECT_EQ(desk_.pay("a", "b", 60).code, ResultCode::kQueued);
  EXPECT_EQ(desk_.pay("a", "b", 10).code, ResultCode::kQueued);
  EXPECT_EQ(desk_.pay("a", "b", 10, PriorityClass::kUrgent).code, ResultCode::kSettled);
}

TEST_F(Payments, AnUrgentOneWaitsBehindAnotherUrgentOne) {
  desk_.fund("a", 50);
  EXPECT_EQ(desk_.pay("a", "b", 60, PriorityClass::kUrgent).code, ResultCode::kQueued);
  EXPECT_EQ(desk_.pay("a", "b", 10, PriorityClass::kUrgent).code, ResultCode::kQueued);
  EXPECT_EQ(desk_.pay("a", "b", 10, PriorityClass::kHighlyUrgent).code, ResultCode::kSettled);
  // Neither is passed over by a run: only normal payments are.
  desk_.apply("operator", RunResolution{});
  EXPECT_EQ(desk_.waiting("a").size(), 2U);
}

TEST_F(Payments, ReserveIsKeptForItsClassAndUsedUpByIt) {
  desk_.fund("a", 100);
  const SetReservation reserve{desk_.world().account("a"), desk_.world().asset("CNY"),
                               PriorityClass::kHighlyUrgent, 60_units};
  EXPECT_EQ(desk_.apply("beta", reserve).code, ResultCode::kAuthorityMissing);
  EXPECT_EQ(desk_.apply("alpha", reserve).code, ResultCode::kSettled);
  const Receipt normal = desk_.pay("a", "b", 50);
  EXPECT_EQ(normal.code, ResultCode::kQueued);
  EXPECT_EQ(desk_.pay("a", "c", 60, PriorityClass::kHighlyUrgent).code, ResultCode::kSettled);
  EXPECT_EQ(desk_.liquidity("a").used_highly_urgent, 60_units);
  EXPECT_EQ(desk_.held("a"), 40U);
  desk_.fund("a", 9);
  EXPECT_EQ(desk_.waiting("a").size(), 1U);
  desk_.fund("a", 1);
  EXPECT_TRUE(desk_.waiting("a").empty());
}

TEST_F(Payments, BilateralLimitBoundsTheNetOfADay) {
  desk_.fund("a", 50);
  desk_.fund("b", 50);
  const auto limit = [this](std::optional<Amount> amount) {
    return SetBilateralLimit{desk_.world().account("a"), desk_.world().asset("CNY"),
                             desk_.world().account("b"), amount};
  };
  EXPECT_EQ(desk_.apply("alpha", limit(5_units)).code, ResultCode::kSettled);
  EXPECT_EQ(desk_.pay("a", "b", 20).code, ResultCode::kQueued);
  EXPECT_EQ(desk_.pay("b", "a", 10).code, ResultCode::kSettled);  // nets to 10 still
  EXPECT_EQ(desk_.waiting("a").size(), 1U);
  EXPECT_EQ(desk_.apply("alpha", limit(10_units)).code, ResultCode::kSettled);
  EXPECT_TRUE(desk_.waiting("a").empty());
  EXPECT_EQ(desk_.pay("a", "b", 1).code, ResultCode::kQueued);
  EXPECT_EQ(desk_.pay("a", "c", 1, PriorityClass::kUrgent).code, ResultCode::kSettled);
  EXPECT_EQ(desk_.apply("alpha", limit(std::nullopt)).code, ResultCode::kSettled);
  EXPECT_TRUE(desk_.waiting("a").empty());
}

TEST_F(Payments, MultilateralLimitBoundsEverybodyWithoutOneOfTheirOwn) {
  desk_.fund("a", 100);
  desk_.apply("alpha", SetMultilateralLimit{desk_.world().account("a"), desk_.world().asset("CNY"),
                                            30_units});
  EXPECT_EQ(desk_.pay("a", "b", 20).code, ResultCode::kSettled);
  EXPECT_EQ(desk_.pay("a", "c", 20).code, ResultCode::kQueued);
  EXPECT_EQ(desk_.liquidity("a").use.paid, 20_units);
  EXPECT_EQ(desk_.pay("b", "a", 10).code, ResultCode::kSettled);
  EXPECT_TRUE(desk_.waiting("a").empty());
  EXPECT_EQ(desk_.pay("a", "b", 25).code, ResultCode::kQueued);
  // Another day, another count: what waited settles in its first block.
  desk_.world().set_next_time(TimestampMs(desk_.world().time().value() + 86'400'000));
  desk_.empty_block();
  EXPECT_TRUE(desk_.waiting("a").empty());
  EXPECT_EQ(desk_.liquidity("a").use.paid, 25_units);
}

TEST_F(Payments, CreditLineIsDrawnForAPaymentAndRedeemedFromReceipts) {
  const SetCreditLine line{desk_.world().account("a"), desk_.world().asset("CNY"), 50_units};
  EXPECT_EQ(desk_.apply("alpha", line).code, ResultCode::kRoleMissing);
  EXPECT_EQ(desk_.apply("central", line).code, ResultCode::kSettled);
  desk_.fund("a", 10);
  EXPECT_EQ(desk_.pay("a", "b", 40).code, ResultCode::kSettled);
  EXPECT_EQ(desk_.liquidity("a").drawn, 30_units);
  EXPECT_EQ(desk_.held("a"), 0U);
  EXPECT_EQ(desk_.world().asset_value("CNY").issued, 40_units);
  EXPECT_EQ(desk_.pay("a", "b", 21).code, ResultCode::kQueued);  // 20 are left
  EXPECT_EQ(desk_.pay("b", "a", 35).code, ResultCode::kSettled);
  // What came in settled the waiting payment first, then redeemed credit.
  EXPECT_TRUE(desk_.waiting("a").empty());
  EXPECT_EQ(desk_.liquidity("a").drawn, 16_units);
  EXPECT_EQ(desk_.held("a"), 0U);
  EXPECT_EQ(desk_.world().asset_value("CNY").redeemed, 14_units);
}

TEST_F(Payments, EarliestTimeKeepsThemOutOfTheQueueUntilItComes) {
  desk_.fund("a", 100);
  Payment later = desk_.payment("a", "b", 30);
  later.earliest = TimestampMs(desk_.world().time().value() + 60'000);
  const Receipt receipt = desk_.pay(later);
  EXPECT_EQ(receipt.code, ResultCode::kEarmarked);
  EXPECT_EQ(desk_.pay("a", "b", 10).code, ResultCode::kSettled);
  desk_.world().set_next_time(TimestampMs(later.earliest.value() - 1));
  desk_.empty_block();
  EXPECT_EQ(desk_.held("b"), 10U);
  desk_.world().set_next_time(later.earliest);
  desk_.empty_block();
  EXPECT_EQ(desk_.held("b"), 40U);
  ASSERT_EQ(desk_.events(receipt.txid).size(), 3U);
}

TEST_F(Payments, LatestTimeRejectsWhatStillWaits) {
  Payment payment = desk_.payment("a", "b", 30);
  payment.latest = TimestampMs(desk_.world().time().value() + 5'000);
  const Receipt receipt = desk_.pay(payment);
  EXPECT_EQ(receipt.code, ResultCode::kQueued);
  desk_.world().set_next_time(payment.latest);
  desk_.empty_block();
  EXPECT_EQ(desk_.waiting("a").size(), 1U);
  desk_.fund("a", 30);  // one block too late
  EXPECT_TRUE(desk_.waiting("a").empty());
  EXPECT_EQ(desk_.held("a"), 30U);
  EXPECT_EQ(desk_.events(receipt.txid).back().status, PaymentStatus::kRejected);
  EXPECT_EQ(desk_.events(receipt.txid).back().reason, ResultCode::kTimedOut);
  EXPECT_EQ(desk_.pay(payment).code, ResultCode::kLatestTimePassed);
}

TEST_F(Payments, DoNotOutliveTheirReference) {
  PaymentWorld desk(2);
  const Receipt receipt = desk.pay("a", "b", 30);
  desk.world().set_next_time(TimestampMs(WorldBuilder::kStartMs + 2 * 86'400'000ULL));
  desk.empty_block();
  EXPECT_EQ(desk.waiting("a").size(), 1U);
  desk.world().set_next_time(TimestampMs(WorldBuilder::kStartMs + 3 * 86'400'000ULL));
  desk.empty_block();
  EXPECT_TRUE(desk.waiting("a").empty());
  EXPECT_EQ(desk.events(receipt.txid).back().reason, ResultCode::kReferenceExpired);
  EXPECT_FALSE(desk.world().state().get(journal_day_key(WorldBuilder::kStartMs / 86'400'000)));
}

TEST_F(Payments, AreRefusedInTheOrderOfTheRules) {
  const auto code = [this](const Payment& payment, const std::string& submitter = "alpha") {
    Submission submission;
    static int number = 0;
    submission.reference = ClientReference{"X" + std::to_string(++number), 20261123};
    return desk_.world().apply(submitter, payment, submission).code;
  };
  Payment payment = desk_.payment("a", "b", 1);
  payment.asset = AssetId(99);
  EXPECT_EQ(code(payment), ResultCode::kAssetUnknown);
  payment = desk_.payment("a", "b", 1);
  payment.debit = AccountId(crypto::Digest::from(Bytes(32, 1)));
  EXPECT_EQ(code(payment), ResultCode::kDebitAccountUnknown);
  payment = desk_.payment("a", "b", 1);
  payment.credit = AccountId(crypto::Digest::from(Bytes(32, 1)));
  EXPECT_EQ(code(payment), ResultCode::kCreditAccountUnknown);
  EXPECT_EQ(code(desk_.payment("a", "a", 1)), ResultCode::kSameAccount);
  EXPECT_EQ(code(desk_.payment("a", "b", 1), "operator"), ResultCode::kRoleMissing);
  EXPECT_EQ(code(desk_.payment("a", "b", 1), "beta"), ResultCode::kAuthorityMissing);
  EXPECT_EQ(code(desk_.payment("a", "b", 1, PriorityClass::kSystem)),
            ResultCode::kPriorityNotAllowed);
  EXPECT_EQ(code(desk_.payment("vault", "b", 1, PriorityClass::kSystem), "central"),
            ResultCode::kQueued);
  EXPECT_EQ(code(desk_.payment("a", "b", 0)), ResultCode::kAmountZero);
  EXPECT_EQ(code(desk_.payment("a", "b", std::uint64_t{1} << 63)), ResultCode::kAmountOverflow);
  EXPECT_EQ(desk_.apply("alpha", RunResolution{}).code, ResultCode::kRoleMissing);
}

TEST_F(Payments, PriorityMovesThemWithTheirOriginalSequence) {
  const Receipt first = desk_.pay("a", "b", 10);
  const Receipt second = desk_.pay("a", "b", 20);
  const Receipt third = desk_.pay("a", "b", 30);
  const auto order = [this] {
    std::vector<TxId> ids;
    for (const auto& payment : desk_.waiting("a")) ids.push_back(payment.id);
    return ids;
  };
  desk_.apply("alpha", ChangePriority{third.txid, PriorityClass::kUrgent});
  EXPECT_EQ(order(), (std::vector<TxId>{third.txid, first.txid, second.txid}));
  desk_.apply("alpha", ChangePriority{second.txid, PriorityClass::kUrgent});
  EXPECT_EQ(order(), (std::vector<TxId>{second.txid, third.txid, first.txid}));
  EXPECT_EQ(desk_.apply("alpha", ChangePriority{first.txid, PriorityClass::kSystem}).code,
            ResultCode::kPriorityNotAllowed);
}

// Every status and every act on it, from one table: what is answered and what it becomes.
struct Transition {
  PaymentStatus from;
  const char* act;
  ResultCode code;
  PaymentStatus to;
};

constexpr ResultCode kUnknown = ResultCode::kPaymentUnknown;
constexpr Transition kTransitions[] = {
    {PaymentStatus::kEarmarked, "cancel", ResultCode::kSettled, PaymentStatus::kCancelled},
    {PaymentStatus::kEarmarked, "hold", ResultCode::kSettled, PaymentStatus::kHeld},
    {PaymentStatus::kEarmarked, "release", ResultCode::kPaymentNotHeld, PaymentStatus::kEarmarked},
    {PaymentStatus::kEarmarked, "priority", ResultCode::kSettled, PaymentStatus::kEarmarked},
    {PaymentStatus::kEarmarked, "money", ResultCode::kSettled, PaymentStatus::kEarmarked},
    {PaymentStatus::kEarmarked, "earliest", ResultCode::kSettled, PaymentStatus::kQueued},
    {PaymentStatus::kEarmarked, "latest", ResultCode::kSettled, PaymentStatus::kRejected},
    {PaymentStatus::kQueued, "cancel", ResultCode::kSettled, PaymentStatus::kCancelled},
    {PaymentStatus::kQueued, "hold", ResultCode::kSettled, PaymentStatus::kHeld},
    {PaymentStatus::kQueued, "release", ResultCode::kPaymentNotHeld, PaymentStatus::kQueued},
    {PaymentStatus::kQueued, "priority", ResultCode::kSettled, PaymentStatus::kQueued},
    {PaymentStatus::kQueued, "money", ResultCode::kSettled, PaymentStatus::kSettled},
    {PaymentStatus::kQueued, "latest", ResultCode::kSettled, PaymentStatus::kRejected},
    {PaymentStatus::kHeld, "cancel", ResultCode::kSettled, PaymentStatus::kCancelled},
    {PaymentStatus::kHeld, "hold", ResultCode::kPaymentHeld, PaymentStatus::kHeld},
    {PaymentStatus::kHeld, "release", ResultCode::kSettled, PaymentStatus::kQueued},
    {PaymentStatus::kHeld, "priority", ResultCode::kSettled, PaymentStatus::kHeld},
    {PaymentStatus::kHeld, "money", ResultCode::kSettled, PaymentStatus::kHeld},
    {PaymentStatus::kHeld, "latest", ResultCode::kSettled, PaymentStatus::kRejected},
    {PaymentStatus::kSettled, "cancel", kUnknown, PaymentStatus::kSettled},
    {PaymentStatus::kSettled, "hold", kUnknown, PaymentStatus::kSettled},
    {PaymentStatus::kSettled, "release", kUnknown, PaymentStatus::kSettled},
    {PaymentStatus::kSettled, "priority", kUnknown, PaymentStatus::kSettled},
    {PaymentStatus::kSettled, "latest", ResultCode::kSettled, PaymentStatus::kSettled},
    {PaymentStatus::kCancelled, "cancel", kUnknown, PaymentStatus::kCancelled},
    {PaymentStatus::kCancelled, "hold", kUnknown, PaymentStatus::kCancelled},
    {PaymentStatus::kCancelled, "release", kUnknown, PaymentStatus::kCancelled},
    {PaymentStatus::kCancelled, "priority", kUnknown, PaymentStatus::kCancelled},
    {PaymentStatus::kCancelled, "money", ResultCode::kSettled, PaymentStatus::kCancelled},
    {PaymentStatus::kRejected, "cancel", kUnknown, PaymentStatus::kRejected},
    {PaymentStatus::kRejected, "hold", kUnknown, PaymentStatus::kRejected},
    {PaymentStatus::kRejected, "release", kUnknown, PaymentStatus::kRejected},
    {PaymentStatus::kRejected, "priority", kUnknown, PaymentStatus::kRejected},
    {PaymentStatus::kRejected, "money", ResultCode::kSettled, PaymentStatus::kRejected},
};

class LifeCycle : public ::testing::TestWithParam<Transition> {
 protected:
  // A payment of 10 in the wanted status.
  void bring_to(PaymentStatus status) {
    Payment payment = desk_.payment("a", "b", 10);
    const std::uint64_t now = desk_.world().time().value();
    if (status == PaymentStatus::kEarmarked) payment.earliest = TimestampMs(now + 20'000);
    payment.latest = TimestampMs(now + 40'000);
    id_ = desk_.pay(payment).txid;
    if (status == PaymentStatus::kHeld) desk_.apply("alpha", HoldPayment{id_});
    if (status == PaymentStatus::kSettled) desk_.fund("a", 10);
    if (status == PaymentStatus::kCancelled) desk_.apply("alpha", CancelPayment{id_});
    if (status == PaymentStatus::kRejected) pass(41'000);
  }
  void pass(std::uint64_t ms) {
    desk_.world().set_next_time(TimestampMs(WorldBuilder::kStartMs + ms));
    desk_.empty_block();
  }
  ResultCode act(const std::string& what) {
    if (what == "cancel") return desk_.apply("alpha", CancelPayment{id_}).code;
    if (what == "hold") return desk_.apply("alpha", HoldPayment{id_}).code;
    if (what == "release") return desk_.apply("alpha", ReleasePayment{id_}).code;
    if (what == "priority") {
      return desk_.apply("alpha", ChangePriority{id_, PriorityClass::kUrgent}).code;
    }
    if (what == "money") desk_.fund("a", 10);
    if (what == "earliest") pass(20'000);
    if (what == "latest") pass(50'000);
    return ResultCode::kSettled;
  }

  PaymentWorld desk_;
  TxId id_;
};

TEST_P(LifeCycle, HasNoOtherTransition) {
  const Transition& row = GetParam();
  bring_to(row.from);
  ASSERT_EQ(desk_.events(id_).back().status, row.from);
  EXPECT_EQ(act(row.act), row.code);
  EXPECT_EQ(desk_.events(id_).back().status, row.to);
  const auto waiting = desk_.find(id_);
  EXPECT_EQ(waiting.has_value(), is_waiting(row.to));
  if (waiting) {
    EXPECT_EQ(waiting->status, row.to);
  }
  EXPECT_EQ(desk_.held("b"), row.to == PaymentStatus::kSettled ? 10U : 0U);
  desk_.check();
}

INSTANTIATE_TEST_SUITE_P(Table, LifeCycle, ::testing::ValuesIn(kTransitions));

TEST_F(Payments, AreOnlyForTheirOwnerToManage) {
  const TxId id = desk_.pay("a", "b", 10).txid;
  for (const Operation& operation :
       {Operation(CancelPayment{id}), Operation(HoldPayment{id}), Operation(ReleasePayment{id}),
        Operation(ChangePriority{id, PriorityClass::kUrgent})}) {
    EXPECT_EQ(desk_.apply("beta", operation).code, ResultCode::kPaymentForeign);
  }
  EXPECT_EQ(desk_.waiting("a").size(), 1U);
}

}  // namespace
}  // namespace huangpu::ledger::test
