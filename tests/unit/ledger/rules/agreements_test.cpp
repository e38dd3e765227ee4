// Settlements that several parties agree on over time (SPEC Q-110..Q-118).
#include <gtest/gtest.h>

#include "ledger/rules/agreements.hpp"
#include "ledger/types/limits.hpp"
#include "tests/support/ledger_matchers.hpp"
#include "tests/unit/ledger/rules/agreed_world.hpp"

namespace huangpu::ledger::test {
namespace {

class Agreements : public ::testing::Test {
 protected:
  void TearDown() override { desk_.check(); }

  // a delivers 10 USD to b against 60 CNY; c pays a fee of 5 CNY to b.
  ProposeSettlement three_legs() {
    return desk_.proposal(
        {desk_.leg("a", "b", 10, "USD"), desk_.leg("b", "a", 60), desk_.leg("c", "b", 5)});
  }
  void fund_all() {
    desk_.world().issue("USD", "a", Amount::from_u64(10));
    desk_.fund("b", 60);
    desk_.fund("c", 5);
  }
  ResultCode approve(const std::string& who, const TxId& id) {
    return desk_.apply(who, ApproveSettlement{id}).code;
  }
  ResultCode withdraw(const std::string& who, const TxId& id) {
    return desk_.apply(who, WithdrawApproval{id}).code;
  }
  ResultCode cancel(const std::string& who, const TxId& id) {
    return desk_.apply(who, CancelSettlement{id}).code;
  }
  TxId proposed(const ProposeSettlement& op, const std::string& who = "alpha") {
    const Receipt receipt = desk_.apply(who, op);
    EXPECT_EQ(receipt.code, ResultCode::kApprovalsMissing);
    return receipt.txid;
  }
  Step last_step(const TxId& id) { return desk_.steps(id).back().step; }

