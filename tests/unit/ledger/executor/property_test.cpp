// Random histories against a model that shares no code with the ledger: plain maps, plain integers,
// the rules restated.
//
// The seed is printed with every failure; each seed is one test case, so a failing one can be run
// alone.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <tuple>

#include "tests/support/ledger_matchers.hpp"
#include "tests/support/ledger_world.hpp"

namespace huangpu::ledger::test {
namespace {

const std::vector<std::string> kAccounts = {"vault", "alice", "anna", "bob", "nobody"};
const std::vector<std::string> kAssets = {"CNY", "USD", "XXX"};
const std::map<std::string, std::string> kOwner = {
    {"vault", "central"}, {"alice", "alpha"}, {"anna", "alpha"}, {"bob", "beta"}};

struct Payment {
  std::string debit;
  std::string credit;
  std::string asset;
  std::uint64_t amount = 0;
  bool linked = false;
};

// The rules of SPEC L-100..L-108 in the words of a teller.
class Model {
 public:
  std::map<std::pair<std::string, std::string>, std::uint64_t> held;
  std::map<std::string, std::uint64_t> supply;
  std::map<std::pair<std::string, std::string>, std::uint64_t> lines;

  ResultCode pay(const std::set<std::string>& signers, const Payment& payment) {
    if (payment.asset == "XXX") return ResultCode::kAssetUnknown;
    if (payment.debit == "nobody") return ResultCode::kDebitAccountUnknown;
    if (payment.credit == "nobody") return ResultCode::kCreditAccountUnknown;
    if (payment.debit == payment.credit) return ResultCode::kSameAccount;
    if (!signers.contains(kOwner.at(payment.debit))) return ResultCode::kAuthorityMissing;
    if (payment.amount == 0) return ResultCode::kAmountZero;
    if (held[{payment.debit, payment.asset}] < payment.amount)
      return ResultCode::kInsufficientFunds;
    held[{payment.debit, payment.asset}] -= payment.amount;
    held[{payment.credit, payment.asset}] += payment.amount;
    ++lines[{payment.debit, payment.asset}];
    ++lines[{payment.credit, payment.asset}];
    return ResultCode::kSettled;
  }

  std::vector<ResultCode> bulk(BulkMode mode, const std::set<std::string>& signers,
                               const std::vector<Payment>& payments) {
    std::vector<ResultCode> codes(payments.size(), ResultCode::kSettled);
    std::size_t first = 0;
    while (first < payments.size()) {
      std::size_t last = first;
      if (mode == BulkMode::kAllOrNothing) last = payments.size() - 1;
      while (mode == BulkMode::kLinked && payments[last].linked) ++last;
      const Model before = *this;
      for (std::size_t i = first; i <= last; ++i) {
        codes[i] = pay(signers, payments[i]);
        if (codes[i] == ResultCode::kSettled) continue;
        *this = before;
        for (std::size_t k = first; k <= last; ++k) {
          if (k != i) codes[k] = ResultCode::kUndone;
        }
        break;
      }
      first = last + 1;
    }
    return codes;
  }
};

class RandomHistory : public ::testing::TestWithParam<std::uint32_t> {
 protected:
  RandomHistory() : world(two_banks()), random(GetParam()) {}

  std::size_t below(std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
  }
  template <class T>
  const T& one_of(const std::vector<T>& list) {
    return list[below(list.size())];
  }
  AccountId account(const std::string& name) const {
    return name == "nobody" ? AccountId(crypto::Digest::from(Bytes(32, 3))) : world.account(name);
  }
  AssetId asset(const std::string& name) const {
    return name == "XXX" ? AssetId(77) : world.asset(name);
  }
  Payment random_payment() {
    Payment payment;
    // Mostly sensible, so that money keeps moving.
    const std::size_t names = below(10) == 0 ? kAccounts.size() : 4;
    payment.debit = kAccounts[below(names)];
    payment.credit = kAccounts[below(names)];
    payment.asset = kAssets[below(20) == 0 ? 2 : below(2)];
    payment.amount = below(12) == 0 ? 0 : below(60);
    return payment;
  }

