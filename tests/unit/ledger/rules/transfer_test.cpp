#include "ledger/rules/transfer.hpp"

#include "tests/support/ledger_matchers.hpp"
#include "tests/support/ledger_world.hpp"

namespace huangpu::ledger::test {
namespace {

TEST(Transfer, MovesTheAmountFromDebitToCredit) {
  auto world = two_banks();
  world.issue("CNY", "alice", 100_units);

  const auto receipt = world.apply("alpha", world.transfer("alice", "bob", "CNY", 30_units));

  EXPECT_THAT(receipt, Settled());
  EXPECT_EQ(world.balance("alice", "CNY"), 70_units);
  EXPECT_EQ(world.balance("bob", "CNY"), 30_units);
  EXPECT_TRUE(world.conserved().has_value());
}

TEST(Transfer, MayEmptyAnAccountToTheLastUnit) {
  auto world = two_banks();
  world.issue("CNY", "alice", 100_units);

  EXPECT_THAT(world.apply("alpha", world.transfer("alice", "bob", "CNY", 100_units)), Settled());
  EXPECT_EQ(world.balance("alice", "CNY"), 0_units);
}

TEST(Transfer, IsRefusedWhenFundsAreShort) {
  auto world = two_banks();
  world.issue("CNY", "alice", 100_units);

  const auto receipt = world.apply("alpha", world.transfer("alice", "bob", "CNY", 101_units));

  EXPECT_THAT(receipt, RefusedWith(ResultCode::kInsufficientFunds));
  EXPECT_EQ(world.balance("alice", "CNY"), 100_units);
}

TEST(Transfer, KeepsTheAssetsOfAnAccountApart) {
  auto world = two_banks();
  world.issue("CNY", "alice", 100_units);

  EXPECT_THAT(world.apply("alpha", world.transfer("alice", "bob", "USD", 1_units)),
              RefusedWith(ResultCode::kInsufficientFunds));
}

TEST(Transfer, IsCheckedInTheOrderOfTheSpec) {
  auto world = two_banks();
  world.issue("CNY", "alice", 100_units);
  const AccountId nobody(crypto::Digest::from(Bytes(32, 1)));
  const AssetId nothing(99);
  const AccountId alice = world.account("alice");
  const AccountId bob = world.account("bob");
  const AssetId cny = world.asset("CNY");

  struct Case {
    Transfer transfer;
    ResultCode code;
  };
  // Each line breaks its own rule and every later one that can still be broken.
  const Case cases[] = {
      {{nobody, nobody, nothing, 0_units, {}, {}}, ResultCode::kAssetUnknown},
      {{nobody, nobody, cny, 0_units, {}, {}}, ResultCode::kDebitAccountUnknown},
      {{bob, nobody, cny, 0_units, {}, {}}, ResultCode::kCreditAccountUnknown},
      {{bob, bob, cny, 0_units, {}, {}}, ResultCode::kSameAccount},
      {{bob, alice, cny, 0_units, {}, {}}, ResultCode::kAuthorityMissing},
      {{alice, bob, cny, 0_units, {}, {}}, ResultCode::kAmountZero},
      {{alice, bob, cny, 1000_units, {}, {}}, ResultCode::kInsufficientFunds},
      {{alice, bob, cny, 1_units, {}, {}}, ResultCode::kSettled},
  };
  for (const auto& [transfer, code] : cases) {
    EXPECT_THAT(world.apply("alpha", transfer), RefusedWith(code));
  }
}

TEST(Transfer, IsRefusedWhenTheCreditCounterWouldOverflow) {
  auto world = two_banks();
  world.issue("CNY", "alice", Amount::max());

  // Alice and bob pass everything to and fro once; a third unit of turnover does not fit any more.
  EXPECT_THAT(world.apply("alpha", world.transfer("alice", "bob", "CNY", Amount::max())),
              Settled());
  EXPECT_THAT(world.apply("beta", world.transfer("bob", "alice", "CNY", 1_units)),
              RefusedWith(ResultCode::kAmountOverflow));
  EXPECT_TRUE(world.conserved().has_value());
}

TEST(Transfer, NeedsARoleThatHoldsAccounts) {
  auto world = WorldBuilder{}
                   .issuer("central")
                   .participant("watch", {Role::kAuditor, Role::kSupervisor, Role::kOperator})
                   .asset("CNY", 2, "central")
                   .account("vault", "central")
                   .account("till", "central")
                   .build();
  EXPECT_THAT(world.apply("watch", world.transfer("vault", "till", "CNY", 1_units)),
              RefusedWith(ResultCode::kRoleMissing));
}

TEST(Transfer, WritesOneLineIntoEachStatement) {
  struct Lines final : EntryObserver {
    std::vector<std::pair<AccountId, HistoryEntry>> seen;
    void on_entry(const AccountId& account, AssetId, const HistoryEntry& entry) override {
      seen.emplace_back(account, entry);
    }
  } lines;
  auto world = two_banks(ExecutorOptions{.observer = &lines});
  world.issue("CNY", "alice", 100_units);
  lines.seen.clear();
  const auto head_before = world.balance_value("alice", "CNY").history_head;
  Transfer transfer = world.transfer("alice", "bob", "CNY", 30_units);
  transfer.purpose = Purpose{'S', 'A', 'L', 'A'};
  transfer.end_to_end[15] = 7;

  world.apply("alpha", transfer);

  ASSERT_EQ(lines.seen.size(), 2U);
  const auto& [payer, debit] = lines.seen[0];
  EXPECT_EQ(payer, world.account("alice"));
  EXPECT_EQ(debit.kind, EntryKind::kDebit);
  EXPECT_EQ(debit.counterparty, world.account("bob"));
  EXPECT_EQ(debit.balance_after, 70_units);
  EXPECT_EQ(debit.purpose, transfer.purpose);
  EXPECT_EQ(debit.end_to_end, transfer.end_to_end);
  EXPECT_EQ(debit.height, world.height());
  const auto value = world.balance_value("alice", "CNY");
  EXPECT_EQ(value.entry_count, 2U);
  EXPECT_EQ(value.last_height, world.height());
  EXPECT_EQ(value.history_head, next_history_head(world.chain().suite, head_before, debit));
  EXPECT_EQ(lines.seen[1].second.kind, EntryKind::kCredit);
  EXPECT_EQ(lines.seen[1].second.balance_after, 30_units);
}

TEST(Transfer, LeavesNoTraceInAnyBalanceWhenRefused) {
  auto world = two_banks();
  world.issue("CNY", "alice", 100_units);
  const auto before = world.balance_value("alice", "CNY");

  world.apply("alpha", world.transfer("alice", "bob", "CNY", 101_units));

  EXPECT_EQ(world.balance_value("alice", "CNY"), before);
  EXPECT_EQ(world.balance_value("bob", "CNY"), BalanceValue{});
}

}  // namespace
}  // namespace huangpu::ledger::test