  AgreedWorld desk_;
};

TEST_F(Agreements, SettleAllLegsInTheBlockOfTheLastApprovalAndOneBatch) {
  fund_all();
  const TxId id = proposed(three_legs());
  EXPECT_EQ(approve("beta", id), ResultCode::kApprovalsMissing);
  EXPECT_EQ(desk_.held("a"), 0U);
  const Receipt last = desk_.apply("gamma", ApproveSettlement{id});
  EXPECT_EQ(last.code, ResultCode::kSettled);
  EXPECT_EQ(desk_.held_of("b", "USD"), 10U);
  EXPECT_EQ(desk_.held("a"), 60U);
  EXPECT_EQ(desk_.held("b"), 5U);
  EXPECT_EQ(desk_.held("c"), 0U);
  for (const std::string account : {"a", "b", "c"}) {
    EXPECT_EQ(desk_.world().balance_value(account, "CNY").last_height, last.height);
  }
  const auto steps = desk_.steps(id);
  ASSERT_EQ(steps.size(), 3U);
  EXPECT_EQ(steps[0].step, Step::kProposed);
  EXPECT_EQ(steps[1].step, Step::kApproved);
  EXPECT_EQ(steps[1].participant, desk_.world().participant("beta"));
  EXPECT_EQ(steps[2].step, Step::kSettled);
  EXPECT_EQ(steps[2].batch, 1U);
  EXPECT_EQ(steps[2].cause, last.txid);
  EXPECT_FALSE(desk_.open_settlement(id));
}

TEST_F(Agreements, WaitForFundsTellWhichLegLacksThemAndSettleInTheBlockThatBringsThem) {
  desk_.fund("b", 59);
  desk_.fund("c", 5);
  const TxId id = proposed(three_legs());
  ASSERT_EQ(approve("beta", id), ResultCode::kApprovalsMissing);
  EXPECT_EQ(approve("gamma", id), ResultCode::kFundsMissing);
  EXPECT_EQ(desk_.steps(id).back().step, Step::kComplete);
  EXPECT_EQ(desk_.steps(id).back().lacking_leg, 1U);
  EXPECT_EQ(desk_.held("c"), 5U);
  desk_.world().issue("USD", "a", Amount::from_u64(9));
  EXPECT_EQ(last_step(id), Step::kComplete);
  desk_.world().issue("USD", "a", Amount::from_u64(1));
  EXPECT_EQ(last_step(id), Step::kSettled);
  EXPECT_EQ(desk_.steps(id).back().cause, TxId());
  // What c brings to b is enough for b's leg: positions are tested net.
  EXPECT_EQ(desk_.held("b"), 4U);
  EXPECT_EQ(desk_.held("a"), 60U);
}

TEST_F(Agreements, UseNothingThatIsReserved) {
  fund_all();
  ASSERT_EQ(desk_.apply("beta", desk_.reserve("b", "d", 10, 100)).code, ResultCode::kSettled);
  const TxId id = proposed(three_legs());
  ASSERT_EQ(approve("beta", id), ResultCode::kApprovalsMissing);
  EXPECT_EQ(approve("gamma", id), ResultCode::kFundsMissing);
  EXPECT_EQ(desk_.steps(id).back().lacking_leg, 2U);
  desk_.wait(200);
  EXPECT_EQ(last_step(id), Step::kSettled);
}

TEST_F(Agreements, OfOneSubmitterSettleAtOnce) {
  fund_all();
  const auto op = desk_.proposal({desk_.leg("b", "a", 10), desk_.leg("b", "c", 10)});
  EXPECT_EQ(desk_.apply("beta", op).code, ResultCode::kSettled);
  EXPECT_EQ(desk_.held("a"), 10U);
  EXPECT_EQ(desk_.held("c"), 15U);
}

TEST_F(Agreements, NeedTheReceiversToApproveWhenTheySaySo) {
  fund_all();
  auto op = desk_.proposal({desk_.leg("b", "a", 10), desk_.leg("b", "c", 10)});
  op.receivers_approve = true;
  const TxId id = proposed(op, "beta");
  EXPECT_EQ(approve("delta", id), ResultCode::kNotAParty);
  EXPECT_EQ(approve("gamma", id), ResultCode::kApprovalsMissing);
  EXPECT_EQ(approve("gamma", id), ResultCode::kApprovedBefore);
  EXPECT_EQ(approve("alpha", id), ResultCode::kSettled);
}

TEST_F(Agreements, ExpireByTheBlockItself) {
  auto op = three_legs();
  op.expires = desk_.in_seconds(10);
  const TxId id = proposed(op);
  desk_.wait(60);
  EXPECT_EQ(last_step(id), Step::kSettlementExpired);
  EXPECT_EQ(desk_.steps(id).back().reason, ResultCode::kSettlementExpired);
  EXPECT_EQ(desk_.steps(id).back().cause, TxId());
  EXPECT_EQ(approve("beta", id), ResultCode::kSettlementUnknown);
}

TEST_F(Agreements, AreRefusedForReasonsInAFixedOrder) {
  const auto code = [this](const ProposeSettlement& op, const std::string& who = "alpha") {
    return desk_.apply(who, op).code;
  };
  auto op = three_legs();
  op.legs[1].asset = AssetId(99);
  op.legs[2].debit = AccountId();
  EXPECT_EQ(code(op), ResultCode::kAssetUnknown);
  op = three_legs();
  op.legs[0].debit = AccountId();
  EXPECT_EQ(code(op), ResultCode::kDebitAccountUnknown);
  op = three_legs();
  op.legs[2].credit = AccountId();
  EXPECT_EQ(code(op), ResultCode::kCreditAccountUnknown);
  op = three_legs();
  op.legs[2].credit = op.legs[2].debit;
  EXPECT_EQ(code(op), ResultCode::kSameAccount);
  op = three_legs();
  op.legs[2].amount = Amount::zero();
  EXPECT_EQ(code(op), ResultCode::kAmountZero);
  op.legs[2].amount = Amount::from_u64(std::uint64_t{1} << 63);
  EXPECT_EQ(code(op), ResultCode::kAmountOverflow);
  op = three_legs();
  op.expires = desk_.world().next_time();
  EXPECT_EQ(code(op, "operator"), ResultCode::kRoleMissing);
  op.expires = desk_.world().next_time();
  EXPECT_EQ(code(op, "delta"), ResultCode::kNotAParty);
  op.expires = desk_.world().next_time();
  EXPECT_EQ(code(op), ResultCode::kExpiryNotAhead);
}

TEST_F(Agreements, AreTheSameAfterARestart) {
  fund_all();
  const TxId id = proposed(three_legs());
  ASSERT_EQ(approve("beta", id), ResultCode::kApprovalsMissing);
  desk_.world().reopen();
  ASSERT_TRUE(desk_.open_settlement(id));
  EXPECT_EQ(desk_.open_settlement(id)->approved.size(), 2U);
  EXPECT_EQ(approve("gamma", id), ResultCode::kSettled);
}

TEST_F(Agreements, OfACircleSettleOneAnotherWithinTheRoundsOfABlock) {
  // Each waits for what the one before brings.
  const TxId first = proposed(desk_.proposal({desk_.leg("a", "b", 10), desk_.leg("c", "a", 1)}));
  EXPECT_EQ(approve("gamma", first), ResultCode::kFundsMissing);
  const TxId second =
      proposed(desk_.proposal({desk_.leg("b", "d", 10), desk_.leg("d", "b", 1)}), "beta");
  EXPECT_EQ(approve("delta", second), ResultCode::kFundsMissing);
  desk_.fund("c", 1);
  desk_.fund("d", 1);
  EXPECT_EQ(last_step(first), Step::kComplete);
  desk_.fund("a", 9);
  EXPECT_EQ(last_step(first), Step::kSettled);
  EXPECT_EQ(last_step(second), Step::kSettled);
  EXPECT_EQ(desk_.held("d"), 10U);
}

// Every step from every state (SPEC Q-118).
TEST_F(Agreements, MoveOnlyAlongTheirLifeCycle) {
  struct Row {
    std::string from;
    std::string act;
    ResultCode code;
    Step to;
  };
  using enum ResultCode;
  const std::vector<Row> table = {
      {"proposed", "approve", kApprovalsMissing, Step::kApproved},
      {"proposed", "approve-again", kApprovedBefore, Step::kProposed},
      {"proposed", "withdraw", kSettled, Step::kApprovalWithdrawn},
      {"proposed", "withdraw-none", kNotApproved, Step::kProposed},
      {"proposed", "cancel", kSettled, Step::kCancelled},
      {"proposed", "stranger", kNotAParty, Step::kProposed},
      {"proposed", "expire", kSettled, Step::kSettlementExpired},
      {"complete", "approve", kApprovedBefore, Step::kComplete},
      {"complete", "withdraw", kSettlementComplete, Step::kComplete},
      {"complete", "cancel", kSettlementComplete, Step::kComplete},
      {"complete", "fund", kSettled, Step::kSettled},
      {"complete", "expire", kSettled, Step::kSettlementExpired},
      {"settled", "approve", kSettlementUnknown, Step::kSettled},
      {"settled", "withdraw", kSettlementUnknown, Step::kSettled},
      {"settled", "cancel", kSettlementUnknown, Step::kSettled},
      {"settled", "expire", kSettled, Step::kSettled},
      {"cancelled", "approve", kSettlementUnknown, Step::kCancelled},
      {"cancelled", "withdraw", kSettlementUnknown, Step::kCancelled},
      {"cancelled", "cancel", kSettlementUnknown, Step::kCancelled},
      {"cancelled", "expire", kSettled, Step::kCancelled},
      {"expired", "approve", kSettlementUnknown, Step::kSettlementExpired},
      {"expired", "withdraw", kSettlementUnknown, Step::kSettlementExpired},
      {"expired", "cancel", kSettlementUnknown, Step::kSettlementExpired}};
  for (const Row& row : table) {
    AgreedWorld desk;
    const auto submit = [&desk](const std::string& who, Operation op) {
      return desk.apply(who, std::move(op));
    };
    const auto expire = [&desk] {
      desk.wait(7200);
      return kSettled;
    };
    const auto fund = [&desk] {
      desk.fund("a", 1);
      desk.fund("b", 1);
      desk.fund("c", 1);
      return kSettled;
    };
    const TxId id =
        submit("alpha",
               desk.proposal({desk.leg("a", "b", 1), desk.leg("b", "c", 2), desk.leg("c", "a", 1)}))
            .txid;
    if (row.from == "complete" || row.from == "settled") {
      submit("beta", ApproveSettlement{id});
      ASSERT_EQ(submit("gamma", ApproveSettlement{id}).code, kFundsMissing);
      if (row.from == "settled") fund();
    }
    if (row.from == "cancelled") submit("beta", CancelSettlement{id});
    if (row.from == "expired") expire();
    ResultCode code = kSettled;
    if (row.act == "approve") code = submit("beta", ApproveSettlement{id}).code;
    if (row.act == "approve-again") code = submit("alpha", ApproveSettlement{id}).code;
    if (row.act == "withdraw") code = submit("alpha", WithdrawApproval{id}).code;
    if (row.act == "withdraw-none") code = submit("beta", WithdrawApproval{id}).code;
    if (row.act == "cancel") code = submit("alpha", CancelSettlement{id}).code;
    if (row.act == "stranger") code = submit("delta", CancelSettlement{id}).code;
    if (row.act == "fund") code = fund();
    if (row.act == "expire") code = expire();
    EXPECT_EQ(code, row.code) << row.from << " " << row.act;
    EXPECT_EQ(desk.steps(id).back().step, row.to) << row.from << " " << row.act;
    EXPECT_EQ(desk.open_settlement(id).has_value(), !is_final(row.to))
        << row.from << " " << row.act;
    desk.check();
  }
}

}  // namespace
}  // namespace huangpu::ledger::test
