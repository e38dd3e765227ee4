#include "node/driver/store_writer.hpp"

#include <gtest/gtest.h>

#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/fault_file_system.hpp"

namespace huangpu::node {
namespace {

using huangpu::test::FaultFileSystem;
using huangpu::test::Operation;
using ledger::RecordKind;

class BlockWriter : public ::testing::Test {
 protected:
  BlockWriter() {
    EXPECT_TRUE(files_.create_directories("blocks"));
    ledger::BlockStoreOptions options;
    options.directory = "blocks";
    store_ = ledger::BlockStore::open(files_, options).value();
    writer_.emplace(*store_, [this](const Error& error) {
      const std::lock_guard lock(mutex_);
      events_.push_back("failed: " + std::string(errc_text(error.code)));
    });
  }

  static StoreWriter::Item block(std::uint64_t height, std::function<void()> done = {}) {
    StoreWriter::Item item;
    item.key.kind = RecordKind::kBlock;
    item.key.height = Height{height};
    item.key.digest = crypto::Digest::from(Bytes(32, static_cast<std::uint8_t>(height)));
    item.payload = std::make_shared<const Bytes>(100, 1);
    item.done = std::move(done);
    return item;
  }

  void note(const std::string& event) {
    const std::lock_guard lock(mutex_);
    events_.push_back(event);
  }

  FaultFileSystem files_;
  std::mutex mutex_;
  std::vector<std::string> events_;  // guarded by mutex_ while the writer runs
  std::unique_ptr<ledger::BlockStore> store_;
  std::optional<StoreWriter> writer_;
};

TEST_F(BlockWriter, SyncsOnceForAllThatCameDuringAnotherSync) {
  std::promise<void> entered;
  std::promise<void> leave;
  writer_->append(block(1, [&] {
    entered.set_value();
    leave.get_future().wait();
  }));
  entered.get_future().wait();
  const std::uint64_t before = files_.sync_count();
  for (std::uint64_t height = 2; height <= 20; ++height) writer_->append(block(height));
  leave.set_value();
  ASSERT_TRUE(writer_->wait_for_block(Height{20}));
  EXPECT_EQ(files_.sync_count(), before + 1);
}

TEST_F(BlockWriter, CallsBackWhenTheBlockIsDurable) {
  const std::uint64_t before = files_.sync_count();
  std::promise<std::uint64_t> syncs;
  writer_->append(block(1, [&] { syncs.set_value(files_.sync_count()); }));
  EXPECT_GT(syncs.get_future().get(), before);
  files_.crash(huangpu::test::Crash::kLoseUnsynced, 1);
  writer_->stop();
  writer_.reset();
  store_.reset();
  ledger::BlockStoreOptions options;
  options.directory = "blocks";
  const auto again = ledger::BlockStore::open(files_, options);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ((*again)->last_block(), Height{1});
}

TEST_F(BlockWriter, WritesWithoutASyncWhatNeedsNone) {
  const std::uint64_t before = files_.sync_count();
  StoreWriter::Item item;
  item.key.kind = RecordKind::kCommit;
  item.key.height = Height{1};
  item.payload = std::make_shared<const Bytes>(100, 1);
  item.sync = false;
  std::promise<void> written;
  item.done = [&] { written.set_value(); };
  writer_->append(std::move(item));
  written.get_future().wait();
  EXPECT_EQ(files_.sync_count(), before);
  EXPECT_TRUE(store_->get_commit(Height{1}));
}

TEST_F(BlockWriter, ReportsAFailureOnceAndBeforeAnybodyGivesUpWaiting) {
  files_.fail_next(Operation::kSync, Errc::kDiskFull);
  writer_->append(block(1, [&] { note("done 1"); }));
  EXPECT_FALSE(writer_->wait_for_block(Height{1}));
  note("gave up");
  writer_->append(block(2, [&] { note("done 2"); }));
  EXPECT_FALSE(writer_->wait_for_block(Height{2}));
  writer_->stop();
  EXPECT_EQ(events_, (std::vector<std::string>{"failed: " + std::string(errc_text(Errc::kDiskFull)),
                                               "gave up"}));
}

TEST_F(BlockWriter, WritesWhatItAcceptedBeforeItEnds) {
  for (std::uint64_t height = 1; height <= 5; ++height) writer_->append(block(height));
  writer_->stop();
  EXPECT_EQ(store_->last_block(), Height{5});
  EXPECT_TRUE(writer_->wait_for_block(Height{5}));
  EXPECT_FALSE(writer_->wait_for_block(Height{6})) << "nobody writes it any more";
}

TEST_F(BlockWriter, KnowsWhatTheStoreHeldAlready) {
  writer_->set_durable_block(Height{7});
  EXPECT_TRUE(writer_->wait_for_block(Height{7}));
}

}  // namespace
}  // namespace huangpu::node
