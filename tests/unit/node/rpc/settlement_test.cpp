// Queued settlement through the client port: what owners, payees, auditors and strangers are told.
#include <gmock/gmock.h>

#include <chrono>

#include "crypto/base/civil.hpp"
#include "ledger/types/settlement_value.hpp"
#include "node/api/settlement_api.hpp"
#include "node/convert/settlement_convert.hpp"
#include "tests/unit/node/rpc/network.hpp"

namespace huangpu::node::test {
namespace {

using ledger::AssetId;
using ledger::ParticipantId;
using ledger::PaymentStatus;
using ledger::PriorityClass;
using ledger::ResultCode;

constexpr std::uint64_t kNow = 1'795'435'200'000;  // 2026-11-23T12:00:00Z

class SettlementCalls : public RpcTest {
 protected:
  SettlementCalls() {
    const ledger::ClockValue clock{Height{7}, TimestampMs{kNow}};
    backend_.put(ledger::clock_key(), clock.encode());
    for (std::uint32_t id : {1U, 2U}) {
      ledger::AssetValue asset;
      asset.issuer = ParticipantId(1);
      asset.code = id == 1 ? "CNY" : "USD";
      asset.issued = Amount::from_u64(1'000);
      backend_.put(ledger::asset_key(AssetId(id)), asset.encode());
    }
    chain_.chain.suite = huangpu::test::test_suite();
    chain_.genesis.ledger.reference_days = 30;
  }

  ledger::WaitingPayment waiting(std::uint8_t id, const ledger::AccountId& from,
                                 const ledger::AccountId& to, std::uint64_t units,
                                 PriorityClass priority = PriorityClass::kNormal) {
    ledger::WaitingPayment entry;
    entry.id = txid(id);
    entry.participant = ParticipantId(from == alices_ ? 1 : 2);
    entry.height = Height{3};
    entry.index = id;
    entry.payment.debit = from;
    entry.payment.credit = to;
    entry.payment.asset = AssetId(1);
    entry.payment.amount = Amount::from_u64(units);
    entry.payment.priority = priority;
    entry.payment.latest = TimestampMs{kNow + 1'000'000};
    entry.payment.purpose = {'S', 'A', 'L', 'A'};
    entry.payment.end_to_end[3] = 9;
    entry.reference = "INV-" + std::to_string(id);
    entry.reference_date = 20261123;
    return entry;
  }
  ledger::PaymentEvent happened(const ledger::TxId& payment, Height height, std::uint32_t number,
                                PaymentStatus status) {
    ledger::PaymentEvent event;
    event.payment = payment;
    event.height = height;
    event.number = number;
    event.status = status;
    event.participant = ParticipantId(1);
    event.debit = alices_;
    event.credit = bobs_;
    event.asset = AssetId(1);
    event.amount = Amount::from_u64(50);
    return event;
  }
  // Forecasts are for the time of the clock: what is in them must not have ended by then.
  ledger::WaitingPayment lasting(ledger::WaitingPayment entry) {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    const TimestampMs now{static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(since).count())};
    entry.payment.latest = TimestampMs{0};
    entry.reference_date = yyyymmdd_from_day(day_from_timestamp(now));
    return entry;
  }
  void put(const ledger::WaitingPayment& entry) {
    backend_.put(ledger::waiting_key(entry.payment.debit, entry.payment.asset, entry.place()),
                 entry.encode());
  }
  void put(const ledger::PaymentEvent& event) {
    backend_.put(ledger::journal_payment_key(day_from_timestamp(TimestampMs{kNow}), event.payment,
                                             event.height, event.number),
                 event.encode());
  }
  // In block 1: the receipt of the payment's transaction.
  void accept(const ledger::WaitingPayment& entry, ResultCode code) {
    auto body =
        transfer_body(entry.participant.value(), entry.payment.debit, entry.payment.credit, 1);
    body.operation = entry.payment;
    backend_.add_block({{body, receipt_of(entry.id, code)}});
  }

