#include "node/driver/node_stores.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "consensus/codec/certificate_codec.hpp"
#include "consensus/codec/hashing.hpp"
#include "tests/unit/node/driver/node_folder.hpp"

namespace huangpu::node::test {
namespace {

using ledger::RecordKind;

class Recovery : public ::testing::Test {
 protected:
  Recovery() {
    chain_.block({.batches = {{.lane = 0, .envelopes = {chain_.issue("alice", 100)}}}});
    chain_.block({.batches = {{.lane = 1, .envelopes = {chain_.transfer("alice", "bob", 30)}},
                              {.lane = 2, .envelopes = {chain_.issue("anna", 5)}}}});
    chain_.block({.batches = {{.lane = 1, .envelopes = {chain_.transfer("bob", "anna", 10)}}}});
  }

  // Opens and closes once, so that the state stands at the newest block.
  void execute_once() {
    folder_.write_blocks();
    const auto stores = folder_.open();
    ASSERT_TRUE(stores) << stores.error().message;
  }

  void expect_level(const Result<NodeStores>& stores, std::uint64_t height) {
    ASSERT_TRUE(stores) << stores.error().message;
    EXPECT_EQ(stores->executor->height(), Height{height});
    EXPECT_EQ(stores->tree->root(), commit_of(chain_, Height{height}).state_root);
    EXPECT_EQ(stores->chain->history().count(), height);
    EXPECT_EQ(folder_.stored(*stores).commit(Height{height}).value(),
              commit_of(chain_, Height{height}));
  }

