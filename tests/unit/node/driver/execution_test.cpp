#include "node/driver/execution.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <optional>
#include <vector>

#include "consensus/codec/block_record.hpp"
#include "consensus/codec/certificate_codec.hpp"
#include "consensus/core/leader_schedule.hpp"
#include "ledger/codec/envelope.hpp"
#include "node/replica/first_epoch.hpp"
#include "tests/unit/node/driver/node_folder.hpp"

namespace huangpu::node::test {
namespace {

class Executing : public ::testing::Test {
 protected:
  Executing() : leaders_(chain_.chain().suite, chain_.chain().genesis, 4, 1) {
    issue_ = chain_.issue("alice", 100);
    chain_.block({.batches = {{.lane = 0, .envelopes = {issue_}}}});
    chain_.block({.batches = {{.lane = 1, .envelopes = {chain_.transfer("alice", "bob", 1)}}},
                  .nullified_views = 1});
    stores_ = folder_.open().value();
    writer_.emplace(*stores_.blocks, [](const Error&) {});
    execution_ = open(std::nullopt).value();
    subscription_ =
        feed_.subscribe([this](Height height) { tell([&] { published_.push_back(height); }); });
  }
  ~Executing() override {
    writer_->stop();
    execution_->stop();
  }

  [[nodiscard]] Result<std::unique_ptr<Execution>> open(
      const std::optional<consensus::CommitMessage>& newest) {
    return Execution::open(
        Execution::Parts{stores_, *writer_, view_, tracker_, feed_, metrics_,
                         [this](const consensus::BlockHeader&, View view) {
                           return std::to_string(leaders_.leader(view).value());
                         },
                         [this](consensus::CommitMessage message, const SharedPlan&) {
                           tell([&] { results_.push_back(std::move(message)); });
                         },
                         [](const ledger::TxId&) -> Result<TransactionUpdate> {
                           return fail(Errc::kNotFound, "no such transaction");
                         },
                         [this] { tell([&] { ++registry_changes_; }); },
                         [this](const Error& error) { tell([&] { failures_.push_back(error); }); }},
        newest);
  }

  template <class Change>
  void tell(Change change) {
    {
      const std::lock_guard lock(mutex_);
      change();
    }
    changed_.notify_all();
  }
  template <class Condition>
  [[nodiscard]] bool eventually(Condition condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(30), condition);
  }

  void store(std::uint64_t height) {
    StoreWriter::Item item;
    item.key.kind = ledger::RecordKind::kBlock;
    item.key.height = Height{height};
    item.key.digest = execution_of(chain_, Height{height}).hash;
    item.payload =
        std::make_shared<const Bytes>(consensus::encode(block_of(chain_, Height{height})));
    writer_->append(std::move(item));
  }

  ChainBuilder chain_;
  NodeFolder folder_{chain_};
  Bytes issue_;
  NodeStores stores_;
  consensus::LeaderSchedule leaders_;
  ChainView view_;
  TransactionTracker tracker_;
  FinalityFeed feed_;
  Metrics metrics_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<consensus::CommitMessage> results_;  // guarded by mutex_, as what follows
  std::vector<Error> failures_;
  std::vector<Height> published_;
  int registry_changes_ = 0;
  std::optional<StoreWriter> writer_;
  std::unique_ptr<Execution> execution_;
  FinalityFeed::Subscription subscription_;
};

TEST_F(Executing, GivesConsensusTheResultAndCommitsOnlyWhenTheBlockIsDurable) {
  execution_->certify(commit_of(chain_, Height{1}));
  execution_->execute(execution_of(chain_, Height{1}));
  ASSERT_TRUE(eventually([&] { return results_.size() == 1; }));
  EXPECT_EQ(results_.front(), commit_of(chain_, Height{1}));
  EXPECT_EQ(stores_.state->exec_tip()->height, Height{0});
  EXPECT_EQ(view_.executed(), Height{0});
  EXPECT_TRUE(published_.empty());

  store(1);
  ASSERT_TRUE(eventually([&] { return published_.size() == 1; }));
  EXPECT_EQ(stores_.state->exec_tip()->height, Height{1});
  EXPECT_EQ(view_.executed(), Height{1});
  EXPECT_EQ(published_.front(), Height{1});
  EXPECT_EQ(view_.certified_time(), commit_of(chain_, Height{1}).timestamp);
}

TEST_F(Executing, PublishesNothingThatNoCertificateCovers) {
  store(1);
  store(2);
  execution_->execute(execution_of(chain_, Height{1}));
  execution_->execute(execution_of(chain_, Height{2}));
  execution_->certify(commit_of(chain_, Height{1}));
  ASSERT_TRUE(eventually([&] { return !published_.empty(); }));
  execution_->stop();
  EXPECT_EQ(published_, std::vector<Height>{Height{1}});
  EXPECT_EQ(view_.certified(), Height{1});
  EXPECT_EQ(view_.executed(), Height{2});
}

TEST_F(Executing, PublishesNothingBelowACertificateThatItHasNotExecutedUpTo) {
  store(1);
  store(2);
  execution_->certify(commit_of(chain_, Height{2}));
  execution_->execute(execution_of(chain_, Height{1}));
  execution_->execute(execution_of(chain_, Height{2}));
  ASSERT_TRUE(eventually([&] { return !published_.empty(); }));
  execution_->stop();
  EXPECT_EQ(published_, std::vector<Height>{Height{2}}) << "height 1 could still disagree";
}

// The certificate is there first: nobody may be told that the own result is final.
TEST_F(Executing, CallsNothingFinalThatAQuorumComputedDifferently) {
  consensus::CommitMessage other = commit_of(chain_, Height{1});
  other.state_root = crypto::Digest::from(Bytes(32, 7));
  store(1);
  execution_->certify(other);
  execution_->execute(execution_of(chain_, Height{1}));
  ASSERT_TRUE(eventually([&] { return !failures_.empty(); }));
  execution_->stop();
  EXPECT_EQ(failures_.front().code, Errc::kDiverged);
  EXPECT_TRUE(published_.empty());
  EXPECT_EQ(view_.certified(), Height{0});
}

TEST_F(Executing, FindsOutAfterwardsThatAQuorumComputedDifferently) {
  store(1);
  execution_->execute(execution_of(chain_, Height{1}));
  consensus::CommitMessage other = commit_of(chain_, Height{1});
  other.receipts_root = crypto::Digest::from(Bytes(32, 7));
  execution_->certify(other);
  ASSERT_TRUE(eventually([&] { return !failures_.empty(); }));
  EXPECT_EQ(failures_.front().code, Errc::kDiverged);
  EXPECT_TRUE(published_.empty());
}

TEST_F(Executing, DoesNotBeginBesideACertificateThatCannotBeRead) {
  execution_->stop();
  writer_->stop();
  const Bytes certificate = consensus::encode(chain_.certify(commit_of(chain_, Height{1})));
  ledger::RecordKey key;
  key.kind = ledger::RecordKind::kCertificate;
  key.height = Height{1};
  ASSERT_TRUE(stores_.blocks->append(key, certificate));
  ASSERT_TRUE(stores_.blocks->sync());
  view_.set_executed(Height{1}, commit_of(chain_, Height{1}).timestamp);
  ASSERT_TRUE(stores_.blocks->get_certificate(Height{1}));

  std::size_t damaged = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder_.blocks())) {
    if (!file.is_regular_file()) continue;
    std::fstream stream(file.path(), std::ios::in | std::ios::out | std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    const auto at = bytes.find(std::string(certificate.begin(), certificate.end()));
    if (at == std::string::npos) continue;
    stream.clear();
    stream.seekp(static_cast<std::streamoff>(at));
    stream.put(static_cast<char>(bytes[at] ^ 1));
    ++damaged;
  }
  ASSERT_EQ(damaged, 1U);
  EXPECT_EQ(open(commit_of(chain_, Height{1})).error().code, Errc::kCorrupt);
}