  const ledger::AccountId alices_ = backend_.open_account(1, 10);
  const ledger::AccountId bobs_ = backend_.open_account(2, 20);
  const ledger::AccountId carols_ = backend_.open_account(3, 30);
};

TEST_F(SettlementCalls, ListTheQueueOfAnAccountInItsOrderToItsOwner) {
  const auto normal = waiting(1, alices_, bobs_, 50);
  const auto urgent = waiting(2, alices_, carols_, 60, PriorityClass::kUrgent);
  put(normal);
  put(urgent);
  put(waiting(3, bobs_, alices_, 70));
  start();

  const auto queue = client(alice())->queue(alices_, AssetId(1));
  ASSERT_TRUE(queue) << queue.error().message;
  EXPECT_EQ(queue->height, Height{7});
  EXPECT_THAT(queue->payments, ::testing::ElementsAre(urgent, normal));
  EXPECT_EQ(client(alice())->queue(alices_, AssetId(0))->payments.size(), 2U);
  EXPECT_TRUE(client(alice())->queue(alices_, AssetId(2))->payments.empty());
  EXPECT_EQ(client(auditor())->queue(alices_, AssetId(1))->payments.size(), 2U);
  // Foreign and unknown accounts are alike.
  const auto foreign = client(bob())->queue(alices_, AssetId(1));
  const auto unknown = client(bob())->queue(ledger::AccountId(digest(9)), AssetId(1));
  ASSERT_FALSE(foreign);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(foreign.error(), unknown.error());
}

TEST_F(SettlementCalls, ListLongQueuesPageByPage) {
  for (std::uint32_t i = 0; i < 2 * kQueuePageMax + 5; ++i) {
    auto entry = waiting(1, alices_, bobs_, 1 + i);
    entry.index = i;
    put(entry);
  }
  start();
  const auto queue = client(alice())->queue(alices_, AssetId(1));
  ASSERT_TRUE(queue) << queue.error().message;
  ASSERT_EQ(queue->payments.size(), 2 * kQueuePageMax + 5);
  for (std::uint32_t i = 0; i < queue->payments.size(); ++i) {
    ASSERT_EQ(queue->payments[i].index, i);
  }
}

TEST_F(SettlementCalls, TellWhatBecameOfAPayment) {
  auto held = waiting(1, alices_, bobs_, 50, PriorityClass::kUrgent);
  held.height = Height{1};
  held.index = 0;
  held.status = PaymentStatus::kHeld;
  put(held);
  accept(held, ResultCode::kQueued);
  auto entered = happened(txid(1), Height{1}, 0, PaymentStatus::kQueued);
  entered.reason = ResultCode::kQueued;
  entered.cause = txid(1);
  put(entered);
  auto put_on_hold = happened(txid(1), Height{4}, 2, PaymentStatus::kHeld);
  put_on_hold.priority = PriorityClass::kUrgent;
  put_on_hold.cause = txid(8);
  put(put_on_hold);
  const auto settled = waiting(2, alices_, bobs_, 60);
  accept(settled, ResultCode::kQueued);
  auto paid = happened(txid(2), Height{5}, 1, PaymentStatus::kSettled);
  paid.batch = 12;
  put(paid);
  accept(waiting(3, alices_, bobs_, 70), ResultCode::kSettled);
  accept(waiting(4, alices_, bobs_, 80), ResultCode::kQueueFull);
  accept(waiting(5, alices_, bobs_, 90), ResultCode::kQueued);  // and no trace of it is left
  start();
  const auto wallet = client(alice());

  const auto first = wallet->payment(txid(1));
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->payment, held);
  EXPECT_EQ(first->status, PaymentStatus::kHeld);
  ASSERT_EQ(first->changes.size(), 2U);
  EXPECT_EQ(first->changes[1].cause, txid(8));
  EXPECT_EQ(first->changes[1].priority, PriorityClass::kUrgent);
  const auto second = wallet->payment(txid(2));
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(second->status, PaymentStatus::kSettled);
  EXPECT_EQ(second->changes.at(0).batch, 12U);
  EXPECT_EQ(second->changes.at(0).cause, ledger::TxId());
  EXPECT_EQ(wallet->payment(txid(3))->status, PaymentStatus::kSettled);
  EXPECT_EQ(wallet->payment(txid(4))->status, PaymentStatus::kRejected);
  EXPECT_EQ(wallet->payment(txid(4))->reason, static_cast<std::uint16_t>(ResultCode::kQueueFull));
  EXPECT_EQ(wallet->payment(txid(5))->status, std::nullopt);
  // Payer and payee may know, others not.
  EXPECT_TRUE(client(bob())->payment(txid(1)));
  accept(waiting(6, alices_, carols_, 90), ResultCode::kSettled);
  EXPECT_EQ(client(bob())->payment(txid(6)).error(), client(bob())->payment(txid(99)).error());
}

TEST_F(SettlementCalls, TellWhatPaymentsOfAnAccountMayUse) {
  backend_.set_balance(alices_, 1, 100);
  ledger::LiquidityValue governed;
  governed.day = day_from_timestamp(TimestampMs{kNow});
  governed.reserved_highly_urgent = Amount::from_u64(60);
  governed.used_highly_urgent = Amount::from_u64(20);
  governed.reserved_urgent = Amount::from_u64(15);
  governed.limit = Amount::from_u64(30);
  governed.use.paid = Amount::from_u64(5);
  governed.credit_line = Amount::from_u64(50);
  governed.drawn = Amount::from_u64(10);
  backend_.put(ledger::liquidity_key(alices_, AssetId(1)), governed.encode());
  const ledger::BilateralLimitValue limit{
      governed.day, Amount::from_u64(7), {Amount::from_u64(3), Amount::from_u64(1)}};
  backend_.put(ledger::bilateral_limit_key(alices_, AssetId(1), bobs_), limit.encode());
  put(waiting(1, alices_, bobs_, 50));
  auto held = waiting(2, alices_, bobs_, 60);
  held.status = PaymentStatus::kHeld;
  put(held);
  start();

  const auto answer = client(alice())->liquidity(alices_, AssetId(1));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->held, Amount::from_u64(100));
  EXPECT_EQ(answer->governed.limit, governed.limit);
  EXPECT_EQ(answer->governed.use, governed.use);
  EXPECT_EQ(answer->usable_highly_urgent, Amount::from_u64(140));
  EXPECT_EQ(answer->usable_urgent, Amount::from_u64(100));
  EXPECT_EQ(answer->usable_normal, Amount::from_u64(85));
  EXPECT_EQ(answer->queued_payments, 1U);
  EXPECT_EQ(answer->queued_units, Amount::from_u64(50));
  ASSERT_EQ(answer->bilateral.size(), 1U);
  EXPECT_EQ(answer->bilateral[0].first, bobs_);
  EXPECT_EQ(answer->bilateral[0].second.use, limit.use);
  EXPECT_EQ(client(alice())->liquidity(alices_, AssetId(99)).error().code, Errc::kNotFound);
  EXPECT_EQ(client(bob())->liquidity(alices_, AssetId(1)).error().code, Errc::kNotFound);
}

