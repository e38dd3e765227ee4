#include "ledger/rules/accounts.hpp"

#include <algorithm>

#include "ledger/types/state_key.hpp"
#include "tests/support/ledger_matchers.hpp"
#include "tests/support/ledger_world.hpp"

namespace huangpu::ledger::test {
namespace {

SetAccountAuthority authority(const AccountId& account, std::uint16_t threshold,
                              std::vector<crypto::KeyId> keys) {
  std::ranges::sort(keys);
  return SetAccountAuthority{account, threshold, std::move(keys)};
}

TEST(OpenAccounts, OpensEachNumberOfTheRangeForTheSubmitter) {
  auto world = two_banks();

  EXPECT_THAT(world.apply("alpha", OpenAccounts{1000, 3}), Settled());

  for (std::uint64_t number = 1000; number < 1003; ++number) {
    const auto id = account_id(world.chain().suite, world.participant("alpha"), number);
    const auto value = AccountValue::decode(world.state().get(account_key(id)).value()).value();
    EXPECT_EQ(value.number, number);
    EXPECT_EQ(value.owner, world.participant("alpha"));
    EXPECT_EQ(value.opened, world.height());
  }
}

TEST(OpenAccounts, OpensNoneWhenOneNumberIsTaken) {
  auto world = two_banks();
  world.apply("alpha", OpenAccounts{1002, 1});

  EXPECT_THAT(world.apply("alpha", OpenAccounts{1000, 3}), RefusedWith(ResultCode::kAccountExists));

  const auto id = account_id(world.chain().suite, world.participant("alpha"), 1000);
  EXPECT_FALSE(world.state().get(account_key(id)).has_value());
}

TEST(OpenAccounts, LetsTwoParticipantsUseTheSameNumber) {
  auto world = two_banks();
  EXPECT_THAT(world.apply("alpha", OpenAccounts{1000, 1}), Settled());
  EXPECT_THAT(world.apply("beta", OpenAccounts{1000, 1}), Settled());
}

TEST(OpenAccounts, IsRefusedForThoseWhoOnlyWatch) {
  auto world = WorldBuilder{}.bank("alpha").participant("watch", {Role::kAuditor}).build();
  EXPECT_THAT(world.apply("watch", OpenAccounts{1, 1}), RefusedWith(ResultCode::kRoleMissing));
}

TEST(AccountAuthority, LetsNoFewerThanTheThresholdDebit) {
  auto world = two_banks();
  world.issue("CNY", "alice", 100_units);
  const auto keys = {world.key("alpha", 0), world.key("alpha", 1), world.key("alpha", 2)};
  EXPECT_THAT(world.apply("alpha", authority(world.account("alice"), 2, keys)), Settled());
  const auto transfer = world.transfer("alice", "bob", "CNY", 1_units);

  EXPECT_THAT(world.apply("alpha", transfer), RefusedWith(ResultCode::kAuthorityMissing));
  EXPECT_THAT(world.apply("alpha", transfer,
                          Submission{.signers = {world.key("alpha", 0), world.key("alpha", 2)}}),
              Settled());
  EXPECT_THAT(world.apply("alpha", transfer, Submission{.signers = keys}), Settled());
}

TEST(AccountAuthority, CountsOnlyTheKeysItNames) {
  auto world = two_banks();
  world.issue("CNY", "alice", 100_units);
  world.apply("alpha", authority(world.account("alice"), 1, {world.key("alpha", 2)}));

  EXPECT_THAT(world.apply("alpha", world.transfer("alice", "bob", "CNY", 1_units),
                          Submission{.signers = {world.key("alpha", 0), world.key("alpha", 1)}}),
              RefusedWith(ResultCode::kAuthorityMissing));
}

TEST(AccountAuthority, CanIncludeKeysOfAnotherParticipant) {
  auto world = two_banks();
  world.issue("CNY", "alice", 100_units);
  world.apply("alpha",
              authority(world.account("alice"), 2, {world.key("alpha"), world.key("beta")}));
  const auto transfer = world.transfer("alice", "bob", "CNY", 1_units);

  EXPECT_THAT(world.apply("alpha", transfer), RefusedWith(ResultCode::kAuthorityMissing));
  EXPECT_THAT(world.apply("alpha", transfer,
                          Submission{.signers = {world.key("alpha"), world.key("beta")}}),
              Settled());
}

TEST(AccountAuthority, IsChangedOnlyByItself) {
  auto world = two_banks();
  const AccountId alice = world.account("alice");
  world.apply("alpha", authority(alice, 2, {world.key("alpha", 0), world.key("alpha", 1)}));

  EXPECT_THAT(world.apply("alpha", authority(alice, 0, {})),
              RefusedWith(ResultCode::kAuthorityMissing));
  EXPECT_THAT(world.apply("alpha", authority(alice, 0, {}),
                          Submission{.signers = {world.key("alpha", 0), world.key("alpha", 1)}}),
              Settled());
  EXPECT_EQ(world.account_value("alice").threshold, 0);
}

TEST(AccountAuthority, IsRefusedInTheOrderOfTheSpec) {
  auto world = two_banks();
  const AccountId nobody(crypto::Digest::from(Bytes(32, 1)));
  const AccountId alice = world.account("alice");
  const crypto::KeyId stranger = World::fresh_key(1).id();
  world.apply("alpha", RevokeKey{world.key("alpha", 2)});

  EXPECT_THAT(world.apply("alpha", authority(nobody, 1, {stranger})),
              RefusedWith(ResultCode::kAccountUnknown));
  EXPECT_THAT(world.apply("beta", authority(alice, 1, {stranger})),
              RefusedWith(ResultCode::kNotTheOwner));
  EXPECT_THAT(world.apply("alpha", authority(alice, 1, {stranger})),
              RefusedWith(ResultCode::kKeyUnknown));
  EXPECT_THAT(world.apply("alpha", authority(alice, 1, {world.key("alpha", 2)})),
              RefusedWith(ResultCode::kKeyInactive));
}

TEST(AccountAuthority, NeverChangesTheAccountId) {
  auto world = two_banks();
  world.issue("CNY", "alice", 100_units);
  world.apply("alpha", authority(world.account("alice"), 1, {world.key("alpha", 1)}));
  world.apply("alpha", RotateKey{world.key("alpha", 1), World::fresh_key(1)},
              Submission{.signers = {world.key("alpha", 1), World::fresh_key(1).id()}});
  EXPECT_EQ(world.balance("alice", "CNY"), 100_units);
}

}  // namespace
}  // namespace huangpu::ledger::test
