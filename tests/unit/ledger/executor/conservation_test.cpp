#include "ledger/executor/conservation.hpp"

#include <gtest/gtest.h>

#include "ledger/types/state_key.hpp"
#include "ledger/types/state_value.hpp"
#include "tests/support/ledger_matchers.hpp"
#include "tests/support/ledger_world.hpp"

namespace huangpu::ledger::test {
namespace {

TEST(WideSum, GoesBelowZeroAndBeyond128BitsAndBack) {
  WideSum sum;
  sum.subtract(Amount::max());
  sum.subtract(7_units);
  EXPECT_EQ(sum.as_amount(), std::nullopt);
  sum.add(Amount::max());
  sum.add(Amount::max());
  EXPECT_EQ(sum.as_amount(), Amount::max().checked_sub(7_units));
  sum.add(8_units);
  EXPECT_EQ(sum.as_amount(), std::nullopt);
  sum.subtract(Amount::max());
  EXPECT_EQ(sum.as_amount(), 1_units);
  sum.subtract(1_units);
  EXPECT_EQ(sum, WideSum{});
}

TEST(BlockConservation, HoldsForTransfersAndForIssues) {
  BlockConservation check;
  check.balance_changed(AssetId(1), 10_units, 4_units);
  check.balance_changed(AssetId(1), 0_units, 6_units);
  check.balance_changed(AssetId(2), 0_units, 5_units);
  check.supply_changed(AssetId(2), 7_units, 2_units);
  EXPECT_TRUE(check.verdict().has_value());
}

TEST(BlockConservation, NoticesOneUnitTooMany) {
  BlockConservation check;
  check.balance_changed(AssetId(1), 10_units, 4_units);
  check.balance_changed(AssetId(1), 0_units, 7_units);
  EXPECT_THAT(check.verdict(), FailedWith(Errc::kDiverged));
}

TEST(BlockConservation, NoticesUnitsThatWereIssuedToNobody) {
  BlockConservation check;
  check.supply_changed(AssetId(1), 7_units, 0_units);
  EXPECT_THAT(check.verdict(), FailedWith(Errc::kDiverged));
}

TEST(BlockConservation, DoesNotOffsetOneAssetByAnother) {
  BlockConservation check;
  check.balance_changed(AssetId(1), 10_units, 4_units);
  check.balance_changed(AssetId(2), 0_units, 6_units);
  EXPECT_THAT(check.verdict(), FailedWith(Errc::kDiverged));
}

TEST(ConservationScan, FindsAnAlteredBalance) {
  auto world = two_banks();
  world.issue("CNY", "alice", 100_units);
  world.apply("alpha", world.transfer("alice", "bob", "CNY", 30_units));
  ASSERT_TRUE(world.conserved().has_value());

  auto value = world.balance_value("bob", "CNY");
  value.credits_posted = 31_units;
  world.state().mutable_entries()[balance_key(world.account("bob"), world.asset("CNY"))] =
      value.encode();

  EXPECT_THAT(world.conserved(), FailedWith(Errc::kDiverged));
}

TEST(ConservationScan, ListsTotalsPerAsset) {
  auto world = two_banks();
  world.issue("CNY", "alice", 100_units);
  world.apply("alpha", world.transfer("alice", "bob", "CNY", 30_units));
  ConservationScan scan;
  for (const auto& [key, value] : world.state().entries()) {
    ASSERT_TRUE(scan.add(key, value).has_value());
  }
  const auto totals = scan.totals();
  ASSERT_EQ(totals.size(), 2U);
  EXPECT_EQ(totals[0].issued, 100_units);
  EXPECT_EQ(totals[0].held, 100_units);
  EXPECT_EQ(totals[0].holders, 2U);
  EXPECT_TRUE(totals[0].conserved());
  EXPECT_EQ(totals[1].holders, 0U);
}

TEST(ConservationScan, RefusesDamagedEntries) {
  ConservationScan scan;
  EXPECT_THAT(scan.add(asset_key(AssetId(1)), Bytes{1, 2, 3}), FailedWith(Errc::kCorrupt));
  EXPECT_THAT(scan.add(Bytes{'B', 1}, BalanceValue{}.encode()), FailedWith(Errc::kCorrupt));
}

}  // namespace
}  // namespace huangpu::ledger::test