  World world;
  Model model;
  std::mt19937 random;
};

TEST_P(RandomHistory, AgreesWithTheModelInCodesBalancesAndSupply) {
  for (int step = 0; step < 60; ++step) {
    std::vector<DecodedEnvelope> envelopes;
    std::vector<std::vector<ResultCode>> expected;
    const std::size_t count = below(6);
    for (std::size_t i = 0; i < count; ++i) {
      const std::string submitter = one_of<std::string>({"central", "alpha", "beta"});
      std::set<std::string> signers = {submitter};
      if (below(3) == 0) signers.insert(one_of<std::string>({"central", "alpha", "beta"}));
      Submission submission;
      for (const auto& signer : signers) submission.signers.push_back(world.key(signer));
      const std::size_t kind = below(8);
      if (kind == 0) {
        const std::string to = kAccounts[below(4)];
        const std::string what = kAssets[below(2)];
        const std::uint64_t amount = below(200);
        envelopes.push_back(world.envelope(
            submitter, Issue{asset(what), account(to), Amount::from_u64(amount)}, submission));
        ResultCode code = ResultCode::kSettled;
        if (submitter != "central") {
          code = ResultCode::kRoleMissing;
        } else if (amount == 0) {
          code = ResultCode::kAmountZero;
        } else {
          model.held[{to, what}] += amount;
          model.supply[what] += amount;
          ++model.lines[{to, what}];
        }
        expected.push_back({code});
      } else if (kind == 1) {
        const std::string from = kAccounts[below(4)];
        const std::string what = kAssets[below(2)];
        const std::uint64_t amount = below(100);
        envelopes.push_back(world.envelope(
            submitter, Redeem{asset(what), account(from), Amount::from_u64(amount)}, submission));
        ResultCode code = ResultCode::kSettled;
        if (submitter != "central") {
          code = ResultCode::kRoleMissing;
        } else if (!signers.contains(kOwner.at(from))) {
          code = ResultCode::kAuthorityMissing;
        } else if (amount == 0) {
          code = ResultCode::kAmountZero;
        } else if (model.held[{from, what}] < amount) {
          code = ResultCode::kInsufficientFunds;
        } else {
          model.held[{from, what}] -= amount;
          model.supply[what] -= amount;
          ++model.lines[{from, what}];
        }
        expected.push_back({code});
      } else if (kind < 5) {
        const Payment payment = random_payment();
        envelopes.push_back(world.envelope(submitter,
                                           Transfer{account(payment.debit),
                                                    account(payment.credit),
                                                    asset(payment.asset),
                                                    Amount::from_u64(payment.amount),
                                                    {},
                                                    {}},
                                           submission));
        expected.push_back({model.pay(signers, payment)});
      } else {
        const auto mode = static_cast<BulkMode>(1 + below(3));
        std::vector<Payment> payments(1 + below(12));
        BulkTransfer bulk;
        bulk.mode = mode;
        for (std::size_t k = 0; k < payments.size(); ++k) {
          payments[k] = random_payment();
          payments[k].linked =
              mode == BulkMode::kLinked && k + 1 < payments.size() && below(2) == 0;
          BulkRecord record;
          record.debit = account(payments[k].debit);
          record.credit = account(payments[k].credit);
          record.asset = asset(payments[k].asset);
          record.amount = Amount::from_u64(payments[k].amount);
          record.linked = payments[k].linked;
          append_record(bulk.records, record);
        }
        envelopes.push_back(world.envelope(submitter, bulk, submission));
        expected.push_back(model.bulk(mode, signers, payments));
      }
    }

    const auto output = world.block(std::move(envelopes));

    ASSERT_EQ(output.receipts.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const auto& receipt = output.receipts[i];
      if (receipt.record_codes.empty()) {
        ASSERT_THAT(receipt, RefusedWith(expected[i].front())) << "step " << step;
        continue;
      }
      std::vector<ResultCode> codes;
      for (const auto code : receipt.record_codes) codes.push_back(ResultCode{code});
      ASSERT_EQ(codes, expected[i]) << "step " << step;
    }
    for (const auto& name : {"vault", "alice", "anna", "bob"}) {
      for (const auto& what : {"CNY", "USD"}) {
        const auto value = world.balance_value(name, what);
        ASSERT_EQ(value.balance(), Amount::from_u64(model.held[{name, what}])) << name;
        ASSERT_EQ(value.entry_count, (model.lines[{name, what}])) << name;
      }
    }
    for (const auto& what : {"CNY", "USD"}) {
      const auto value = world.asset_value(what);
      ASSERT_EQ(value.issued.checked_sub(value.redeemed), Amount::from_u64(model.supply[what]));
    }
    ASSERT_TRUE(world.conserved().has_value());
    ASSERT_EQ(output.state_root, world.recomputed_root());
    if (below(10) == 0) world.reopen();
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomHistory, ::testing::Range(1U, 21U));

}  // namespace
}  // namespace huangpu::ledger::test
