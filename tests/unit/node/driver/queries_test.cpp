#include "node/driver/queries.hpp"

#include <gtest/gtest.h>

#include "consensus/codec/block_codec.hpp"
#include "consensus/codec/certificate_codec.hpp"
#include "consensus/codec/hashing.hpp"
#include "crypto/hash/hasher.hpp"
#include "crypto/hash/merkle.hpp"
#include "crypto/hash/mmr.hpp"
#include "ledger/codec/envelope.hpp"
#include "ledger/state/proof.hpp"
#include "ledger/types/state_key.hpp"
#include "ledger/types/state_value.hpp"
#include "node/driver/execution.hpp"
#include "node/replica/first_epoch.hpp"
#include "tests/unit/node/driver/node_folder.hpp"

namespace huangpu::node::test {
namespace {

// Heights 1 to 4; 1 and 3 have certificates, 4 is executed and not certified.
class Reading : public ::testing::Test {
 protected:
  Reading() {
    issue_ = chain_.issue("alice", 100);
    transfer_ = chain_.transfer("alice", "bob", 30);
    late_ = chain_.issue("anna", 7);
    chain_.block({.batches = {{.lane = 0, .envelopes = {issue_}}}});
    chain_.block({.batches = {{.lane = 1, .envelopes = {transfer_, chain_.issue("anna", 1)}}},
                  .certificate = false});
    chain_.block({.batches = {{.lane = 0, .envelopes = {chain_.issue("anna", 2)}}}});
    chain_.block({.batches = {{.lane = 2, .envelopes = {late_}}}, .certificate = false});
    folder_.write_blocks([](const ArchiveEntry& entry) { return entry.height < Height{3}; });
    // Two heights after the restart, so that values below the tip are known.
    EXPECT_TRUE(folder_.open());
    folder_.write_blocks();
    stores_ = folder_.open().value();
    view_.set_executed(Height{4}, commit_of(chain_, Height{4}).timestamp);
    view_.set_certified(Height{3}, commit_of(chain_, Height{3}).timestamp);
    queries_ = std::make_unique<Queries>(
        Queries::Parts{chain_.chain(), chain_info(chain_.genesis()), folder_.stored(stores_),
                       *stores_.state, *stores_.tree, view_});
  }

  ledger::TxId id(const Bytes& envelope) {
    return ledger::transaction_id(chain_info(chain_.genesis()),
                                  ledger::envelope_body(envelope).value());
  }

  // What a client with nothing but the genesis would check.
  void expect_final(const FinalityRecords& records, Height height) {
    const auto suite = chain_.chain().suite;
    const auto commit = consensus::decode_commit_message(records.commit_message).value();
    const auto certificate =
        consensus::decode_commit_certificate(records.commit_certificate).value();
    EXPECT_EQ(commit.height, height);
    if (certificate.message.height == height) {
      EXPECT_EQ(certificate.message, commit);
      EXPECT_TRUE(records.history_path.empty());
      return;
    }
    EXPECT_EQ(records.certified_message, consensus::encode(certificate.message));
    const auto path = crypto::decode_merkle_path(records.history_path).value();
    EXPECT_EQ(path.index, height.value() - 1);
    EXPECT_TRUE(crypto::verify_mmr_path(suite, certificate.message.history_root,
                                        consensus::commit_digest(suite, commit), path));
  }

  ChainBuilder chain_;
  NodeFolder folder_{chain_};
  Bytes issue_, transfer_, late_;
  NodeStores stores_;
  ChainView view_;
  std::unique_ptr<Queries> queries_;
};

TEST_F(Reading, ProvesAnEntryAgainstTheCertifiedRoot) {
  view_.set_certified(Height{4}, commit_of(chain_, Height{4}).timestamp);
  const auto certificate = chain_.certify(commit_of(chain_, Height{4}));
  ASSERT_TRUE(stores_.blocks->append_certificate(Height{4}, consensus::encode(certificate)));
  ASSERT_TRUE(stores_.tree->pin(Height{4}));
  const Bytes key = ledger::balance_key(chain_.account("bob"), chain_.asset());

  const auto answer = queries_->query(key, std::nullopt, true);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->height, Height{4});
  const auto proof = ledger::decode_state_proof(answer->proof).value();
  EXPECT_TRUE(ledger::verify_state_proof(
      chain_.chain().suite, commit_of(chain_, Height{4}).state_root, key, answer->value, proof));
  expect_final(*answer->finality, Height{4});
  stores_.tree->unpin(Height{4});
}

TEST_F(Reading, AnswersOnlyForCertifiedHeights) {
  const Bytes key = ledger::balance_key(chain_.account("bob"), chain_.asset());
  EXPECT_EQ(queries_->query(key, Height{4}, false).error().code, Errc::kOutOfRange);
  EXPECT_EQ(queries_->query(key, Height{1'000'000}, false).error().code, Errc::kOutOfRange);
  const auto answer = queries_->query(key, std::nullopt, false);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->height, Height{3});
  EXPECT_TRUE(answer->value);
}

TEST_F(Reading, SaysThatAnOldHeightIsNoLongerHeld) {
  const Bytes key = ledger::balance_key(chain_.account("bob"), chain_.asset());
  EXPECT_EQ(queries_->query(key, Height{1}, false).error().code, Errc::kOutOfRange);
  // Height 3 can be read, but no tree of it is pinned.
  EXPECT_EQ(queries_->query(key, Height{3}, true).error().code, Errc::kOutOfRange);
}

