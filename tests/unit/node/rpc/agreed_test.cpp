// Reserved funds and agreed settlements through the client port: what parties and strangers are
// told (SPEC N-365).
#include <gmock/gmock.h>

#include "crypto/base/civil.hpp"
#include "ledger/types/agreed_value.hpp"
#include "node/api/settlement_api.hpp"
#include "node/convert/agreed_convert.hpp"
#include "tests/unit/node/rpc/network.hpp"

namespace huangpu::node::test {
namespace {

using ledger::AssetId;
using ledger::ParticipantId;
using ledger::ResultCode;
using ledger::Step;

constexpr std::uint64_t kNow = 1'795'435'200'000;  // 2026-11-23T12:00:00Z

class AgreementCalls : public RpcTest {
 protected:
  AgreementCalls() {
    backend_.put(ledger::clock_key(), ledger::ClockValue{Height{7}, TimestampMs{kNow}}.encode());
    ledger::AssetValue asset;
    asset.issuer = ParticipantId(1);
    asset.code = "CNY";
    asset.issued = Amount::from_u64(1'000);
    backend_.put(ledger::asset_key(AssetId(1)), asset.encode());
    chain_.chain.suite = huangpu::test::test_suite();
    chain_.genesis.ledger.reference_days = 30;
  }

  ledger::FundsReserve reserve(const ledger::TxId& id, std::uint64_t units = 50) {
    ledger::FundsReserve entry;
    entry.id = id;
    entry.participant = ParticipantId(1);
    entry.height = Height{1};
    entry.terms.debit = alices_;
    entry.terms.credit = bobs_;
    entry.terms.asset = AssetId(1);
    entry.terms.amount = Amount::from_u64(units);
    entry.terms.expires = TimestampMs{kNow + 1'000};
    entry.terms.poster = ledger::Poster::kThird;
    entry.terms.third = ParticipantId(3);
    entry.terms.purpose = {'S', 'A', 'L', 'A'};
    entry.left = Amount::from_u64(20);
    return entry;
  }
  void put(const ledger::FundsReserve& entry) {
    backend_.put(ledger::reserve_key(entry.terms.debit, entry.terms.asset, entry.id),
                 entry.encode());
  }
  ledger::OpenSettlement settlement(const ledger::TxId& id) {
    ledger::OpenSettlement entry;
    entry.id = id;
    entry.participant = ParticipantId(1);
    entry.height = Height{1};
    entry.terms.expires = TimestampMs{kNow + 1'000};
    entry.terms.legs = {{alices_, bobs_, AssetId(1), Amount::from_u64(60)},
                        {bobs_, alices_, AssetId(1), Amount::from_u64(20)}};
    entry.approved = {alices_};
    return entry;
  }
  void put_step(const ledger::TxId& id, Step step, std::uint32_t number) {
    ledger::StepEvent event;
    event.subject = id;
    event.height = Height{3};
    event.number = number;
    event.step = step;
    event.cause = id;
    event.participant = ParticipantId(1);
    event.amount = Amount::from_u64(30);
    backend_.put(
        ledger::journal_step_key(day_from_timestamp(TimestampMs{kNow}), id, event.height, number),
        event.encode());
  }
  // In block 1: the receipt of the transaction that brought it.
  void accept(const ledger::TxId& id, const ledger::Operation& operation, ResultCode code) {
    auto body = transfer_body(1, alices_, bobs_, 1);
    body.operation = operation;
    backend_.add_block({{body, receipt_of(id, code)}});
  }

  const ledger::AccountId alices_ = backend_.open_account(1, 10);
  const ledger::AccountId bobs_ = backend_.open_account(2, 20);
};

TEST_F(AgreementCalls, TellWhatIsReservedOfAnAccountToThoseWhoMaySeeIt) {
  const auto first = reserve(txid(1));
  const auto second = reserve(txid(2), 60);
  put(first);
  put(second);
  start();
  const auto answer = client(alice())->reserves(alices_);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->height, Height{7});
  EXPECT_THAT(answer->reserves, ::testing::UnorderedElementsAre(first, second));
  EXPECT_EQ(client(auditor())->reserves(alices_)->reserves.size(), 2U);
  EXPECT_EQ(client(bob())->reserves(alices_).error().code, Errc::kNotFound);
}

TEST_F(AgreementCalls, ListManyReservesPageByPage) {
  for (std::uint32_t i = 0; i < kQueuePageMax + 5; ++i) {
    auto entry = reserve(txid(1));
    entry.terms.asset = AssetId(i + 1);
    put(entry);
  }
  start();
  const auto answer = client(alice())->reserves(alices_);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->reserves.size(), kQueuePageMax + 5);
}

TEST_F(AgreementCalls, TellWhatBecameOfAReserveStepByStep) {
  const auto open = reserve(txid(1));
  accept(open.id, open.terms, ResultCode::kSettled);
  put(open);
  put_step(open.id, Step::kReserved, 0);
  put_step(open.id, Step::kPartlyPosted, 1);
  start();
  const auto answer = client(bob())->reserve(open.id);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->reserve, open);
  ASSERT_EQ(answer->steps.size(), 2U);
  EXPECT_EQ(answer->steps[1].step, Step::kPartlyPosted);
  EXPECT_EQ(answer->steps[1].amount, Amount::from_u64(30));
  EXPECT_EQ(client(alice())->settlement(open.id).error().code, Errc::kNotFound);
}

TEST_F(AgreementCalls, TellTheApprovalsOfASettlementAndTheLegsThatLackFunds) {
  const auto open = settlement(txid(1));
  accept(open.id, open.terms, ResultCode::kApprovalsMissing);
  backend_.put(ledger::open_settlement_key(open.id), open.encode());
  backend_.set_balance(alices_, 1, 39);
  put_step(open.id, Step::kProposed, 0);
  start();
  const auto answer = client(bob())->settlement(open.id);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_TRUE(answer->open);
  EXPECT_EQ(answer->agreed.settlement, open);
  EXPECT_THAT(answer->agreed.lacking, ::testing::ElementsAre(0U));
  EXPECT_EQ(answer->steps.size(), 1U);
  const auto list = client(bob())->settlements(bobs_);
  ASSERT_TRUE(list) << list.error().message;
  ASSERT_EQ(list->settlements.size(), 1U);
  EXPECT_EQ(list->settlements[0].settlement, open);
  EXPECT_EQ(client(bob())->settlements(alices_).error().code, Errc::kNotFound);
}

TEST_F(AgreementCalls, TellWhatAnEndedSettlementWasFromItsProposal) {
  const auto ended = settlement(txid(1));
  accept(ended.id, ended.terms, ResultCode::kApprovalsMissing);
  put_step(ended.id, Step::kSettled, 0);
  start();
  const auto answer = client(alice())->settlement(ended.id);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_FALSE(answer->open);
  EXPECT_EQ(answer->agreed.settlement.terms, ended.terms);
  EXPECT_TRUE(answer->agreed.settlement.approved.empty());
}

TEST(AgreementConversion, RefusesWhatNoHonestNodeSends) {
  v1::GetReserveResponse response;
  auto& reserve = *response.mutable_reserve();
  reserve.set_id(std::string(32, 'x'));
  reserve.set_debit_account(std::string(32, 'd'));
  reserve.set_credit_account(std::string(32, 'c'));
  reserve.set_units("12");
  reserve.set_left("2");
  reserve.set_poster(v1::POSTER_DEBTOR);
  auto& step = *response.add_steps();
  step.set_step(v1::AGREEMENT_STEP_KIND_RESERVED);
  step.set_units("12");
  ASSERT_TRUE(from_proto(response));
  const auto refused = [&response](const auto& spoil) {
    auto copy = response;
    spoil(copy);
    const auto result = from_proto(copy);
    return !result && result.error().code == Errc::kMalformed;
  };
  using Message = v1::GetReserveResponse;
  EXPECT_TRUE(refused([](Message& m) { m.mutable_reserve()->set_id("short"); }));
  EXPECT_TRUE(refused([](Message& m) { m.mutable_reserve()->set_left("-1"); }));
  EXPECT_TRUE(refused([](Message& m) { m.mutable_reserve()->set_purpose("SALARY"); }));
  EXPECT_TRUE(
      refused([](Message& m) { m.mutable_reserve()->set_poster(static_cast<v1::Poster>(4)); }));
  EXPECT_TRUE(refused(
      [](Message& m) { m.mutable_steps(0)->set_step(static_cast<v1::AgreementStepKind>(9)); }));
  EXPECT_TRUE(refused([](Message& m) { m.mutable_steps(0)->set_reason(7); }));
  EXPECT_TRUE(refused([](Message& m) { m.mutable_steps(0)->set_cause("short"); }));
}

}  // namespace
}  // namespace huangpu::node::test