  ChainBuilder chain_;
  NodeFolder folder_{chain_};
};

TEST_F(Recovery, OfAnEmptyFolderStandsAtGenesis) {
  const auto stores = folder_.open();
  ASSERT_TRUE(stores) << stores.error().message;
  EXPECT_EQ(stores->executor->height(), Height{0});
  ledger::StateTree tree(chain_.genesis().suite);
  EXPECT_EQ(stores->tree->root(), ledger::apply_genesis(chain_.genesis(), tree).value().state_root);
}

TEST_F(Recovery, ExecutesWhatTheBlockStoreHolds) {
  folder_.write_blocks();
  expect_level(folder_.open(), 3);
}

TEST_F(Recovery, ExecutesNothingAgainAfterAnOrderlyStop) {
  execute_once();
  expect_level(folder_.open(), 3);
  EXPECT_TRUE(folder_.notes().empty()) << folder_.notes().front();
}

TEST_F(Recovery, MakesADeletedStateStoreAgain) {
  execute_once();
  std::filesystem::remove_all(folder_.state());
  expect_level(folder_.open(), 3);
}

TEST_F(Recovery, MakesADamagedStateStoreAgain) {
  execute_once();
  std::ofstream(folder_.state() / "CURRENT") << "no manifest";
  expect_level(folder_.open(), 3);
  EXPECT_FALSE(folder_.notes().empty());
}

TEST_F(Recovery, MakesAStateStoreAgainThatIsAheadOfTheBlocks) {
  execute_once();
  folder_.write_blocks([](const ArchiveEntry& entry) { return entry.height < Height{3}; });
  expect_level(folder_.open(), 2);
}

TEST_F(Recovery, MakesAStateStoreAgainThatExecutedAnotherBlock) {
  execute_once();
  ChainBuilder other;
  other.block({.batches = {{.lane = 0, .envelopes = {other.issue("bob", 1)}}}});
  other.block({.batches = {{.lane = 0, .envelopes = {other.issue("bob", 2)}}}});
  other.block({.batches = {{.lane = 0, .envelopes = {other.issue("bob", 3)}}}});
  chain_.entries() = other.entries();
  folder_.write_blocks();
  expect_level(folder_.open(), 3);
}

// The result is recorded without a sync of its own, behind the state's commit.
TEST_F(Recovery, RecordsResultsAgainThatACrashLost) {
  execute_once();
  folder_.write_blocks([](const ArchiveEntry& entry) {
    return entry.key.kind != RecordKind::kCommit || entry.height < Height{2};
  });
  expect_level(folder_.open(), 3);
  EXPECT_TRUE(folder_.notes().empty()) << folder_.notes().front();
  const auto stores = folder_.open();
  ASSERT_TRUE(stores);
  EXPECT_EQ(folder_.stored(*stores).commit(Height{2}).value(), commit_of(chain_, Height{2}));
}

TEST_F(Recovery, MakesAStateStoreAgainWhoseHistoryIsWrong) {
  {
    const auto stores = folder_.open();
    ASSERT_TRUE(stores) << stores.error().message;
    for (std::uint64_t height = 1; height <= 2; ++height) {
      ExecuteBlock block = execution_of(chain_, Height{height});
      const auto outcome = stores->chain->execute(block.stored.block, block.hash, block.batches);
      ASSERT_TRUE(outcome) << outcome.error().message;
      ledger::BlockCommit commit = block_commit(*outcome);
      if (height == 1) commit.mmr_nodes.front().digest = crypto::Digest::from(Bytes(32, 7));
      ASSERT_TRUE(stores->state->commit(commit));
    }
  }
  folder_.write_blocks();
  expect_level(folder_.open(), 3);
  EXPECT_FALSE(folder_.notes().empty());
}

TEST_F(Recovery, RefusesToStartWhenItComputesAnotherResultThanAQuorum) {
  chain_.block({.batches = {{.lane = 0, .envelopes = {chain_.issue("alice", 1)}}},
                .edit_commit = [](consensus::CommitMessage& message) {
                  message.state_root = crypto::Digest::from(Bytes(32, 1));
                }});
  folder_.write_blocks(
      [](const ArchiveEntry& entry) { return entry.key.kind != RecordKind::kCommit; });
  const auto stores = folder_.open();
  ASSERT_FALSE(stores);
  EXPECT_EQ(stores.error().code, Errc::kDiverged);
  EXPECT_NE(stores.error().message.find("height 4"), std::string::npos);
  EXPECT_NE(stores.error().message.find("quorum"), std::string::npos);
}

TEST_F(Recovery, RefusesToStartWhenItComputesAnotherResultThanBefore) {
  chain_.block({.batches = {{.lane = 0, .envelopes = {chain_.issue("alice", 1)}}},
                .certificate = false,
                .edit_commit = [](consensus::CommitMessage& message) {
                  message.receipts_root = crypto::Digest::from(Bytes(32, 1));
                }});
  folder_.write_blocks();
  const auto stores = folder_.open();
  ASSERT_FALSE(stores);
  EXPECT_EQ(stores.error().code, Errc::kDiverged);
}

// A state that agrees with a forged record of its own would hide the difference.
TEST_F(Recovery, RefusesToStartWhenTheStandingStateContradictsACertificate) {
  execute_once();
  for (ArchiveEntry& entry : chain_.entries()) {
    if (entry.height != Height{3} || entry.key.kind != RecordKind::kCertificate) continue;
    consensus::CommitMessage forged = commit_of(chain_, Height{3});
    forged.state_root = crypto::Digest::from(Bytes(32, 2));
    entry.payload = consensus::encode(chain_.certify(forged));
  }
  folder_.write_blocks();
  const auto stores = folder_.open();
  ASSERT_FALSE(stores);
  EXPECT_EQ(stores.error().code, Errc::kDiverged);
}

TEST_F(Recovery, ReadsBatchesInTheOrderOfExecution) {
  folder_.write_blocks();
  const auto stores = folder_.open();
  ASSERT_TRUE(stores) << stores.error().message;
  const StoredChain stored = folder_.stored(*stores);
  const auto before = stored.tips_after(Height{1}, 4).value();
  const consensus::BlockRecord block = stored.block(Height{2}).value();

  const auto batches = stored.decoded_batches_of(block.stored.block, before);
  ASSERT_TRUE(batches) << batches.error().message;
  const ExecuteBlock expected = execution_of(chain_, Height{2});
  ASSERT_EQ(batches->size(), expected.batches.size());
  for (std::size_t i = 0; i < batches->size(); ++i) {
    EXPECT_EQ((*batches)[i]->envelopes.at(0).txid, expected.batches[i]->envelopes.at(0).txid);
  }
}

TEST_F(Recovery, KnowsLaneTipsAfterEveryBlock) {
  folder_.write_blocks();
  const auto stores = folder_.open();
  ASSERT_TRUE(stores) << stores.error().message;
  const StoredChain stored = folder_.stored(*stores);
  EXPECT_EQ(stored.tips_after(Height{0}, 4).value(), std::vector<consensus::LaneTip>(4));
  EXPECT_EQ(stored.tips_after(Height{3}, 4).value(), block_of(chain_, Height{3}).tips);
  EXPECT_EQ(stored.tips_after(Height{3}, 5).error().code, Errc::kCorrupt);
  EXPECT_EQ(stored.tips_after(Height{4}, 4).error().code, Errc::kNotFound);
}

TEST_F(Recovery, RefusesACutThatGoesBack) {
  folder_.write_blocks();
  const auto stores = folder_.open();
  ASSERT_TRUE(stores) << stores.error().message;
  const StoredChain stored = folder_.stored(*stores);
  const consensus::BlockRecord block = stored.block(Height{2}).value();
  EXPECT_EQ(stored.batches_of(block.stored.block, block.tips).error().code, Errc::kCorrupt);
}

TEST_F(Recovery, NamesABatchThatIsMissing) {
  folder_.write_blocks([](const ArchiveEntry& entry) {
    return entry.key.kind != RecordKind::kBatch || entry.height < Height{2};
  });
  const auto stores = folder_.open();
  ASSERT_FALSE(stores);
  EXPECT_EQ(stores.error().code, Errc::kNotFound);
}

}  // namespace
}  // namespace huangpu::node::test