TEST_F(Reading, ProvesNothingAboutGenesis) {
  view_.set_certified(Height{0}, TimestampMs{0});
  EXPECT_EQ(queries_->query(ledger::asset_key(chain_.asset()), std::nullopt, true).error().code,
            Errc::kNotFound);
}

TEST_F(Reading, ProvesFinalityByTheCertificateAbove) {
  for (const std::uint64_t height : {1U, 2U, 3U}) {
    const auto records = queries_->finality(Height{height});
    ASSERT_TRUE(records) << records.error().message;
    expect_final(**records, Height{height});
  }
  EXPECT_EQ((*queries_->finality(Height{0}))->height, Height{3}) << "0 means the newest";
  EXPECT_EQ(queries_->finality(Height{4}).error().code, Errc::kNotFound);
}

TEST_F(Reading, GivesAReceiptWithItsPath) {
  const auto answer = queries_->receipt(id(transfer_));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->height, Height{2});
  EXPECT_EQ(answer->code, 0);
  EXPECT_EQ(answer->body, ledger::envelope_body(transfer_).value());
  const auto path = crypto::decode_merkle_path(answer->path).value();
  EXPECT_EQ(path.index, answer->index);
  EXPECT_TRUE(crypto::verify_merkle_path(
      chain_.chain().suite, commit_of(chain_, Height{2}).receipts_root, answer->receipt, path));
  expect_final(*answer->finality, Height{2});
}

TEST_F(Reading, GivesNoReceiptBeforeACertificateCoversIt) {
  EXPECT_EQ(queries_->receipt(id(late_)).error().code, Errc::kNotFound);
  EXPECT_EQ(queries_->receipt({}).error().code, Errc::kNotFound);
}

TEST_F(Reading, TellsHowFarATransactionIs) {
  const auto done = queries_->find_transaction(id(transfer_));
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->stage, TransactionStage::kFinal);
  EXPECT_EQ(done->height, Height{2});
  EXPECT_EQ(done->certificate_height, Height{3});
  EXPECT_EQ(done->submitter, ledger::ParticipantId(2));
  const auto open = queries_->find_transaction(id(late_));
  ASSERT_TRUE(open) << open.error().message;
  EXPECT_EQ(open->stage, TransactionStage::kExecuted);
  EXPECT_EQ(queries_->find_transaction({}).error().code, Errc::kNotFound);
}

// The owner of lane 1 signed two batches for position 1; the one that no block names came first.
TEST_F(Reading, FindsABodyInTheBatchThatWasOrderedAlthoughAnotherCameFirst) {
  queries_.reset();
  stores_ = {};
  folder_.write_blocks([](const ArchiveEntry&) { return false; });
  folder_.add_batch(1, LanePosition{1}, {}, {chain_.issue("bob", 5)}, true);
  folder_.append_blocks();
  stores_ = folder_.open().value();
  const Queries queries({chain_.chain(), chain_info(chain_.genesis()), folder_.stored(stores_),
                         *stores_.state, *stores_.tree, view_});

  const auto receipt = queries.receipt(id(transfer_));
  ASSERT_TRUE(receipt) << receipt.error().message;
  EXPECT_EQ(receipt->body, ledger::envelope_body(transfer_).value());
  EXPECT_TRUE(queries.find_transaction(id(transfer_)));
}

TEST_F(Reading, GivesBlocksUpToTheExecutedOne) {
  const auto block = queries_->block(Height{2});
  ASSERT_TRUE(block) << block.error().message;
  EXPECT_EQ(block->transaction_count, 2U);
  EXPECT_EQ(block->block, consensus::encode(block_of(chain_, Height{2}).stored.block));
  EXPECT_TRUE(queries_->block(Height{4}));
  EXPECT_EQ(queries_->block(Height{0}).error().code, Errc::kNotFound);
  EXPECT_EQ(queries_->block(Height{5}).error().code, Errc::kNotFound);
}

TEST_F(Reading, GivesEventReadersCertifiedBlocksWhole) {
  const auto block = queries_->certified_block(Height{2});
  ASSERT_TRUE(block) << block.error().message;
  ASSERT_EQ((*block)->transactions.size(), 2U);
  EXPECT_EQ((*block)->transactions.front().txid, id(transfer_));
  EXPECT_EQ(*queries_->certified_block(Height{2}), *block) << "the block is read once and shared";
  EXPECT_EQ(queries_->certified_block(Height{4}).error().code, Errc::kNotFound);
  EXPECT_EQ(queries_->certified_block(Height{0}).error().code, Errc::kNotFound);
}

// A certificate may come before the block store's own record of the result is written.
TEST_F(Reading, DoesNotWaitForTheRecordOfAResult) {
  queries_.reset();
  stores_ = {};
  folder_.write_blocks([](const ArchiveEntry& entry) {
    return entry.height != Height{4} || entry.key.kind != ledger::RecordKind::kCommit;
  });
  stores_ = folder_.open().value();
  const Queries queries({chain_.chain(), chain_info(chain_.genesis()), folder_.stored(stores_),
                         *stores_.state, *stores_.tree, view_});
  EXPECT_TRUE(queries.block(Height{4}));
}

TEST_F(Reading, KnowsNoReferenceThatWasNeverUsed) {
  EXPECT_EQ(
      queries_->find_reference({ledger::ParticipantId(2), "invoice-1", 20261123}).error().code,
      Errc::kNotFound);
  EXPECT_FALSE(queries_->find_reference({ledger::ParticipantId(2), "invoice-1", 20261399}));
}

}  // namespace
}  // namespace huangpu::node::test
