// Forecasts of queued settlement against what the ledger then does.
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "ledger/rules/settlement_forecast.hpp"
#include "tests/unit/ledger/rules/payment_world.hpp"

namespace huangpu::ledger::test {
namespace {

SettlementForecast forecast(PaymentWorld& desk, std::vector<ExtraLiquidity> extra = {}) {
  World& world = desk.world();
  const auto result =
      forecast_settlement(world.chain().suite, world.genesis().ledger.reference_days, world.state(),
                          {world.next_time(), std::move(extra)});
  EXPECT_TRUE(result.has_value()) << result.error().message;
  return result.value_or(SettlementForecast{});
}

BalanceId position(PaymentWorld& desk, const std::string& account) {
  return {desk.world().account(account), desk.world().asset("CNY")};
}

const ForecastPosition& of(PaymentWorld& desk, const SettlementForecast& result,
                           const std::string& account) {
  const auto* found = result.find(desk.world().account(account), desk.world().asset("CNY"));
  EXPECT_NE(found, nullptr);
  return *found;
}

TEST(SettlementForecast, OfNothingIsEmpty) {
  PaymentWorld desk;
  const auto result = forecast(desk);
  EXPECT_TRUE(result.payments.empty());
  EXPECT_TRUE(result.positions.empty());
  EXPECT_TRUE(result.assets.empty());
}

TEST(SettlementForecast, TellsWhatAPositionLacks) {
  PaymentWorld desk;
  desk.fund("a", 30);
  desk.pay("a", "b", 100, PriorityClass::kUrgent);
  const auto result = forecast(desk);
  ASSERT_EQ(result.payments.size(), 1U);
  EXPECT_EQ(result.payments[0].outcome, PaymentStatus::kQueued);
  EXPECT_EQ(of(desk, result, "a").lacks, 70_units);
  EXPECT_EQ(of(desk, result, "a").still_pays, 100_units);
  EXPECT_EQ(of(desk, result, "b").still_receives, 100_units);
  EXPECT_TRUE(of(desk, result, "b").lacks.is_zero());
}

// The published example W1, ten units short.
TEST(SettlementForecast, FindsThatALittleLiquidityDissolvesAGridlock) {
  PaymentWorld desk;
  desk.fund("a", 40);
  desk.fund("b", 100);
  desk.fund("c", 20);
  desk.pay("a", "b", 100);
  desk.pay("b", "c", 130);
  desk.pay("c", "a", 50);
  const auto root = desk.world().recomputed_root();
  EXPECT_EQ(forecast(desk).assets.at(0).settles, 0U);

  const auto result = forecast(desk, {{position(desk, "a"), 10_units}});

  for (const auto& payment : result.payments) {
    EXPECT_EQ(payment.outcome, PaymentStatus::kSettled);
    EXPECT_EQ(payment.stage, settlement::Stage::kMultilateral);
  }
  ASSERT_EQ(result.assets.size(), 1U);
  EXPECT_EQ(result.assets[0].queued, 3U);
  EXPECT_EQ(result.assets[0].settles, 3U);
  EXPECT_EQ(result.assets[0].gross, 280_units);
  EXPECT_EQ(result.assets[0].net, 80_units);  // a pays 50 more than it receives, b 30
  EXPECT_EQ(of(desk, result, "a").liquidity_before, 50_units);
  EXPECT_EQ(of(desk, result, "a").liquidity_after, 0_units);
  EXPECT_EQ(of(desk, result, "b").liquidity_after, 70_units);
  EXPECT_EQ(of(desk, result, "c").liquidity_after, 100_units);
  // Nothing of it has happened.
  EXPECT_EQ(desk.world().recomputed_root(), root);
  EXPECT_EQ(desk.waiting("a").size(), 1U);
  desk.fund("a", 10);
  EXPECT_TRUE(desk.waiting("a").empty());
  EXPECT_EQ(desk.held("c"), 100U);
}

TEST(SettlementForecast, RefusesLiquidityForWhatDoesNotExist) {
  PaymentWorld desk;
  World& world = desk.world();
  const BalanceId nowhere{AccountId(crypto::Digest::from(Bytes(32, 1))), world.asset("CNY")};
  for (const BalanceId& id : {nowhere, BalanceId{world.account("a"), AssetId(99)}}) {
    const auto result = forecast_settlement(world.chain().suite, 30, world.state(),
                                            {world.next_time(), {{id, 1_units}}});
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, Errc::kNotFound);
  }
}

TEST(SettlementForecast, SaysThatAnEntryIsDamaged) {
  PaymentWorld desk;
  desk.pay("a", "b", 10);
  const auto waiting = desk.waiting("a").at(0);
  desk.world().state().mutable_entries()[waiting_key(waiting.payment.debit, waiting.payment.asset,
                                                     waiting.place())] = Bytes{1, 2};
  const auto result = forecast_settlement(desk.world().chain().suite, 30, desk.world().state(),
                                          {desk.world().next_time(), {}});
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, Errc::kCorrupt);
}

