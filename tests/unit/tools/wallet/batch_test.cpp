// Goal: a payment file is read strictly, and paid once, whatever happens in the middle.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "ledger/types/result_code.hpp"
#include "tests/unit/tools/support/proof_world.hpp"
#include "tests/unit/tools/wallet/fake_chain.hpp"
#include "tools/wallet/batch/history.hpp"
#include "tools/wallet/batch/results.hpp"

namespace huangpu::tools {
namespace {

namespace fs = std::filesystem;
using Fate = test::FakeChain::Fate;

const std::string kHeader = "reference,debit_account,credit_account,asset,amount\n";

std::string file_of(std::size_t lines) {
  std::string text = kHeader;
  for (std::size_t i = 0; i < lines; ++i) {
    text += "R" + std::to_string(i) + ",1,BANKB:2,CNY,1.00\n";
  }
  return text;
}

struct WalletCrash {};

class BatchTest : public testing::Test {
 protected:
  BatchTest() {
    folder_ =
        fs::temp_directory_path() / ("hp-batch-" + std::to_string(::getpid()) + "-" +
                                     testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~BatchTest() override { fs::remove_all(folder_); }

  Result<PaymentFile> read(std::string_view text) const {
    return read_payments(text, genesis_, self_);
  }
  std::string error_of(std::string_view text) const {
    const auto file = read(text);
    return file ? "" : file.error().message;
  }
  JournalHeader header_of(const PaymentFile& file, const BatchOptions& options) const {
    return {ledger::chain_id(genesis_),
            self_,
            file.content,
            file.payments.size(),
            date_,
            options,
            "payments.csv",
            reference_digests(file)};
  }
  // One run of the wallet; the journal lives on between runs.
  Status run(test::FakeChain& chain, const PaymentFile& file, const BatchOptions& options) {
    const fs::path path = folder_ / "journal";
    const bool begun_before = Journal::exists(path);
    const auto parts = make_parts(genesis_.suite, self_, file, options).value();
    HP_TRY_ASSIGN(const auto journal, Journal::open(path, header_of(file, options)));
    SenderOptions sending;
    sending.in_flight_max = 3;
    sending.patience = patience_;
    HP_TRY(BatchSender(chain, *journal, file, parts, sending, begun_before).run());
    csv_ = result_csv(file, parts, journal->results(), summary_);
    return {};
  }
  // One run as the command does it: the journal is named by the content of the file.
  Status pay(test::FakeChain& chain, const std::string& text, const BatchOptions& options,
             bool only_new = false) {
    HP_TRY_ASSIGN(PaymentFile file, read(text));
    const fs::path path = folder_ / (file.content.hex() + ".journal");
    const bool begun_before = Journal::exists(path);
    HP_TRY(select_payments(path, {ledger::chain_id(genesis_), self_}, only_new, file));
    HP_TRY_ASSIGN(const auto parts, make_parts(genesis_.suite, self_, file, options));
    HP_TRY_ASSIGN(const auto journal, Journal::open(path, header_of(file, options)));
    const bool ask_first = begun_before && options.style == BatchStyle::kBulk;
    const Status ended = BatchSender(chain, *journal, file, parts, sending_, ask_first).run();
    csv_ = result_csv(file, parts, journal->results(), summary_);
    return ended;
  }
  void expect_all_paid_once(const test::FakeChain& chain, const PaymentFile& file,
                            const BatchOptions& options) const {
    const auto parts = make_parts(genesis_.suite, self_, file, options).value();
    EXPECT_EQ(chain.acted.size(), parts.size());
    for (const auto& [reference, count] : chain.acted) EXPECT_EQ(count, 1U) << reference;
    EXPECT_EQ(summary_.settled, file.payments.size());
    EXPECT_EQ(summary_.open, 0U);
  }

  const ledger::Genesis genesis_ = test::paper_genesis();
  const ledger::ParticipantId self_{101};
  fs::path folder_;
  std::chrono::milliseconds patience_{30'000};
  std::uint32_t date_ = 20261123;
  SenderOptions sending_;
  BatchSummary summary_;
  std::string csv_;
};

const BatchOptions kIndividual{BatchStyle::kIndividual, ledger::BulkMode::kIndependent, 1};
const BatchOptions kBulkOfTwo{BatchStyle::kBulk, ledger::BulkMode::kIndependent, 2};

TEST_F(BatchTest, ColumnsMayStandInAnyOrder) {
  const auto file =
      read("amount,purpose,asset,credit_account,debit_account,reference\n7,SALA,JPY,BANKB:1,1,A\n");

  ASSERT_TRUE(file.has_value()) << file.error().message;
  EXPECT_EQ(file->payments[0].record.amount, Amount::from_u64(7));
  EXPECT_EQ(file->payments[0].line, 2U);
}

TEST_F(BatchTest, AllErrorsAreReportedAtOnceWithTheirLines) {
  const std::string errors = error_of(kHeader +
                                      "A,1,BANKB:1,CNY,1.00\n"
                                      "A,1,BANKB:1,CNY,1.00\n"
                                      "B,1,BANKB:1,EUR,1.00\n"
                                      "C,1,BANKB:1,CNY,1.001\n"
                                      "D,1,BANKB:1,CNY,-1\n"
                                      "E,1,1,CNY,1\n"
                                      "F,1,BANKB:1,CNY\n"
                                      "G,\"1\n");
  for (const char* text : {"line 3: reference \"A\" is that of line 2", "line 4: asset",
                           "line 5: amount", "line 6: amount", "line 7: an account cannot",
                           "line 8: 4 fields", "line 9: a quote is never closed"}) {
    EXPECT_NE(errors.find(text), std::string::npos) << text << "\n" << errors;
  }
}

TEST_F(BatchTest, AHeaderIsRequiredAndExact) {
  for (const char* text : {"", "\n\n", "A,1,BANKB:1,CNY,1.00\n", "reference,debit_account\n",
                           "reference,reference,debit_account,credit_account,asset,amount\n",
                           "Reference,debit_account,credit_account,asset,amount\n"}) {
    EXPECT_NE(error_of(text), "") << text;
  }
  EXPECT_EQ(error_of(kHeader), "the file has a header and no payments");
}

TEST_F(BatchTest, AThousandErrorsFillOnePageNotTheDisk) {
  std::string text = kHeader;
  for (int i = 0; i < 1'000; ++i) text += "R" + std::to_string(i) + ",1,BANKB:1,CNY,x\n";

  const std::string errors = error_of(text);

  EXPECT_TRUE(errors.ends_with("and 900 more errors")) << errors.substr(errors.size() - 40);
}

TEST_F(BatchTest, ReferencesOfBulkTransfersDependOnContentPlaceAndPayerOnly) {
  const auto file = read(file_of(5)).value();
  auto changed = file;
  changed.payments[4].record.amount = Amount::from_u64(101);
  const auto parts = make_parts(genesis_.suite, self_, file, kBulkOfTwo).value();
  const auto again = make_parts(genesis_.suite, self_, file, kBulkOfTwo).value();
  const auto other = make_parts(genesis_.suite, self_, changed, kBulkOfTwo).value();
  const auto payer =
      make_parts(genesis_.suite, ledger::ParticipantId{102}, file, kBulkOfTwo).value();

  ASSERT_EQ(parts.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_LE(parts[i].reference.size(), ledger::kReferenceCharsMax);
    EXPECT_EQ(parts[i].reference, again[i].reference);
    EXPECT_NE(parts[i].reference, payer[i].reference);
  }
  EXPECT_NE(parts[0].reference, parts[1].reference);
  EXPECT_EQ(parts[0].reference, other[0].reference);
  EXPECT_NE(parts[2].reference, other[2].reference);
}

TEST_F(BatchTest, AllOrNothingMustFitOneTransaction) {
  BatchOptions options{BatchStyle::kBulk, ledger::BulkMode::kAllOrNothing, 100};
  EXPECT_EQ(make_parts(genesis_.suite, self_, read(file_of(500)).value(), options)->size(), 1U);
  EXPECT_FALSE(make_parts(genesis_.suite, self_, read(file_of(8'191)).value(), options));
}

TEST_F(BatchTest, AQuietDayPaysEverythingOnce) {
  for (const auto& options : {kIndividual, kBulkOfTwo}) {
    fs::remove(folder_ / "journal");
    const auto file = read(file_of(9)).value();
    test::FakeChain chain;
    ASSERT_TRUE(run(chain, file, options).has_value());
    expect_all_paid_once(chain, file, options);
  }
  EXPECT_TRUE(csv_.starts_with("line,reference,status,code,txid,height,index\n2,R0,settled,0,"));
}

TEST_F(BatchTest, LostAnswersDeadNodesAndClosedWindowsPayEverythingOnce) {
  for (const auto& options : {kIndividual, kBulkOfTwo}) {
    for (const Fate bad :
         {Fate::kLoseAnswer, Fate::kDie, Fate::kExpire, Fate::kBusy, Fate::kExecuteExpired}) {
      fs::remove(folder_ / "journal");
      const auto file = read(file_of(12)).value();
      test::FakeChain chain;
      chain.fate = [bad](std::size_t n) { return n % 3 == 1 ? bad : Fate::kSettle; };
      const Status status = run(chain, file, options);
      ASSERT_TRUE(status.has_value()) << status.error().message;
      expect_all_paid_once(chain, file, options);
    }
  }
}

TEST_F(BatchTest, AWalletKilledBeforeAnySubmissionGoesOnAndPaysOnce) {
  const auto file = read(file_of(7)).value();
  for (std::size_t crash = 0; crash < 7; ++crash) {
    for (const Fate last : {Fate::kSettle, Fate::kLoseAnswer}) {
      fs::remove(folder_ / "journal");
      test::FakeChain chain;
      chain.fate = [=](std::size_t n) { return n + 1 == crash ? last : Fate::kSettle; };
      chain.before_submit = [=](std::size_t n) {
        if (n == crash) throw WalletCrash{};
      };
      EXPECT_THROW(static_cast<void>(run(chain, file, kIndividual)), WalletCrash);
      chain.before_submit = nullptr;
      ASSERT_TRUE(run(chain, file, kIndividual).has_value());
      expect_all_paid_once(chain, file, kIndividual);
    }
  }
}

TEST_F(BatchTest, AJournalCutAnywhereAfterItsHeaderLosesNothing) {
  const auto file = read(file_of(4)).value();
  test::FakeChain chain;
  ASSERT_TRUE(run(chain, file, kIndividual).has_value());
  const fs::path path = folder_ / "journal";
  std::ifstream in(path);
  const std::string whole{std::istreambuf_iterator<char>(in), {}};
  const std::size_t references = whole.find('\n') + 1;
  for (std::size_t size = whole.find('\n', references) + 1; size < whole.size(); size += 13) {
    std::ofstream(path, std::ios::trunc) << whole.substr(0, size);
    ASSERT_TRUE(run(chain, file, kIndividual).has_value()) << size;
    expect_all_paid_once(chain, file, kIndividual);
  }
}

TEST_F(BatchTest, NoByteOfAJournalCanChangeUnnoticed) {
  const auto file = read(file_of(1)).value();
  const std::string whole =
      format_header(header_of(file, kIndividual)) + format_result(0, PartResult{});
  ASSERT_TRUE(parse_journal(whole).has_value());
  for (std::size_t i = 0; i + 1 < whole.size(); ++i) {
    std::string bent = whole;
    bent[i] = static_cast<char>(bent[i] ^ 1);
    EXPECT_FALSE(parse_journal(bent).has_value()) << i;
  }
  EXPECT_FALSE(parse_journal("").has_value());
}

TEST_F(BatchTest, AFileBegunInOneWayIsNotContinuedInAnother) {
  const auto file = read(file_of(4)).value();
  test::FakeChain chain;
  ASSERT_TRUE(run(chain, file, kIndividual).has_value());

  const Status status = run(chain, file, kBulkOfTwo);

  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code, Errc::kConflict);
  EXPECT_EQ(chain.acted.size(), 4U);
}

TEST_F(BatchTest, TheSameFileIsNotPaidByTwoRunsAtOnce) {
  const auto file = read(file_of(1)).value();
  const auto first = Journal::open(folder_ / "journal", header_of(file, kIndividual));
  ASSERT_TRUE(first.has_value());

  const auto second = Journal::open(folder_ / "journal", header_of(file, kIndividual));

  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, Errc::kAlreadyRunning);
}

TEST_F(BatchTest, ANetworkThatStaysAwayEndsTheRunWithAnExplanation) {
  const auto file = read(file_of(2)).value();
  test::FakeChain chain;
  chain.fate = [](std::size_t) { return Fate::kDie; };
  patience_ = std::chrono::milliseconds(500);

  const Status status = run(chain, file, kIndividual);

  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code, Errc::kTimeout);
  EXPECT_TRUE(chain.acted.empty());
}

std::size_t payments_made(const test::FakeChain& chain) {
  std::size_t count = 0;
  for (const auto& [reference, times] : chain.acted) count += times;
  return count;
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  return text.replace(text.find(what), what.size(), by);
}

TEST_F(BatchTest, AnEditedFilePaysNoReferenceAgain) {
  const std::string text = file_of(6);
  const std::string edits[] = {
      replaced(text, "R3,1,BANKB:2,CNY,1.00", "R3,1,BANKB:2,CNY,9.00"),        // another amount
      replaced(text, "R0,1,BANKB:2,CNY,1.00\n", ""),                           // all lines move up
      replaced(text, "R0,1,BANKB:2,CNY,1.00\n", "\nR0,1,BANKB:2,CNY,1.00\n"),  // and down
      text + "NEW,1,BANKB:2,CNY,1.00\n",
  };
  for (const auto& first : {kIndividual, kBulkOfTwo}) {
    for (const auto& second : {kIndividual, kBulkOfTwo}) {
      for (const std::string& edited : edits) {
        fs::remove_all(folder_);
        date_ = 20261123;
        test::FakeChain chain;
        ASSERT_TRUE(pay(chain, text, first).has_value());
        const std::size_t made = payments_made(chain);
        date_ = 20261124;

        const Status status = pay(chain, edited, second);

        ASSERT_FALSE(status.has_value()) << edited;
        EXPECT_EQ(status.error().code, Errc::kAlreadyExists) << status.error().message;
        EXPECT_NE(status.error().message.find(": R1, sent with payments.csv of 20261123"),
                  std::string::npos)
            << status.error().message;
        EXPECT_EQ(payments_made(chain), made) << edited;
      }
    }
  }
}

TEST_F(BatchTest, OfAnEditedFileOnlyNewPaysTheNewLinesOnceAndRemembersWhich) {
  const std::string text = file_of(4);
  const std::string edited =
      "reference,debit_account,credit_account,asset,amount\n"
      "NEW,1,BANKB:2,CNY,1.00\n" +
      text.substr(text.find('\n') + 1) + "NEWER,1,BANKB:2,CNY,1.00\n";
  test::FakeChain chain;
  ASSERT_TRUE(pay(chain, text, kIndividual).has_value());
  for (int run = 0; run < 2; ++run) {
    const Status status = pay(chain, edited, kIndividual, run == 0);
    ASSERT_TRUE(status.has_value()) << status.error().message;
    EXPECT_EQ(summary_.payments, 2U);
    EXPECT_EQ(summary_.settled, 2U);
    EXPECT_EQ(payments_made(chain), 6U);
  }
  EXPECT_FALSE(pay(chain, edited + "\n", kIndividual, true).has_value());
}

TEST_F(BatchTest, WhatAnUnfinishedRunMayHaveSentIsNotPaidByAnotherFile) {
  test::FakeChain chain;
  chain.before_submit = [](std::size_t n) {
    if (n == 1) throw WalletCrash{};
  };
  EXPECT_THROW(static_cast<void>(pay(chain, file_of(4), kIndividual)), WalletCrash);
  chain.before_submit = nullptr;

  EXPECT_FALSE(pay(chain, file_of(5), kIndividual).has_value());
  EXPECT_EQ(payments_made(chain), 1U);
}

TEST_F(BatchTest, OnlyProvenRefusalsMayBePaidWithAnotherFile) {
  const auto file = read(file_of(4)).value();
  const auto refused = static_cast<std::uint16_t>(ledger::ResultCode::kInsufficientFunds);
  PartResult partly;
  partly.code = static_cast<std::uint16_t>(ledger::ResultCode::kPartlySettled);
  partly.record_codes = {0, static_cast<std::uint8_t>(refused)};
  PartResult whole;
  whole.code = refused;
  const RunIdentity identity{ledger::chain_id(genesis_), self_};
  const auto write = [&](const BatchOptions& options) {
    std::ofstream(folder_ / "a.journal", std::ios::trunc)
        << format_header(header_of(file, options)) << format_result(0, partly)
        << format_result(1, whole);
  };

  write(kBulkOfTwo);
  const auto bulk = find_earlier_uses(folder_, identity, file);
  ASSERT_TRUE(bulk.has_value());
  ASSERT_EQ(bulk->size(), 1U);
  EXPECT_EQ(bulk->front().payment, 0U);

  write(kIndividual);
  EXPECT_EQ(find_earlier_uses(folder_, identity, file)->size(), 4U);
  EXPECT_TRUE(
      find_earlier_uses(folder_, {identity.chain, ledger::ParticipantId{102}}, file)->empty());
}

TEST_F(BatchTest, NoNewFileIsBegunBesideAJournalThatCannotBeRead) {
  const std::string text = format_header(header_of(read(file_of(1)).value(), kIndividual));
  std::ofstream(folder_ / "old.journal") << replaced(text, "1", "x");
  test::FakeChain chain;

  const Status status = pay(chain, file_of(2), kIndividual);

  ASSERT_FALSE(status.has_value());
  EXPECT_NE(status.error().message.find("old.journal"), std::string::npos);
}

TEST_F(BatchTest, AJournalWithoutAllItsReferencesIsDamaged) {
  auto header = header_of(read(file_of(2'500)).value(), kIndividual);
  const auto whole = parse_journal(format_header(header));
  ASSERT_TRUE(whole.has_value()) << whole.error().message;
  EXPECT_EQ(whole->header, header);
  header.references.pop_back();
  EXPECT_FALSE(parse_journal(format_header(header)).has_value());
}

// The journal is lost: what remains is the chain's memory of each line's own reference.
TEST_F(BatchTest, WithoutAJournalAnIndividualLineActsOnceWhereverItStandsAndAChangedOneConflicts) {
  test::FakeChain chain;
  ASSERT_TRUE(pay(chain, file_of(5), kIndividual).has_value());
  fs::remove_all(folder_);
  const std::string edited = replaced(replaced(file_of(5), "R0,1,BANKB:2,CNY,1.00\n", ""),
                                      "R3,1,BANKB:2,CNY,1.00", "R3,1,BANKB:2,CNY,9.00") +
                             "R0,1,BANKB:2,CNY,1.00\n";

  const Status status = pay(chain, edited, kIndividual);

  ASSERT_TRUE(status.has_value()) << status.error().message;
  EXPECT_EQ(payments_made(chain), 5U);
  EXPECT_EQ(summary_.settled, 4U);
  EXPECT_NE(csv_.find(",R3,reference-conflict,23,"), std::string::npos) << csv_;
}

TEST_F(BatchTest, AnIndividualReferenceThatNoTransactionMayCarryIsRefusedWithItsLine) {
  const auto file = read(kHeader + "OK-1,1,BANKB:2,CNY,1.00\nA_B,1,BANKB:2,CNY,1.00\n" +
                         std::string(36, 'R') + ",1,BANKB:2,CNY,1.00\n")
                        .value();

  const auto parts = make_parts(genesis_.suite, self_, file, kIndividual);

  ASSERT_FALSE(parts.has_value());
  EXPECT_EQ(parts.error().message.find("line 2"), std::string::npos);
  EXPECT_NE(parts.error().message.find("line 3: reference \"A_B\""), std::string::npos);
  EXPECT_NE(parts.error().message.find("line 4"), std::string::npos);
  EXPECT_TRUE(make_parts(genesis_.suite, self_, file, kBulkOfTwo).has_value());
}

TEST_F(BatchTest, AnInterruptedRunEndsAtOnceAndGoesOnLater) {
  test::FakeChain chain;
  sending_.in_flight_max = 2;
  sending_.is_interrupted = [&chain] { return chain.submissions >= 2; };

  const Status status = pay(chain, file_of(9), kIndividual);

  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code, Errc::kCancelled);
  EXPECT_EQ(chain.submissions, 2U);
  sending_.is_interrupted = nullptr;
  ASSERT_TRUE(pay(chain, file_of(9), kIndividual).has_value());
  EXPECT_EQ(summary_.settled, 9U);
  EXPECT_EQ(payments_made(chain), 9U);
}

TEST_F(BatchTest, TheResultFileTellsTheCodeOfEveryRecord) {
  const auto file = read(file_of(3)).value();
  const auto parts = make_parts(genesis_.suite, self_, file, kBulkOfTwo).value();
  PartResult partly;
  partly.code = static_cast<std::uint16_t>(ledger::ResultCode::kPartlySettled);
  partly.record_codes = {0, static_cast<std::uint8_t>(ledger::ResultCode::kInsufficientFunds)};

  const std::string csv = result_csv(file, parts, {{0, partly}}, summary_);

  EXPECT_NE(csv.find("2,R0,settled,0,"), std::string::npos);
  EXPECT_NE(csv.find("3,R1,insufficient-funds,66,"), std::string::npos);
  EXPECT_NE(csv.find("4,R2,open,,,,\n"), std::string::npos);
  EXPECT_EQ(summary_.settled, 1U);
  EXPECT_EQ(summary_.refused, 1U);
  EXPECT_EQ(summary_.open, 1U);
}

// SPEC W-49
TEST_F(BatchTest, LinesOfAChainGoTogetherAndInLinkedModeOnly) {
  const std::string header = "reference,debit_account,credit_account,asset,amount,chain\n";
  const auto file = read(header +
                         "R1,1,BANKB:2,CNY,1.00,a\nR2,1,BANKB:2,CNY,1.00,a\n"
                         "R3,1,BANKB:2,CNY,1.00,\nR4,1,BANKB:2,CNY,1.00,b\n");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_TRUE(file->has_chains);
  BatchOptions options;
  EXPECT_FALSE(make_parts(genesis_.suite, self_, *file, options)) << "chains in another mode";
  options.mode = ledger::BulkMode::kLinked;
  const auto parts = make_parts(genesis_.suite, self_, *file, options);
  ASSERT_TRUE(parts) << parts.error().message;
  ASSERT_EQ(parts->size(), 1u);
  const auto operation = operation_of(*file, parts->front(), options);
  const auto& bulk = std::get<ledger::BulkTransfer>(operation);
  EXPECT_EQ(bulk.mode, ledger::BulkMode::kLinked);
  const auto records = ledger::BulkRecords::parse(bulk.records, true);
  ASSERT_TRUE(records) << records.error().message;
  EXPECT_TRUE(records->at(0).linked);
  EXPECT_FALSE(records->at(1).linked);
  EXPECT_FALSE(records->at(2).linked);
  EXPECT_FALSE(records->at(3).linked);
  EXPECT_FALSE(make_parts(genesis_.suite, self_, *read(file_of(2)), options)) << "no chains";
  EXPECT_NE(error_of(header + "R1,1,BANKB:2,CNY,1.00,a\nR2,1,BANKB:2,CNY,1.00,b\n"
                              "R3,1,BANKB:2,CNY,1.00,a\n")
                .find("line 4: chain \"a\" has ended before"),
            std::string::npos);
}

}  // namespace
}  // namespace huangpu::tools
