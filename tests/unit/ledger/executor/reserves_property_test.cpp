// Random mixes of reserves, posts, voids, expiries and transfers against a model that is nothing
// but a list: every result code, every balance and every pending sum must be as the model says,
// restarts included.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "tests/unit/ledger/rules/agreed_world.hpp"

namespace huangpu::ledger::test {
namespace {

constexpr int kOperations = 13'000;  // of each of eight days: more than 100,000 cases
constexpr const char* kAccounts[] = {"a", "b", "c"};

struct ModelReserve {
  TxId id;
  std::string from;
  std::string to;
  std::uint64_t left = 0;
  TimestampMs expires;
  Poster poster = Poster::kDebtor;
};

class RandomReserves : public ::testing::TestWithParam<unsigned> {
 protected:
  unsigned below(unsigned bound) { return static_cast<unsigned>(random_() % bound); }
  std::string any_account() { return kAccounts[below(3)]; }

  std::uint64_t pending(const std::string& account) const {
    std::uint64_t sum = 0;
    for (const auto& reserve : reserves_) sum += reserve.from == account ? reserve.left : 0;
    return sum;
  }
  std::uint64_t available(const std::string& account) { return held_[account] - pending(account); }

  void expire(TimestampMs now) {
    std::erase_if(reserves_, [now](const ModelReserve& each) { return each.expires < now; });
  }

  ResultCode judge(const std::string& who, const std::string& from, const std::string& to,
                   std::uint64_t amount) {
    if (from == to) return ResultCode::kSameAccount;
    if (who != PaymentWorld::bank(from)) return ResultCode::kAuthorityMissing;
    return amount == 0 ? ResultCode::kAmountZero : ResultCode::kSettled;
  }

  DecodedEnvelope transfer(ResultCode& expected) {
    const auto from = any_account();
    const auto to = any_account();
    const auto who = below(10) == 0 ? "beta" : PaymentWorld::bank(from);
    const std::uint64_t amount = below(30);
    expected = judge(who, from, to, amount);
    if (expected == ResultCode::kSettled && available(from) < amount) {
      expected = ResultCode::kInsufficientFunds;
    }
    if (expected == ResultCode::kSettled) {
      held_[from] -= amount;
      held_[to] += amount;
    }
    return desk_.world().envelope(
        who, desk_.world().transfer(from, to, "CNY", Amount::from_u64(amount)));
  }

  DecodedEnvelope reserve(TimestampMs now, ResultCode& expected) {
    const auto from = any_account();
    const auto to = any_account();
    const auto who = below(10) == 0 ? "beta" : PaymentWorld::bank(from);
    ReserveFunds op = desk_.reserve(from, to, below(30));
    op.expires = TimestampMs(now.value() + 1000 * below(40));
    op.poster = below(2) == 0 ? Poster::kDebtor : Poster::kBeneficiary;
    expected = judge(who, from, to, op.amount.lo());
    if (expected == ResultCode::kSettled && op.expires <= now) {
      expected = ResultCode::kExpiryNotAhead;
    }
    if (expected == ResultCode::kSettled && available(from) < op.amount.lo()) {
      expected = ResultCode::kInsufficientFunds;
    }
    auto envelope = desk_.world().envelope(who, op);
    if (expected == ResultCode::kSettled) {
      reserves_.push_back({envelope.txid, from, to, op.amount.lo(), op.expires, op.poster});
    }
    return envelope;
  }

  DecodedEnvelope end(ResultCode& expected) {
    const bool known = !reserves_.empty() && below(12) != 0;
    const std::size_t place = known ? below(static_cast<unsigned>(reserves_.size())) : 0;
    ModelReserve each = known ? reserves_[place] : ModelReserve{TxId(), "a", "b", 0, {}};
    const auto poster = PaymentWorld::bank(each.poster == Poster::kDebtor ? each.from : each.to);
    const auto who = below(8) == 0 ? PaymentWorld::bank(any_account()) : poster;
    const bool voids = below(4) == 0;
    const std::uint64_t amount = below(25);
    const bool keep = below(2) == 0;
    if (!known) {
      expected = ResultCode::kReserveUnknown;
    } else if (who != poster && !(voids && who == PaymentWorld::bank(each.to))) {
      expected = ResultCode::kAuthorityMissing;
    } else if (voids) {
      expected = ResultCode::kSettled;
      reserves_.erase(reserves_.begin() + static_cast<std::ptrdiff_t>(place));
    } else if (amount == 0) {
      expected = ResultCode::kAmountZero;
    } else if (amount > each.left) {
      expected = ResultCode::kReserveExceeded;
    } else {
      expected = ResultCode::kSettled;
      held_[each.from] -= amount;
      held_[each.to] += amount;
      reserves_[place].left -= amount;
      if (!keep || reserves_[place].left == 0) {
        reserves_.erase(reserves_.begin() + static_cast<std::ptrdiff_t>(place));
      }
    }
    if (voids) return desk_.world().envelope(who, VoidReserved{each.id});
    return desk_.world().envelope(who, PostReserved{each.id, Amount::from_u64(amount), keep});
  }

  void compare() {
    for (const std::string account : kAccounts) {
      const BalanceValue value = desk_.world().balance_value(account, "CNY");
      EXPECT_EQ(value.balance().lo(), held_[account]);
      EXPECT_EQ(value.debits_pending.lo(), pending(account));
      EXPECT_LE(value.debits_pending, value.balance());
      std::uint64_t sum = 0;
      for (const auto& reserve : desk_.reserves(account)) sum += reserve.left.lo();
      EXPECT_EQ(sum, pending(account));
    }
    desk_.check();
  }

  std::mt19937 random_{GetParam()};
  AgreedWorld desk_;
  std::map<std::string, std::uint64_t> held_;
  std::vector<ModelReserve> reserves_;
};

TEST_P(RandomReserves, DoWhatAListOfThemWouldDo) {
  for (const std::string account : kAccounts) {
    desk_.fund(account, 100);
    held_[account] = 100;
  }
  for (int done = 0; done < kOperations;) {
    const TimestampMs now(desk_.world().time().value() + 1000 + 1000 * below(12));
    desk_.world().set_next_time(now);
    expire(now);
    std::vector<DecodedEnvelope> block;
    std::vector<ResultCode> expected;
    for (unsigned count = 1 + below(40); count > 0; --count, ++done) {
      ResultCode code = ResultCode::kSettled;
      const unsigned kind = below(10);
      block.push_back(kind < 3 ? transfer(code) : kind < 6 ? reserve(now, code) : end(code));
      expected.push_back(code);
    }
    const auto output = desk_.world().block(std::move(block));
    ASSERT_EQ(output.receipts.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      ASSERT_EQ(output.receipts[i].code, expected[i]) << "operation " << done << " " << i;
    }
    compare();
    if (below(20) == 0) desk_.world().reopen();
    if (HasFatalFailure() || HasNonfatalFailure()) return;
  }
  EXPECT_EQ(desk_.world().recomputed_root(), desk_.world().tree().root());
}

INSTANTIATE_TEST_SUITE_P(Days, RandomReserves, ::testing::Range(1U, 9U));

}  // namespace
}  // namespace huangpu::ledger::test