// What is forecast for a time is what the block of that time does when a run is asked for in it.
class ForecastOf : public ::testing::TestWithParam<unsigned> {};

TEST_P(ForecastOf, ARandomDayIsWhatHappens) {
  PaymentWorld desk;
  std::mt19937_64 random(GetParam());
  const auto below = [&random](unsigned bound) { return static_cast<unsigned>(random() % bound); };
  const auto any = [&below] { return std::string(1, static_cast<char>('a' + below(3))); };
  int settled = 0;
  for (int step = 0; step < 60; ++step) {
    std::vector<DecodedEnvelope> block;
    for (unsigned i = below(4); i > 0; --i) {
      const std::string from = any();
      Payment payment =
          desk.payment(from, any(), 1 + below(60), static_cast<PriorityClass>(1 + below(3)));
      const std::uint64_t now = desk.world().next_time().value();
      if (below(4) == 0) payment.earliest = TimestampMs(now + below(20'000));
      if (below(6) == 0) payment.latest = TimestampMs(now + 20'000 + below(20'000));
      block.push_back(desk.give(payment));
    }
    desk.world().block(std::move(block));
    const std::string account = any();
    if (below(3) == 0) {
      const BalanceId id = position(desk, account);
      desk.apply("central", SetCreditLine{id.account, id.asset, Amount::from_u64(below(40))});
    }
    const auto waiting = desk.waiting(account);
    if (!waiting.empty() && below(2) == 0) {
      desk.apply(PaymentWorld::bank(account), HoldPayment{waiting.front().id});
    }
    std::vector<ExtraLiquidity> extra;
    std::vector<DecodedEnvelope> run;
    if (below(2) == 0) {
      const BalanceId id = position(desk, account);
      extra.push_back({id, Amount::from_u64(1 + below(30))});
      run.push_back(desk.world().envelope("central", Issue{id.asset, id.account, extra[0].amount}));
    }
    run.push_back(desk.world().envelope("operator", RunResolution{}));
    desk.world().set_next_time(TimestampMs(desk.world().time().value() + 1 + below(5'000)));

    const auto told = forecast(desk, extra);
    desk.world().block(std::move(run));

    for (const ForecastPayment& entry : told.payments) {
      const auto events = desk.events(entry.payment.id);
      ASSERT_EQ(events.back().status, entry.outcome) << "seed " << GetParam() << ", step " << step;
      if (!is_waiting(entry.outcome)) {
        ASSERT_EQ(events.back().batch, entry.batch);
        ASSERT_EQ(events.back().reason, entry.reason);
        ++settled;
      }
    }
    for (const char* name : {"a", "b", "c"}) {
      const auto* expected = told.find(desk.world().account(name), desk.world().asset("CNY"));
      if (expected == nullptr) continue;
      const LiquidityValue value = desk.liquidity(name);
      const Amount room = value.credit_line.checked_sub(value.drawn).value_or(Amount::zero());
      if (value.drawn <= value.credit_line) {
        ASSERT_EQ(expected->liquidity_after,
                  Amount::from_u64(desk.held(name)).checked_add(room).value());
      }
    }
  }
  EXPECT_GT(settled, 0);
}

INSTANTIATE_TEST_SUITE_P(Seeds, ForecastOf, ::testing::Range(1U, 31U));

}  // namespace
}  // namespace huangpu::ledger::test
