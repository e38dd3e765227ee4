#include "ledger/rules/keys.hpp"

#include <algorithm>

#include "tests/support/ledger_matchers.hpp"
#include "tests/support/ledger_world.hpp"

namespace huangpu::ledger::test {
namespace {

TEST(RegisterKey, LetsTheNewKeyActAfterwards) {
  auto world = two_banks();
  world.issue("CNY", "alice", 10_units);
  const auto fresh = World::fresh_key(1);

  EXPECT_THAT(world.apply("alpha", RegisterKey{fresh},
                          Submission{.signers = {world.key("alpha"), fresh.id()}}),
              Settled());

  EXPECT_EQ(world.key_value(fresh.id())->seat, fresh.id());
  EXPECT_THAT(world.apply("alpha", world.transfer("alice", "bob", "CNY", 1_units),
                          Submission{.signers = {fresh.id()}}),
              Settled());
}

TEST(RegisterKey, NeedsASignatureByTheNewKey) {
  auto world = two_banks();
  EXPECT_THAT(world.apply("alpha", RegisterKey{World::fresh_key(1)}),
              RefusedWith(ResultCode::kPossessionNotProven));
}

TEST(RegisterKey, IsRefusedWhenOnlyTheNewKeySigned) {
  auto world = two_banks();
  const auto fresh = World::fresh_key(1);
  EXPECT_THAT(world.apply("alpha", RegisterKey{fresh}, Submission{.signers = {fresh.id()}}),
              RefusedWith(ResultCode::kSubmitterDidNotSign));
}

TEST(RegisterKey, IsRefusedBelowTheManagementThreshold) {
  auto world = WorldBuilder{}.bank("alpha", 3, 2).build();
  const auto fresh = World::fresh_key(1);

  EXPECT_THAT(world.apply("alpha", RegisterKey{fresh},
                          Submission{.signers = {world.key("alpha", 0), fresh.id()}}),
              RefusedWith(ResultCode::kManagementThresholdNotMet));
  EXPECT_THAT(world.apply("alpha", RegisterKey{fresh},
                          Submission{.signers = {world.key("alpha", 0), world.key("alpha", 1),
                                                 fresh.id()}}),
              Settled());
}

TEST(RegisterKey, IsRefusedForAKeyThatWasEverRegistered) {
  auto world = two_banks();
  const auto fresh = World::fresh_key(1);
  const Submission both{.signers = {world.key("alpha"), fresh.id()}};
  world.apply("alpha", RegisterKey{fresh}, both);
  EXPECT_THAT(world.apply("alpha", RegisterKey{fresh}, both), RefusedWith(ResultCode::kKeyExists));

  world.apply("alpha", RevokeKey{fresh.id()});
  EXPECT_THAT(world.apply("alpha", RegisterKey{fresh}, both),
              RefusedWith(ResultCode::kSignerInactive));
}

TEST(RotateKey, HandsTheSeatOnToTheNewKey) {
  auto world = two_banks();
  world.issue("CNY", "alice", 10_units);
  std::vector<crypto::KeyId> keys = {world.key("alpha", 0), world.key("alpha", 1)};
  std::ranges::sort(keys);
  world.apply("alpha", SetAccountAuthority{world.account("alice"), 2, keys});
  const auto fresh = World::fresh_key(1);
  const auto transfer = world.transfer("alice", "bob", "CNY", 1_units);

  EXPECT_THAT(world.apply("alpha", RotateKey{world.key("alpha", 1), fresh},
                          Submission{.signers = {world.key("alpha", 1), fresh.id()}}),
              Settled());

  EXPECT_EQ(world.key_value(world.key("alpha", 1))->status, KeyStatus::kRotated);
  EXPECT_THAT(
      world.apply("alpha", transfer, Submission{.signers = {world.key("alpha", 0), fresh.id()}}),
      Settled());
  EXPECT_THAT(world.apply("alpha", transfer,
                          Submission{.signers = {world.key("alpha", 0), world.key("alpha", 1)}}),
              RefusedWith(ResultCode::kSignerInactive));
}

TEST(RotateKey, IsRefusedUnlessTheOldKeySigned) {
  auto world = two_banks();
  const auto fresh = World::fresh_key(1);
  EXPECT_THAT(world.apply("alpha", RotateKey{world.key("alpha", 1), fresh},
                          Submission{.signers = {world.key("alpha", 0), fresh.id()}}),
              RefusedWith(ResultCode::kPossessionNotProven));
}

TEST(RotateKey, IsRefusedUnlessTheNewKeySigned) {
  auto world = two_banks();
  EXPECT_THAT(world.apply("alpha", RotateKey{world.key("alpha", 0), World::fresh_key(1)}),
              RefusedWith(ResultCode::kPossessionNotProven));
}

TEST(RotateKey, IsRefusedForKeysThatAreNotTheSubmittersOrNotActive) {
  auto world = two_banks();
  const auto fresh = World::fresh_key(1);
  const auto rotate = [&](const crypto::KeyId& old_key) {
    return world.apply("alpha", RotateKey{old_key, fresh},
                       Submission{.signers = {world.key("alpha"), fresh.id()}});
  };
  EXPECT_THAT(rotate(World::fresh_key(2).id()), RefusedWith(ResultCode::kKeyUnknown));
  EXPECT_THAT(rotate(world.key("beta")), RefusedWith(ResultCode::kKeyForeign));
  world.apply("alpha", RevokeKey{world.key("alpha", 1)});
  EXPECT_THAT(rotate(world.key("alpha", 1)), RefusedWith(ResultCode::kKeyInactive));
}

TEST(RotateKey, IsRefusedOntoAKeyThatExists) {
  auto world = two_banks();
  const auto existing = world.key_value(world.key("alpha", 1))->key;
  EXPECT_THAT(world.apply("alpha", RotateKey{world.key("alpha", 0), existing},
                          Submission{.signers = {world.key("alpha", 0), world.key("alpha", 1)}}),
              RefusedWith(ResultCode::kKeyExists));
}

TEST(RevokeKey, ShutsTheKeyOutForEver) {
  auto world = two_banks();
  world.issue("CNY", "alice", 10_units);

  EXPECT_THAT(world.apply("alpha", RevokeKey{world.key("alpha", 1)}), Settled());

  EXPECT_THAT(world.apply("alpha", world.transfer("alice", "bob", "CNY", 1_units),
                          Submission{.signers = {world.key("alpha", 1)}}),
              RefusedWith(ResultCode::kSignerInactive));
}

TEST(RevokeKey, NeverTakesTheLastKey) {
  auto world = WorldBuilder{}.bank("alpha", 2).build();
  EXPECT_THAT(world.apply("alpha", RevokeKey{world.key("alpha", 1)}), Settled());
  EXPECT_THAT(world.apply("alpha", RevokeKey{world.key("alpha", 0)}),
              RefusedWith(ResultCode::kLastKeys));
}

TEST(RevokeKey, LeavesEnoughKeysForTheManagementThreshold) {
  auto world = WorldBuilder{}.bank("alpha", 2, 2).build();
  EXPECT_THAT(world.apply("alpha", RevokeKey{world.key("alpha", 1)},
                          Submission{.signers = {world.key("alpha", 0), world.key("alpha", 1)}}),
              RefusedWith(ResultCode::kLastKeys));
}

TEST(SeatRepeated, IsRefusedWhenAFormerAndACurrentKeyWouldShareASeat) {
  auto world = two_banks();
  const auto fresh = World::fresh_key(1);
  world.apply("alpha", RotateKey{world.key("alpha", 1), fresh},
              Submission{.signers = {world.key("alpha", 1), fresh.id()}});
  std::vector<crypto::KeyId> keys = {world.key("alpha", 1), fresh.id()};
  std::ranges::sort(keys);
  // The former key is inactive, which is found before the seats are compared.
  EXPECT_THAT(world.apply("alpha", SetAccountAuthority{world.account("alice"), 2, keys}),
              RefusedWith(ResultCode::kKeyInactive));
}

}  // namespace
}  // namespace huangpu::ledger::test
