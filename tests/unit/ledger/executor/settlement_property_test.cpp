// Random days of queued settlement, executed by two ledgers of which one restarts at random: both
// must give the same roots, receipts and entries, and keep every rule that can be read from the
// state.
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "tests/unit/ledger/rules/payment_world.hpp"

namespace huangpu::ledger::test {
namespace {

constexpr const char* kAccounts[] = {"a", "b", "c"};

class RandomDay : public ::testing::TestWithParam<unsigned> {
 protected:
  unsigned below(unsigned bound) { return static_cast<unsigned>(random_() % bound); }
  std::string any_account() { return kAccounts[below(3)]; }
  PriorityClass any_priority() {
    return below(2) == 0 ? PriorityClass::kNormal : static_cast<PriorityClass>(1 + below(3));
  }
  TxId any_payment() {
    return given_.empty() ? TxId() : given_[below(static_cast<unsigned>(given_.size()))];
  }

  Operation random_operation(std::string& submitter) {
    const auto account = any_account();
    const AccountId id = desk_.world().account(account);
    const AssetId asset = desk_.world().asset("CNY");
    const Amount amount = Amount::from_u64(below(60));
    submitter = below(12) == 0 ? "beta" : PaymentWorld::bank(account);
    switch (below(12)) {
      case 0:
        return CancelPayment{any_payment()};
      case 1:
        return HoldPayment{any_payment()};
      case 2:
        return ReleasePayment{any_payment()};
      case 3:
        return ChangePriority{any_payment(), any_priority()};
      case 4:
        return SetReservation{id, asset,
                              below(2) == 0 ? PriorityClass::kHighlyUrgent : PriorityClass::kUrgent,
                              amount};
      case 5:
        return SetBilateralLimit{id, asset, desk_.world().account(any_account()),
                                 below(3) == 0 ? std::nullopt : std::optional(amount)};
      case 6:
        return SetMultilateralLimit{id, asset,
                                    below(3) == 0 ? std::nullopt : std::optional(amount)};
      case 7:
        submitter = "central";
        return SetCreditLine{id, asset, amount};
      case 8:
        submitter = "operator";
        return RunResolution{};
      case 9:
        submitter = "central";
        return Issue{asset, id, Amount::from_u64(1 + below(40))};
      default:
        return desk_.world().transfer(account, any_account(), "CNY", amount);
    }
  }

  std::vector<DecodedEnvelope> random_block() {
    std::vector<DecodedEnvelope> block;
    for (unsigned i = below(6); i > 0; --i) {
      if (below(2) == 0) {
        std::string submitter;
        Operation operation = random_operation(submitter);
        block.push_back(desk_.world().envelope(submitter, std::move(operation)));
        continue;
      }
      Payment payment = desk_.payment(any_account(), any_account(), 1 + below(80), any_priority());
      const std::uint64_t now = desk_.world().next_time().value();
      if (below(6) == 0) payment.earliest = TimestampMs(now + below(5'000));
      if (below(6) == 0) payment.latest = TimestampMs(now + 5'000 + below(5'000));
      block.push_back(desk_.give(payment));
      given_.push_back(block.back().txid);
    }
    return block;
  }

  void check_entries() const {
    desk_.world().state().scan(waiting_prefix(), [&](ByteView key, ByteView value) {
      const auto payment = WaitingPayment::decode(value).value();
      EXPECT_TRUE(
          equal(waiting_key(payment.payment.debit, payment.payment.asset, payment.place()), key));
      EXPECT_TRUE(is_waiting(payment.status));
      EXPECT_TRUE(payment.payment.latest.value() == 0 ||
                  payment.payment.latest >= desk_.world().time());
      return true;
    });
    for (const auto* account : kAccounts) {
      const LiquidityValue value = desk_.liquidity(account);
      EXPECT_LE(value.used_highly_urgent, value.reserved_highly_urgent);
      EXPECT_LE(value.used_urgent, value.reserved_urgent);
      // What was drawn is redeemed before the account keeps anything.
      EXPECT_TRUE(value.drawn.is_zero() || desk_.held(account) == 0);
    }
  }

  mutable PaymentWorld desk_;
  PaymentWorld restarted_;
  std::mt19937_64 random_{GetParam()};
  std::vector<TxId> given_;
};

TEST_P(RandomDay, GivesTheSameResultsAfterAnyRestartAndKeepsTheBooks) {
  std::map<ResultCode, int> codes;
  for (int step = 0; step < 150; ++step) {
    std::vector<DecodedEnvelope> block = random_block();
    const TimestampMs time(desk_.world().time().value() + 200 + below(2'000));
    desk_.world().set_next_time(time);
    restarted_.world().set_next_time(time);
    if (below(4) == 0) restarted_.world().reopen();
    const auto output = desk_.world().block(block);
    const auto again = restarted_.world().block(std::move(block));
    ASSERT_EQ(output.state_root, again.state_root) << "step " << step;
    ASSERT_EQ(output.receipts_root, again.receipts_root);
    ASSERT_EQ(output.delta, again.delta);
    ASSERT_EQ(output.settled_transfers, again.settled_transfers);
    for (const auto& receipt : output.receipts) ++codes[receipt.code];
    if (step % 10 == 0) {
      ASSERT_EQ(output.state_root, desk_.world().recomputed_root());
    }
    check_entries();
    desk_.check();
    if (HasFailure()) FAIL() << "seed " << GetParam() << ", step " << step;
  }
  EXPECT_GT(codes[ResultCode::kQueued], 0);
  EXPECT_GT(codes[ResultCode::kSettled], 0);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomDay, ::testing::Range(1U, 21U));

// A block that cannot be stored leaves no trace in the book.
TEST(SettlementBook, IsAsTheStateHasItAfterABlockThatFailed) {
  PaymentWorld desk;
  const TxId waiting = desk.pay("a", "b", 10).txid;
  std::vector<DecodedEnvelope> block;
  block.push_back(desk.give("a", "b", 20));
  block.push_back(desk.world().envelope("alpha", CancelPayment{waiting}));
  desk.world().state().set_health(fail(Errc::kIo, "disk"));
  EXPECT_FALSE(desk.world().try_block(std::move(block)).has_value());
  desk.world().state().set_health({});
  desk.fund("a", 10);
  EXPECT_EQ(desk.held("b"), 10U);
  EXPECT_TRUE(desk.waiting("a").empty());
}

}  // namespace
}  // namespace huangpu::ledger::test
