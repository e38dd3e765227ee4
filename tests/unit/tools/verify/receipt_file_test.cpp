// Goal: a true receipt verifies without a node, and no byte of it can change unnoticed.
#include "tools/verify/receipt_file.hpp"

#include <gtest/gtest.h>

#include <set>

#include "consensus/codec/hashing.hpp"
#include "crypto/sign/verifier.hpp"
#include "node/replica/first_epoch.hpp"
#include "tests/unit/tools/support/proof_world.hpp"
#include "tools/verify/first_epoch.hpp"

namespace huangpu::tools {
namespace {

using test::paper_genesis;
using test::paper_receipt;
using test::PaperReceipt;

class ReceiptFileTest : public testing::Test {
 protected:
  ProofChecker::ReceiptReport check(std::string_view text) const {
    return verify_receipt_text(checker_, text);
  }
  std::string failed_step(const ReceiptFile& file) const {
    const auto report = check(format_receipt_file(file));
    return report.holds() ? "none" : report.steps.back().name;
  }

  const ledger::Genesis genesis_ = paper_genesis();
  const ProofChecker checker_ = ProofChecker::make(genesis_, crypto::default_verifier()).value();
};

TEST_F(ReceiptFileTest, ATrueReceiptHoldsAndTellsWhatWasPaid) {
  const auto report = check(format_receipt_file(paper_receipt(genesis_)));

  ASSERT_TRUE(report.holds()) << report.steps.back().name << report.steps.back().detail;
  EXPECT_EQ(std::get<ledger::Transfer>(report.body->operation).amount, Amount::from_u64(125'000));
  EXPECT_EQ(report.signers, (std::vector<std::string>{"v0", "v1", "v3"}));
}

TEST_F(ReceiptFileTest, ALaterCertificateProvesAnEarlierHeightThroughItsHistory) {
  const auto report =
      check(format_receipt_file(paper_receipt(genesis_, {.height = 2, .certified_height = 9})));

  EXPECT_TRUE(report.holds()) << report.steps.back().detail;
}

TEST_F(ReceiptFileTest, NoByteOfTheTextCanChange) {
  for (const PaperReceipt& shape : {PaperReceipt{}, PaperReceipt{2, 4, {0, 1, 2}}}) {
    const std::string text = format_receipt_file(paper_receipt(genesis_, shape));
    ASSERT_TRUE(check(text).holds());
    std::set<std::string> steps;
    for (std::size_t i = 0; i < text.size(); ++i) {
      std::string bent = text;
      // Hexadecimal digits become others, so that the change gets beyond the parser.
      bent[i] = bent[i] == '0' ? '1' : bent[i] == 'a' ? 'b' : static_cast<char>(bent[i] ^ 1);
      const auto report = check(bent);
      ASSERT_FALSE(report.holds()) << "byte " << i << " of " << text;
      ASSERT_FALSE(report.steps.back().name.empty());
      steps.insert(report.steps.back().name);
    }
    for (const char* step : {"file", "chain", "transaction", "receipt", "path", "certificate"}) {
      EXPECT_TRUE(steps.contains(step)) << step;
    }
  }
}

TEST_F(ReceiptFileTest, NothingCanBeCutOffOrAdded) {
  const std::string text = format_receipt_file(paper_receipt(genesis_));
  for (std::size_t size = 0; size < text.size(); size += 7) {
    EXPECT_FALSE(check(text.substr(0, size)).holds()) << size;
  }
  EXPECT_FALSE(check(text + " ").holds());
  EXPECT_FALSE(check(text + text).holds());
}

TEST_F(ReceiptFileTest, TwoOfFourValidatorsAreNoQuorum) {
  EXPECT_EQ(failed_step(paper_receipt(genesis_, {.signers = {0, 1}})), "certificate");
}

TEST_F(ReceiptFileTest, AReceiptOfAnotherTransactionIsNamed) {
  auto file = paper_receipt(genesis_);
  auto receipt = ledger::decode_receipt(file.records.receipt).value();
  receipt.txid = ledger::TxId{};
  file.records.receipt = ledger::encode_receipt(receipt);

  EXPECT_EQ(failed_step(file), "receipt");
}

TEST_F(ReceiptFileTest, ABetterResultThanTheCertifiedOneIsNamed) {
  auto file = paper_receipt(genesis_);
  auto receipt = ledger::decode_receipt(file.records.receipt).value();
  receipt.code = ledger::ResultCode::kInsufficientFunds;
  file.records.receipt = ledger::encode_receipt(receipt);

  EXPECT_EQ(failed_step(file), "path");
}

TEST_F(ReceiptFileTest, AHistoryPathThatNothingNeedsIsNamed) {
  auto file = paper_receipt(genesis_);
  file.records.finality.history_path = file.records.path;

  EXPECT_NE(failed_step(file), "none");
}

TEST_F(ReceiptFileTest, AnotherChainIsNamed) {
  auto other = genesis_;
  other.chain_name = "elsewhere";

  EXPECT_EQ(failed_step(paper_receipt(other)), "chain");
}

TEST_F(ReceiptFileTest, AnotherVersionIsRefusedByName) {
  std::string text = format_receipt_file(paper_receipt(genesis_));
  text.replace(text.find("\"version\": 1"), 12, "\"version\": 2");

  const auto parsed = parse_receipt_file(text);

  ASSERT_FALSE(parsed.has_value());
  EXPECT_EQ(parsed.error().code, Errc::kUnsupportedVersion);
}

TEST_F(ReceiptFileTest, DeepNestingIsRefusedWithoutRecursion) {
  EXPECT_FALSE(parse_receipt_file(std::string(100'000, '[')).has_value());
  EXPECT_FALSE(parse_receipt_file("{\"format\":" + std::string(100'000, '{')).has_value());
}

TEST(FirstEpoch, IsTheOneTheNodeDerives) {
  auto genesis = paper_genesis();
  genesis.consensus.finality_lag_blocks = 5;
  genesis.consensus.view_window = 2;
  genesis.consensus.propose_timeout_ms = 111;
  genesis.consensus.certify_timeout_ms = 333;
  genesis.consensus.repropose_timeout_ms = 334;
  genesis.consensus.skip_timeout_ms = 3'333;
  genesis.consensus.backoff_cap = 17;
  genesis.consensus.drift_max_ms = 777;
  genesis.consensus.batch_bytes_max = (1U << 20) + 1;
  genesis.consensus.batch_envelopes_max = 1'234;
  genesis.consensus.lane_unordered_max = 43;
  genesis.consensus.cut_batches_max = 21;
  genesis.consensus.cut_transfers_max = 98'765;
  const auto ours = first_epoch(genesis);
  const auto theirs = node::first_epoch(genesis);

  ASSERT_TRUE(ours.has_value()) << ours.error().message;
  ASSERT_TRUE(theirs.has_value());
  EXPECT_EQ(*ours, *theirs);
  EXPECT_EQ(consensus::epoch_hash(genesis.suite, *ours),
            consensus::epoch_hash(genesis.suite, *theirs));
}

}  // namespace
}  // namespace huangpu::tools
