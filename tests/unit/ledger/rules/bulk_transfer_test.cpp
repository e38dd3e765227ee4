#include "ledger/rules/bulk_transfer.hpp"

#include "tests/support/ledger_matchers.hpp"
#include "tests/support/ledger_world.hpp"

namespace huangpu::ledger::test {
namespace {

using Codes = std::vector<ResultCode>;

class BulkTest : public ::testing::Test {
 protected:
  BulkTest() : world(two_banks()) { world.issue("CNY", "alice", 100_units); }

  BulkRecord record(const std::string& debit, const std::string& credit, Amount amount,
                    bool linked = false) const {
    BulkRecord result;
    result.debit = world.account(debit);
    result.credit = world.account(credit);
    result.amount = amount;
    result.asset = world.asset("CNY");
    result.linked = linked;
    return result;
  }
  Receipt apply(BulkMode mode, const std::vector<BulkRecord>& records, Submission submission = {}) {
    BulkTransfer bulk;
    bulk.mode = mode;
    for (const auto& entry : records) append_record(bulk.records, entry);
    return world.apply("alpha", bulk, std::move(submission));
  }
  static Codes codes(const Receipt& receipt) {
    Codes result;
    for (const std::uint8_t code : receipt.record_codes) result.push_back(ResultCode{code});
    return result;
  }

  World world;
};

TEST_F(BulkTest, SettlesIndependentRecordsEachForItself) {
  const auto receipt = apply(BulkMode::kIndependent,
                             {record("alice", "bob", 60_units), record("alice", "bob", 60_units),
                              record("alice", "anna", 40_units)});

  EXPECT_THAT(receipt, RefusedWith(ResultCode::kPartlySettled));
  EXPECT_EQ(codes(receipt),
            (Codes{ResultCode::kSettled, ResultCode::kInsufficientFunds, ResultCode::kSettled}));
  EXPECT_EQ(world.balance("alice", "CNY"), 0_units);
  EXPECT_EQ(world.balance("bob", "CNY"), 60_units);
}

TEST_F(BulkTest, LetsALaterRecordSpendWhatAnEarlierOneBrought) {
  const auto receipt = apply(BulkMode::kIndependent,
                             {record("anna", "bob", 50_units), record("alice", "anna", 50_units),
                              record("anna", "bob", 50_units)});

  EXPECT_EQ(codes(receipt),
            (Codes{ResultCode::kInsufficientFunds, ResultCode::kSettled, ResultCode::kSettled}));
}

TEST_F(BulkTest, SaysWhenNothingSettled) {
  EXPECT_THAT(apply(BulkMode::kIndependent, {record("alice", "bob", 101_units)}),
              RefusedWith(ResultCode::kNoneSettled));
}

TEST_F(BulkTest, UndoesEverythingWhenAllOrNothingFails) {
  const auto before = world.balance_value("alice", "CNY");

  const auto receipt = apply(BulkMode::kAllOrNothing,
                             {record("alice", "bob", 60_units), record("alice", "bob", 60_units),
                              record("alice", "anna", 10_units)});

  EXPECT_THAT(receipt, RefusedWith(ResultCode::kInsufficientFunds));
  EXPECT_EQ(codes(receipt),
            (Codes{ResultCode::kUndone, ResultCode::kInsufficientFunds, ResultCode::kUndone}));
  EXPECT_EQ(world.balance_value("alice", "CNY"), before);
  EXPECT_EQ(world.balance_value("bob", "CNY"), BalanceValue{});
}

TEST_F(BulkTest, SettlesAllWhenAllOrNothingSucceeds) {
  EXPECT_THAT(apply(BulkMode::kAllOrNothing,
                    {record("alice", "bob", 60_units), record("alice", "anna", 40_units)}),
              Settled());
  EXPECT_EQ(world.balance("anna", "CNY"), 40_units);
}

TEST_F(BulkTest, UndoesOneChainAndSettlesTheOthers) {
  const auto receipt = apply(BulkMode::kLinked, {
                                                    record("alice", "bob", 10_units, true),
                                                    record("alice", "bob", 10_units),
                                                    record("alice", "anna", 10_units, true),
                                                    record("anna", "bob", 500_units, true),
                                                    record("alice", "bob", 10_units),
                                                    record("alice", "anna", 5_units),
                                                });

  EXPECT_THAT(receipt, RefusedWith(ResultCode::kPartlySettled));
  EXPECT_EQ(codes(receipt),
            (Codes{ResultCode::kSettled, ResultCode::kSettled, ResultCode::kUndone,
                   ResultCode::kInsufficientFunds, ResultCode::kUndone, ResultCode::kSettled}));
  EXPECT_EQ(world.balance("alice", "CNY"), 75_units);
  EXPECT_EQ(world.balance("anna", "CNY"), 5_units);
  EXPECT_EQ(world.balance("bob", "CNY"), 20_units);
}

TEST_F(BulkTest, JudgesTheAuthorityOfEachDebitAccount) {
  world.issue("CNY", "bob", 100_units);

  const auto receipt = apply(BulkMode::kIndependent,
                             {record("bob", "alice", 1_units), record("alice", "bob", 1_units)});
  EXPECT_EQ(codes(receipt), (Codes{ResultCode::kAuthorityMissing, ResultCode::kSettled}));

  const auto both = apply(BulkMode::kIndependent,
                          {record("bob", "alice", 1_units), record("alice", "bob", 1_units)},
                          Submission{.signers = {world.key("alpha"), world.key("beta")}});
  EXPECT_THAT(both, Settled());
}

TEST_F(BulkTest, NumbersItsStatementLinesByRecord) {
  struct Lines final : EntryObserver {
    std::vector<std::uint32_t> records;
    void on_entry(const AccountId&, AssetId, const HistoryEntry& entry) override {
      records.push_back(entry.record);
    }
  } lines;
  world.reopen(ExecutorOptions{.observer = &lines});

  apply(BulkMode::kLinked,
        {record("alice", "bob", 1_units), record("alice", "bob", 900_units, true),
         record("alice", "bob", 1_units), record("alice", "bob", 2_units)});

  EXPECT_EQ(lines.records, (std::vector<std::uint32_t>{0, 0, 3, 3}));
}

TEST_F(BulkTest, TakesTheLargestNumberOfRecords) {
  const std::vector<BulkRecord> records(kBulkRecordsMax, record("alice", "bob", 0_units));
  const auto receipt = apply(BulkMode::kIndependent, records);
  EXPECT_EQ(receipt.record_codes.size(), kBulkRecordsMax);
  EXPECT_THAT(receipt, RefusedWith(ResultCode::kNoneSettled));
}

TEST_F(BulkTest, KeepsItsPlaceInABlockAfterABulkThatNeverReachedItsRecords) {
  BulkTransfer first;
  append_record(first.records, record("bob", "anna", 1_units));
  append_record(first.records, record("bob", "anna", 1_units));
  BulkTransfer second;
  append_record(second.records, record("alice", "anna", 7_units));
  std::vector<DecodedEnvelope> envelopes;
  envelopes.push_back(world.envelope(
      "alpha", first, Submission{.valid_until = TimestampMs(world.next_time().value() - 1)}));
  envelopes.push_back(world.envelope("alpha", second));

  const auto output = world.block(std::move(envelopes));

  EXPECT_THAT(output.receipts[0], RefusedWith(ResultCode::kExpired));
  EXPECT_THAT(output.receipts[1], Settled());
  EXPECT_EQ(world.balance("anna", "CNY"), 7_units);
}

}  // namespace
}  // namespace huangpu::ledger::test
