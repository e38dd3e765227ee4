#include "ledger/rules/supply.hpp"

#include "tests/support/ledger_matchers.hpp"
#include "tests/support/ledger_world.hpp"

namespace huangpu::ledger::test {
namespace {

TEST(Issue, CreatesUnitsAndCountsThem) {
  auto world = two_banks();

  const auto receipt =
      world.apply("central", Issue{world.asset("CNY"), world.account("alice"), 500_units});

  EXPECT_THAT(receipt, Settled());
  EXPECT_EQ(world.balance("alice", "CNY"), 500_units);
  EXPECT_EQ(world.asset_value("CNY").issued, 500_units);
  EXPECT_TRUE(world.conserved().has_value());
}

TEST(Issue, IsRefusedInTheOrderOfTheSpec) {
  auto world = two_banks();
  const AccountId nobody(crypto::Digest::from(Bytes(32, 1)));

  EXPECT_THAT(world.apply("alpha", Issue{AssetId(99), nobody, 0_units}),
              RefusedWith(ResultCode::kAssetUnknown));
  EXPECT_THAT(world.apply("alpha", Issue{world.asset("CNY"), nobody, 0_units}),
              RefusedWith(ResultCode::kCreditAccountUnknown));
  EXPECT_THAT(world.apply("alpha", Issue{world.asset("CNY"), world.account("bob"), 0_units}),
              RefusedWith(ResultCode::kRoleMissing));
  EXPECT_THAT(world.apply("central", Issue{world.asset("CNY"), world.account("bob"), 0_units}),
              RefusedWith(ResultCode::kAmountZero));
}

TEST(Issue, BelongsToTheIssuerOfTheAssetOnly) {
  auto world = WorldBuilder{}
                   .issuer("north")
                   .issuer("south")
                   .asset("CNY", 2, "north")
                   .account("till", "south")
                   .build();
  EXPECT_THAT(world.apply("south", Issue{world.asset("CNY"), world.account("till"), 1_units}),
              RefusedWith(ResultCode::kNotTheIssuer));
}

TEST(Issue, NeverCountsBeyond128Bits) {
  auto world = two_banks();
  world.issue("CNY", "alice", Amount::max());
  EXPECT_THAT(world.apply("central", Issue{world.asset("CNY"), world.account("bob"), 1_units}),
              RefusedWith(ResultCode::kAmountOverflow));
}

TEST(Redeem, DestroysUnitsOfTheIssuersOwnAccount) {
  auto world = two_banks();
  world.issue("CNY", "vault", 500_units);

  EXPECT_THAT(world.apply("central", Redeem{world.asset("CNY"), world.account("vault"), 200_units}),
              Settled());
  EXPECT_EQ(world.balance("vault", "CNY"), 300_units);
  EXPECT_EQ(world.asset_value("CNY").redeemed, 200_units);
  EXPECT_TRUE(world.conserved().has_value());
}

TEST(Redeem, FromAnotherAccountNeedsItsAuthorityToo) {
  auto world = two_banks();
  world.issue("CNY", "alice", 500_units);
  const Redeem redeem{world.asset("CNY"), world.account("alice"), 200_units};

  EXPECT_THAT(world.apply("central", redeem), RefusedWith(ResultCode::kAuthorityMissing));
  EXPECT_THAT(world.apply("alpha", redeem), RefusedWith(ResultCode::kRoleMissing));
  EXPECT_THAT(world.apply("central", redeem,
                          Submission{.signers = {world.key("central"), world.key("alpha")}}),
              Settled());
}

TEST(Redeem, IsRefusedBeyondWhatTheAccountHolds) {
  auto world = two_banks();
  world.issue("CNY", "vault", 5_units);
  EXPECT_THAT(world.apply("central", Redeem{world.asset("CNY"), world.account("vault"), 6_units}),
              RefusedWith(ResultCode::kInsufficientFunds));
}

}  // namespace
}  // namespace huangpu::ledger::test
