// Funds that are reserved, posted, given back or expire (SPEC Q-100..Q-107).
#include <gtest/gtest.h>

#include <functional>

#include "ledger/rules/reserves.hpp"
#include "tests/support/ledger_matchers.hpp"
#include "tests/unit/ledger/rules/agreed_world.hpp"

namespace huangpu::ledger::test {
namespace {

class Reserves : public ::testing::Test {
 protected:
  void TearDown() override { desk_.check(); }

  ResultCode post(const std::string& who, const TxId& id, std::uint64_t amount,
                  bool keep_rest = false) {
    return desk_.apply(who, PostReserved{id, Amount::from_u64(amount), keep_rest}).code;
  }
  ResultCode give_back(const std::string& who, const TxId& id) {
    return desk_.apply(who, VoidReserved{id}).code;
  }
  TxId reserved(const ReserveFunds& op, const std::string& who = "alpha") {
    const Receipt receipt = desk_.apply(who, op);
    EXPECT_EQ(receipt.code, ResultCode::kSettled);
    return receipt.txid;
  }

  AgreedWorld desk_;
};

TEST_F(Reserves, KeepFundsFromEveryOtherDebitAndChangeNoBalance) {
  desk_.fund("a", 100);
  const TxId id = reserved(desk_.reserve("a", "b", 70));
  EXPECT_EQ(desk_.held("a"), 100U);
  EXPECT_EQ(desk_.pending("a"), 70U);
  const auto units = [](std::uint64_t n) { return Amount::from_u64(n); };
  EXPECT_EQ(desk_.apply("alpha", desk_.world().transfer("a", "c", "CNY", units(31))).code,
            ResultCode::kInsufficientFunds);
  EXPECT_EQ(desk_.apply("alpha", desk_.reserve("a", "c", 31)).code, ResultCode::kInsufficientFunds);
  EXPECT_EQ(desk_.pay("a", "c", 31).code, ResultCode::kQueued);
  BulkTransfer bulk;
  append_record(bulk.records, BulkRecord{desk_.world().account("a"), desk_.world().account("c"),
                                         units(31), desk_.world().asset("CNY")});
  EXPECT_EQ(desk_.apply("alpha", bulk).code, ResultCode::kNoneSettled);
  EXPECT_EQ(desk_.apply("alpha", desk_.world().transfer("a", "c", "CNY", units(30))).code,
            ResultCode::kSettled);
  ASSERT_EQ(desk_.reserves("a").size(), 1U);
  EXPECT_EQ(desk_.reserves("a")[0].id, id);
  EXPECT_EQ(desk_.reserves("a")[0].left, units(70));
}

TEST_F(Reserves, KeepTheIssuerFromRedeemingWhatIsReserved) {
  desk_.fund("vault", 50);
  ASSERT_EQ(desk_.apply("central", desk_.reserve("vault", "a", 20)).code, ResultCode::kSettled);
  const AssetId cny = desk_.world().asset("CNY");
  const AccountId vault = desk_.world().account("vault");
  EXPECT_EQ(desk_.apply("central", Redeem{cny, vault, Amount::from_u64(31)}).code,
            ResultCode::kInsufficientFunds);
  EXPECT_EQ(desk_.apply("central", Redeem{cny, vault, Amount::from_u64(30)}).code,
            ResultCode::kSettled);
}

TEST_F(Reserves, APartIsPostedAndTheRestStaysOrIsGivenBack) {
  desk_.fund("a", 100);
  const TxId id = reserved(desk_.reserve("a", "b", 80));
  EXPECT_EQ(post("alpha", id, 30, true), ResultCode::kSettled);
  EXPECT_EQ(desk_.held("b"), 30U);
  EXPECT_EQ(desk_.pending("a"), 50U);
  EXPECT_EQ(post("alpha", id, 51), ResultCode::kReserveExceeded);
  EXPECT_EQ(post("alpha", id, 20), ResultCode::kSettled);
  EXPECT_EQ(desk_.held("b"), 50U);
  EXPECT_EQ(desk_.held("a"), 50U);
  EXPECT_EQ(desk_.pending("a"), 0U);
  EXPECT_TRUE(desk_.reserves("a").empty());
  const auto steps = desk_.steps(id);
  ASSERT_EQ(steps.size(), 3U);
  EXPECT_EQ(steps[0].step, Step::kReserved);
  EXPECT_EQ(steps[0].amount, Amount::from_u64(80));
  EXPECT_EQ(steps[1].step, Step::kPartlyPosted);
  EXPECT_EQ(steps[1].amount, Amount::from_u64(30));
  EXPECT_EQ(steps[2].step, Step::kPosted);
  EXPECT_EQ(steps[2].amount, Amount::from_u64(20));
  EXPECT_EQ(steps[2].participant, desk_.world().participant("alpha"));
}

TEST_F(Reserves, ThatAreGivenBackLetTheHeadOfTheQueueSettleInThatBlock) {
  desk_.fund("a", 100);
  const TxId id = reserved(desk_.reserve("a", "b", 80));
  EXPECT_EQ(desk_.pay("a", "c", 60).code, ResultCode::kQueued);
  EXPECT_EQ(give_back("alpha", id), ResultCode::kSettled);
  EXPECT_EQ(desk_.held("c"), 60U);
}

TEST_F(Reserves, ExpireInTheFirstBlockAfterTheirTimeByTheBlockItself) {
  desk_.fund("a", 100);
  const TxId id = reserved(desk_.reserve("a", "b", 80, 10));
  const TimestampMs expires = desk_.reserves("a")[0].terms.expires;
  desk_.world().set_next_time(expires);
  desk_.empty_block();
  EXPECT_EQ(desk_.pending("a"), 80U);
  desk_.world().set_next_time(TimestampMs(expires.value() + 1));
  EXPECT_EQ(post("alpha", id, 10), ResultCode::kReserveUnknown);
  EXPECT_EQ(desk_.pending("a"), 0U);
  const auto steps = desk_.steps(id);
  ASSERT_EQ(steps.size(), 2U);
  EXPECT_EQ(steps[1].step, Step::kReserveExpired);
  EXPECT_EQ(steps[1].reason, ResultCode::kReserveExpired);
  EXPECT_EQ(steps[1].cause, TxId());
  EXPECT_EQ(steps[1].participant, ParticipantId(0));
  EXPECT_EQ(steps[1].amount, Amount::from_u64(80));
}

TEST_F(Reserves, AreRefusedForReasonsInAFixedOrder) {
  desk_.fund("a", 100);
  const auto code = [this](const ReserveFunds& op, const std::string& who = "alpha") {
    return desk_.apply(who, op).code;
  };
  ReserveFunds op = desk_.reserve("a", "b", 10);
  op.asset = AssetId(99);
  op.debit = AccountId();
  EXPECT_EQ(code(op), ResultCode::kAssetUnknown);
  op.asset = desk_.world().asset("CNY");
  op.credit = AccountId();
  EXPECT_EQ(code(op), ResultCode::kDebitAccountUnknown);
  op.debit = desk_.world().account("a");
  EXPECT_EQ(code(op), ResultCode::kCreditAccountUnknown);
  op.credit = op.debit;
  EXPECT_EQ(code(op, "beta"), ResultCode::kSameAccount);
  op.credit = desk_.world().account("b");
  op.poster = Poster::kThird;
  op.third = ParticipantId(999);
  EXPECT_EQ(code(op, "beta"), ResultCode::kAuthorityMissing);
  op.amount = Amount::zero();
  EXPECT_EQ(code(op), ResultCode::kParticipantUnknown);
  op.poster = Poster::kDebtor;
  op.third = ParticipantId(0);
  op.expires = desk_.world().next_time();
  EXPECT_EQ(code(op), ResultCode::kAmountZero);
  op.amount = Amount::from_u64(101);
  op.expires = desk_.world().next_time();
  EXPECT_EQ(code(op), ResultCode::kExpiryNotAhead);
  op.expires = desk_.in_seconds(400 * 86'400);
  EXPECT_EQ(code(op), ResultCode::kExpiryNotAhead);
  op.expires = desk_.in_seconds(60);
  EXPECT_EQ(code(op), ResultCode::kInsufficientFunds);
  EXPECT_EQ(desk_.pending("a"), 0U);
}

TEST_F(Reserves, ArePostedByWhomTheyNameAndByNobodyElse) {
  desk_.fund("a", 300);
  const TxId by_debtor = reserved(desk_.reserve("a", "b", 10));
  ReserveFunds op = desk_.reserve("a", "b", 10);
  op.poster = Poster::kBeneficiary;
  const TxId by_beneficiary = reserved(op);
  op.poster = Poster::kThird;
  op.third = desk_.world().participant("gamma");
  const TxId by_third = reserved(op);

  EXPECT_EQ(post("beta", by_debtor, 1, true), ResultCode::kAuthorityMissing);
  EXPECT_EQ(post("alpha", by_debtor, 1, true), ResultCode::kSettled);
  EXPECT_EQ(post("alpha", by_beneficiary, 1, true), ResultCode::kAuthorityMissing);
  EXPECT_EQ(post("beta", by_beneficiary, 1, true), ResultCode::kSettled);
  EXPECT_EQ(post("alpha", by_third, 1, true), ResultCode::kReserveForeign);
  EXPECT_EQ(post("beta", by_third, 1, true), ResultCode::kReserveForeign);
  EXPECT_EQ(post("gamma", by_third, 1, true), ResultCode::kSettled);

  EXPECT_EQ(give_back("alpha", by_beneficiary), ResultCode::kAuthorityMissing);
  EXPECT_EQ(give_back("alpha", by_third), ResultCode::kReserveForeign);
  EXPECT_EQ(give_back("beta", by_debtor), ResultCode::kSettled);
  EXPECT_EQ(give_back("beta", by_beneficiary), ResultCode::kSettled);
  EXPECT_EQ(give_back("gamma", by_third), ResultCode::kSettled);
  EXPECT_EQ(desk_.held("b"), 3U);
  EXPECT_EQ(desk_.pending("a"), 0U);
}

TEST_F(Reserves, OfOneBlockMoreThanExpireAtOnceAreLeftToTheNextBlocks) {
  constexpr std::size_t kMore = 3;
  const std::size_t count = kExpiriesPerBlock + kMore;
  desk_.fund("a", count);
  const ReserveFunds op = desk_.reserve("a", "b", 1, 10);
  std::vector<DecodedEnvelope> block;
  for (std::size_t i = 0; i < count; ++i) block.push_back(desk_.world().envelope("alpha", op));
  desk_.world().block(std::move(block));
  ASSERT_EQ(desk_.pending("a"), count);
  const TxId last = desk_.reserves("a").back().id;
  desk_.wait(60);
  EXPECT_EQ(desk_.pending("a"), kMore);
  EXPECT_EQ(post("alpha", last, 1), ResultCode::kReserveUnknown);
  EXPECT_EQ(desk_.pending("a"), 0U);
  EXPECT_EQ(desk_.held("b"), 0U);
}

TEST_F(Reserves, ThatAreOverdueAreGivenBackButNotPosted) {
  const std::size_t count = kExpiriesPerBlock + 2;
  desk_.fund("a", count);
  const ReserveFunds op = desk_.reserve("a", "b", 1, 10);
  std::vector<DecodedEnvelope> block;
  for (std::size_t i = 0; i < count; ++i) block.push_back(desk_.world().envelope("alpha", op));
  desk_.world().block(std::move(block));
  const auto open = desk_.reserves("a");
  desk_.world().set_next_time(TimestampMs(desk_.world().time().value() + 60'000));
  block.clear();
  const TxId overdue = open.back().id;
  block.push_back(desk_.world().envelope("alpha", PostReserved{overdue, Amount::from_u64(1)}));
  block.push_back(desk_.world().envelope("alpha", VoidReserved{overdue}));
  const auto receipts = desk_.world().block(std::move(block)).receipts;
  EXPECT_EQ(receipts[0].code, ResultCode::kReserveExpired);
  EXPECT_EQ(receipts[1].code, ResultCode::kSettled);
  EXPECT_EQ(desk_.pending("a"), 1U);
}

TEST_F(Reserves, ThatDoNotAddUpToWhatIsPendingAreFoundByTheAuditor) {
  desk_.fund("a", 100);
  const TxId id = reserved(desk_.reserve("a", "b", 80));
  const Bytes key = reserve_key(desk_.world().account("a"), desk_.world().asset("CNY"), id);
  auto& entries = desk_.world().state().mutable_entries();
  const Bytes stored = entries.at(key);
  FundsReserve less = FundsReserve::decode(stored).value();
  less.left = Amount::from_u64(79);
  entries[key] = less.encode();
  EXPECT_EQ(desk_.world().conserved().error().code, Errc::kDiverged);
  entries.erase(key);
  EXPECT_EQ(desk_.world().conserved().error().code, Errc::kDiverged);
  entries[key] = stored;
}

TEST_F(Reserves, AreTheSameAfterARestart) {
  desk_.fund("a", 100);
  const TxId id = reserved(desk_.reserve("a", "b", 80, 600));
  ASSERT_EQ(post("alpha", id, 30, true), ResultCode::kSettled);
  desk_.world().reopen();
  EXPECT_EQ(post("alpha", id, 51), ResultCode::kReserveExceeded);
  EXPECT_EQ(post("alpha", id, 10, true), ResultCode::kSettled);
  desk_.wait(700);
  EXPECT_EQ(desk_.pending("a"), 0U);
  EXPECT_EQ(desk_.held("b"), 40U);
}

// Every step from every state (SPEC Q-107).
TEST_F(Reserves, MoveOnlyAlongTheirLifeCycle) {
  desk_.fund("a", 10'000);
  using Act = std::function<ResultCode(const TxId&)>;
  const auto expire = [this](const TxId&) {
    desk_.wait(100);
    return ResultCode::kSettled;
  };
  const Act post_part = [this](const TxId& id) { return post("alpha", id, 4, true); };
  const Act post_end = [this](const TxId& id) { return post("alpha", id, 4); };
  const Act give = [this](const TxId& id) { return give_back("alpha", id); };
  const std::map<std::string, std::vector<Act>> paths = {{"reserved", {}},
                                                         {"partly-posted", {post_part}},
                                                         {"posted", {post_end}},
                                                         {"voided", {give}},
                                                         {"expired", {expire}}};
  struct Row {
    std::string from;
    std::string act;
    ResultCode code;
    std::string to;
  };
  constexpr auto kDone = ResultCode::kSettled;
  constexpr auto kGone = ResultCode::kReserveUnknown;
  const std::vector<Row> table = {{"reserved", "post-part", kDone, "partly-posted"},
                                  {"reserved", "post", kDone, "posted"},
                                  {"reserved", "void", kDone, "voided"},
                                  {"reserved", "expire", kDone, "expired"},
                                  {"partly-posted", "post-part", kDone, "partly-posted"},
                                  {"partly-posted", "post", kDone, "posted"},
                                  {"partly-posted", "void", kDone, "voided"},
                                  {"partly-posted", "expire", kDone, "expired"},
                                  {"posted", "post-part", kGone, "posted"},
                                  {"posted", "post", kGone, "posted"},
                                  {"posted", "void", kGone, "posted"},
                                  {"posted", "expire", kDone, "posted"},
                                  {"voided", "post-part", kGone, "voided"},
                                  {"voided", "post", kGone, "voided"},
                                  {"voided", "void", kGone, "voided"},
                                  {"voided", "expire", kDone, "voided"},
                                  {"expired", "post-part", kGone, "expired"},
                                  {"expired", "post", kGone, "expired"},
                                  {"expired", "void", kGone, "expired"},
                                  {"expired", "expire", kDone, "expired"}};
  const std::map<std::string, Act> acts = {
      {"post-part", post_part}, {"post", post_end}, {"void", give}, {"expire", expire}};
  for (const Row& row : table) {
    const TxId id = reserved(desk_.reserve("a", "b", 20, 50));
    for (const Act& act : paths.at(row.from)) ASSERT_EQ(act(id), ResultCode::kSettled);
    ASSERT_EQ(step_name(desk_.steps(id).back().step), row.from);
    EXPECT_EQ(acts.at(row.act)(id), row.code) << row.from << " " << row.act;
    const Step last = desk_.steps(id).back().step;
    EXPECT_EQ(step_name(last), row.to) << row.from << " " << row.act;
    EXPECT_EQ(is_final(last), desk_.reserves("a").empty()) << row.from << " " << row.act;
    if (!is_final(last)) {
      ASSERT_EQ(give_back("alpha", id), ResultCode::kSettled);
    }
    EXPECT_EQ(desk_.pending("a"), 0U);
  }
}

}  // namespace
}  // namespace huangpu::ledger::test