TEST_F(SettlementCalls, ForecastShowsEachCallerItsOwnPaymentsOnly) {
  backend_.set_balance(alices_, 1, 40);
  put(lasting(waiting(1, alices_, bobs_, 50)));
  put(lasting(waiting(2, bobs_, alices_, 45)));
  put(lasting(waiting(3, carols_, bobs_, 1'000)));
  start();

  const auto plain = client(alice())->forecast();
  ASSERT_TRUE(plain) << plain.error().message;
  EXPECT_EQ(plain->height, Height{7});
  ASSERT_EQ(plain->payments.size(), 2U);
  for (const auto& entry : plain->payments) {
    EXPECT_EQ(entry.outcome, PaymentStatus::kSettled);
    EXPECT_EQ(entry.stage, ledger::settlement::Stage::kMultilateral);
  }
  ASSERT_EQ(plain->positions.size(), 1U);
  EXPECT_EQ(plain->positions[0].account, alices_);
  EXPECT_EQ(plain->positions[0].liquidity_after, Amount::from_u64(35));
  EXPECT_TRUE(plain->assets.empty());
  EXPECT_EQ(client(bob())->forecast()->payments.size(), 3U);
  const auto all = client(auditor())->forecast();
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_EQ(all->positions.size(), 3U);
  ASSERT_EQ(all->assets.size(), 1U);
  EXPECT_EQ(all->assets[0].settles, 2U);
  EXPECT_EQ(all->assets[0].gross, Amount::from_u64(95));
  EXPECT_EQ(all->assets[0].net, Amount::from_u64(5));
}

TEST_F(SettlementCalls, ForecastTakesLiquidityOfTheCallerOnly) {
  put(lasting(waiting(1, alices_, bobs_, 50)));
  start();
  EXPECT_EQ(client(alice())->forecast()->payments.at(0).outcome, PaymentStatus::kQueued);
  const auto more = client(alice())->forecast({{alices_, AssetId(1), Amount::from_u64(50)}});
  ASSERT_TRUE(more) << more.error().message;
  EXPECT_EQ(more->payments.at(0).outcome, PaymentStatus::kSettled);
  const auto foreign = client(bob())->forecast({{alices_, AssetId(1), Amount::from_u64(50)}});
  EXPECT_EQ(foreign.error().code, Errc::kNotFound);
  const std::vector<ForecastExtra> many(kForecastExtraMax + 1,
                                        {alices_, AssetId(1), Amount::from_u64(1)});
  EXPECT_EQ(client(alice())->forecast(many).error().code, Errc::kInvalidArgument);
}

TEST(SettlementConversion, RefusesWhatNoHonestNodeSends) {
  v1::ListQueueResponse response;
  auto& payment = *response.add_payments();
  payment.set_id(std::string(32, 'x'));
  payment.set_debit_account(std::string(32, 'd'));
  payment.set_credit_account(std::string(32, 'c'));
  payment.set_units("12");
  payment.set_priority(v1::PRIORITY_CLASS_URGENT);
  payment.set_status(v1::PAYMENT_STATUS_QUEUED);
  ASSERT_TRUE(from_proto(response));
  const auto refused = [&response](const auto& spoil) {
    auto copy = response;
    spoil(*copy.mutable_payments(0));
    const auto result = from_proto(copy);
    return !result && result.error().code == Errc::kMalformed;
  };
  EXPECT_TRUE(refused([](v1::QueuedPayment& entry) { entry.set_id("short"); }));
  EXPECT_TRUE(refused([](v1::QueuedPayment& entry) { entry.set_units("-1"); }));
  EXPECT_TRUE(refused([](v1::QueuedPayment& entry) { entry.set_purpose("SALARY"); }));
  EXPECT_TRUE(refused(
      [](v1::QueuedPayment& entry) { entry.set_priority(static_cast<v1::PriorityClass>(9)); }));
  EXPECT_TRUE(refused(
      [](v1::QueuedPayment& entry) { entry.set_status(static_cast<v1::PaymentStatus>(9)); }));
}

}  // namespace
}  // namespace huangpu::node::test