TEST_F(Executing, TellsTheTrackerEveryStage) {
  const auto id =
      ledger::transaction_id(chain_info(chain_.genesis()), ledger::envelope_body(issue_).value());
  std::vector<TransactionStage> stages;
  const auto watch = tracker_.watch(
      id, [&](const TransactionUpdate& update) { tell([&] { stages.push_back(update.stage); }); });
  ASSERT_TRUE(watch);
  store(1);
  execution_->execute(execution_of(chain_, Height{1}));
  execution_->certify(commit_of(chain_, Height{1}));
  ASSERT_TRUE(eventually([&] { return stages.size() == 3; }));
  EXPECT_EQ(stages, (std::vector{TransactionStage::kOrdered, TransactionStage::kExecuted,
                                 TransactionStage::kFinal}));
}

TEST_F(Executing, CountsWhatBecomesFinal) {
  store(1);
  store(2);
  execution_->execute(execution_of(chain_, Height{1}));
  execution_->execute(execution_of(chain_, Height{2}));
  execution_->certify(commit_of(chain_, Height{2}));
  ASSERT_TRUE(eventually([&] { return !published_.empty() && published_.back() == Height{2}; }));
  const std::string text = metrics_.text();
  EXPECT_NE(text.find("huangpu_tx_final_total{type=\"issue\"} 1"), std::string::npos) << text;
  EXPECT_NE(text.find("huangpu_tx_final_total{type=\"transfer\"} 1"), std::string::npos);
  EXPECT_NE(text.find("huangpu_consensus_views_nullified_total{leader="), std::string::npos);
  EXPECT_NE(text.find("huangpu_consensus_finality_seconds_count 2"), std::string::npos);
}

TEST_F(Executing, SaysWhenTheRegistryOfCertificatesChanges) {
  chain_.block(
      {.batches = {{.lane = 0,
                    .envelopes = {chain_.envelope(
                        "alpha", ledger::RegisterCertificate{
                                     ledger::CertificatePin{crypto::Digest::from(Bytes(32, 3))},
                                     ledger::Role::kParticipant})}}}});
  for (std::uint64_t height = 1; height <= 3; ++height) {
    store(height);
    execution_->execute(execution_of(chain_, Height{height}));
  }
  execution_->certify(commit_of(chain_, Height{3}));
  ASSERT_TRUE(eventually([&] { return !published_.empty() && published_.back() == Height{3}; }));
  EXPECT_EQ(registry_changes_, 1);
}

TEST_F(Executing, StopsForGoodAtTheFirstFailure) {
  execution_->execute(execution_of(chain_, Height{2}));  // height 1 was never executed
  execution_->execute(execution_of(chain_, Height{1}));
  ASSERT_TRUE(eventually([&] { return !failures_.empty(); }));
  execution_->stop();
  EXPECT_EQ(failures_.size(), 1U);
  EXPECT_TRUE(results_.empty());
}

TEST_F(Executing, GivesUpWhenTheBlockNeverBecomesDurable) {
  execution_->execute(execution_of(chain_, Height{1}));
  ASSERT_TRUE(eventually([&] { return results_.size() == 1; }));
  writer_->stop();
  ASSERT_TRUE(eventually([&] { return failures_.size() == 1; }));
  EXPECT_EQ(stores_.state->exec_tip()->height, Height{0});
}

}  // namespace
}  // namespace huangpu::node::test
