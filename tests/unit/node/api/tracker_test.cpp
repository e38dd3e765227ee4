#include "node/api/tracker.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "ledger/types/result_code.hpp"
#include "node/api/finality_feed.hpp"
#include "tests/unit/node/api/fake_backend.hpp"

namespace huangpu::node {
namespace {

using test::txid;
using ::testing::ElementsAre;

constexpr auto kReceived = TransactionStage::kReceived;
constexpr auto kAdmitted = TransactionStage::kAdmitted;
constexpr auto kOrdered = TransactionStage::kOrdered;
constexpr auto kExecuted = TransactionStage::kExecuted;
constexpr auto kFinal = TransactionStage::kFinal;
constexpr auto kRejected = TransactionStage::kRejected;
constexpr auto kExpired = TransactionStage::kExpired;

const ledger::ParticipantId kBank(1);

class Tracker : public ::testing::Test {
 protected:
  void admit(std::uint8_t id, std::uint64_t valid_until = 1'000) {
    tracker_.admitted(txid(id), kBank, TimestampMs{valid_until});
  }
  void order(std::uint64_t height, std::uint8_t id) {
    tracker_.ordered(Height{height}, std::array{OrderedEntry{txid(id), kBank}});
  }
  void execute(std::uint64_t height, std::uint8_t id, std::uint16_t code = 0) {
    tracker_.executed(Height{height}, std::array{ExecutedEntry{txid(id), kBank, code}});
  }
  auto collect() {
    return [this](const TransactionUpdate& update) { stages_.push_back(update.stage); };
  }

  TransactionTracker tracker_{{.entries_max = 4, .watchers_max = 3}};
  std::vector<TransactionStage> stages_;
};

TEST_F(Tracker, TellsEveryStageOnceAndInOrder) {
  const auto watch = tracker_.watch(txid(1), collect());

  admit(1);
  admit(1);
  order(7, 1);
  execute(7, 1, 66);
  execute(7, 1, 66);
  tracker_.final_through(Height{6});
  tracker_.final_through(Height{9});

  EXPECT_THAT(stages_, ElementsAre(kAdmitted, kOrdered, kExecuted, kFinal));
  const auto update = tracker_.find(txid(1));
  ASSERT_TRUE(update);
  EXPECT_EQ(update->height, Height{7});
  EXPECT_EQ(update->code, 66);
  EXPECT_EQ(update->certificate_height, Height{9});
  EXPECT_EQ(update->submitter, kBank);
}

TEST_F(Tracker, TellsALateWatcherThePresentStageAtOnce) {
  admit(1);
  order(7, 1);

  const auto watch = tracker_.watch(txid(1), collect());

  EXPECT_THAT(stages_, ElementsAre(kOrdered));
}

TEST_F(Tracker, NeverTakesAStageBack) {
  const auto watch = tracker_.watch(txid(1), collect());
  admit(1);
  order(7, 1);

  admit(1);
  tracker_.rejected(txid(1), kBank, 1006, "busy");
  tracker_.expire(TimestampMs{99'999});

  EXPECT_THAT(stages_, ElementsAre(kAdmitted, kOrdered));
}

TEST_F(Tracker, SkipsStagesItWasNotTold) {
  const auto watch = tracker_.watch(txid(1), collect());

  execute(3, 1);

  EXPECT_THAT(stages_, ElementsAre(kExecuted));
}

TEST_F(Tracker, AnswersARepeatedTransactionWithItsFirstResult) {
  const auto watch = tracker_.watch(txid(1), collect());
  admit(1);
  order(9, 1);
  TransactionUpdate first;
  first.txid = txid(1);
  first.submitter = kBank;
  first.stage = kExecuted;
  first.height = Height{7};
  first.index = 3;
  first.code = 66;

  tracker_.recall(first);
  execute(9, 1, static_cast<std::uint16_t>(ledger::ResultCode::kDuplicate));
  tracker_.final_through(Height{9});

  const auto update = tracker_.find(txid(1));
  EXPECT_EQ(update->stage, kFinal);
  EXPECT_EQ(update->code, 66);
  EXPECT_EQ(update->height, Height{7});
  EXPECT_EQ(update->index, 3u);
  EXPECT_THAT(stages_, ElementsAre(kAdmitted, kOrdered, kExecuted, kFinal));
}

// SPEC N-215: the same bytes may be ordered again and act, so a wallet must not hear "final".
TEST_F(Tracker, TakesTooFarAheadForNoResult) {
  const auto watch = tracker_.watch(txid(1), collect());
  const auto too_far = static_cast<std::uint16_t>(ledger::ResultCode::kTooFarAhead);
  admit(1, 500);
  tracker_.ordered(Height{7}, std::array{OrderedEntry{txid(1), kBank, TimestampMs{500}}});
  execute(7, 1, too_far);
  tracker_.final_through(Height{7});
  EXPECT_EQ(tracker_.find(txid(1))->stage, kOrdered);

  tracker_.ordered(Height{8}, std::array{OrderedEntry{txid(1), kBank, TimestampMs{500}}});
  execute(8, 1);
  tracker_.final_through(Height{8});
  tracker_.expire(TimestampMs{501});

  EXPECT_EQ(tracker_.find(txid(1))->height, Height{8});
  EXPECT_THAT(stages_, ElementsAre(kAdmitted, kOrdered, kExecuted, kFinal));
}

TEST_F(Tracker, ExpiresWhatWasTooFarAheadAndNeverOrderedAgain) {
  const auto watch = tracker_.watch(txid(1), collect());
  tracker_.ordered(Height{7}, std::array{OrderedEntry{txid(1), kBank, TimestampMs{500}}});
  execute(7, 1, static_cast<std::uint16_t>(ledger::ResultCode::kTooFarAhead));

  tracker_.expire(TimestampMs{500});
  EXPECT_EQ(tracker_.find(txid(1))->stage, kOrdered);
  tracker_.expire(TimestampMs{501});

  EXPECT_THAT(stages_, ElementsAre(kOrdered, kExpired));
}

TEST_F(Tracker, ExpiresWhatIsNotOrderedWhenBlockTimePasses) {
  admit(1, 500);
  admit(2, 500);
  admit(3, 501);
  order(7, 2);

  tracker_.expire(TimestampMs{500});
  EXPECT_EQ(tracker_.find(txid(1))->stage, kAdmitted);
  tracker_.expire(TimestampMs{501});

  EXPECT_EQ(tracker_.find(txid(1))->stage, kExpired);
  EXPECT_EQ(tracker_.find(txid(2))->stage, kOrdered);
  EXPECT_EQ(tracker_.find(txid(3))->stage, kAdmitted);
}

TEST_F(Tracker, RemembersWhyAnAdmittedTransactionWasDropped) {
  admit(1);

  tracker_.rejected(txid(1), kBank, 1006, "the lane is full");

  EXPECT_EQ(tracker_.find(txid(1))->stage, kRejected);
  EXPECT_EQ(tracker_.find(txid(1))->code, 1006);
  EXPECT_EQ(tracker_.find(txid(1))->message, "the lane is full");
}

TEST_F(Tracker, IgnoresTransactionsNobodyAskedFor) {
  order(7, 1);
  execute(7, 1);

  EXPECT_FALSE(tracker_.find(txid(1)));
  EXPECT_EQ(tracker_.size(), 0u);
}

TEST_F(Tracker, ForgetsTheOldestFinishedOnesWhenFull) {
  for (std::uint8_t id = 1; id <= 4; ++id) admit(id);
  for (std::uint8_t id = 1; id <= 2; ++id) execute(5, id);
  tracker_.final_through(Height{5});

  admit(9);

  EXPECT_EQ(tracker_.size(), 4u);
  EXPECT_FALSE(tracker_.find(txid(1)));
  EXPECT_TRUE(tracker_.find(txid(2)));
  EXPECT_TRUE(tracker_.find(txid(9)));
}

TEST_F(Tracker, KeepsUnfinishedAndWatchedOnesAndTakesNoMoreThanItsBound) {
  for (std::uint8_t id = 1; id <= 4; ++id) admit(id);
  execute(5, 1);
  tracker_.final_through(Height{5});
  const auto watch = tracker_.watch(txid(1), collect());

  admit(9);

  EXPECT_TRUE(tracker_.find(txid(1)));
  EXPECT_FALSE(tracker_.find(txid(9)));
  EXPECT_EQ(tracker_.watch(txid(8), collect()).error().code, Errc::kExhausted);
}

TEST_F(Tracker, BoundsTheNumberOfWatchers) {
  std::vector<TransactionTracker::Watch> watches;
  for (int i = 0; i < 3; ++i) watches.push_back(std::move(*tracker_.watch(txid(1), collect())));
  EXPECT_EQ(tracker_.watch(txid(1), collect()).error().code, Errc::kExhausted);

  watches.clear();

  EXPECT_EQ(tracker_.size(), 0u);
  EXPECT_TRUE(tracker_.watch(txid(1), collect()));
}

TEST_F(Tracker, SaysNothingToAWatcherThatLeft) {
  {
    const auto watch = tracker_.watch(txid(1), collect());
    admit(1);
  }
  order(7, 1);

  EXPECT_THAT(stages_, ElementsAre(kAdmitted));
}

TEST_F(Tracker, LetsAWatcherLeaveWhileItIsBeingTold) {
  TransactionTracker::Watch watch;
  watch = std::move(*tracker_.watch(txid(1), [&](const TransactionUpdate& update) {
    stages_.push_back(update.stage);
    watch.cancel();
  }));

  admit(1);
  order(7, 1);

  EXPECT_THAT(stages_, ElementsAre(kAdmitted));
}

TEST_F(Tracker, MayBeUsedFromSeveralThreads) {
  TransactionTracker tracker({.entries_max = 100, .watchers_max = 1'000});
  std::atomic<int> finals = 0;
  std::vector<std::thread> threads;
  for (std::uint8_t id = 0; id < 8; ++id) {
    threads.emplace_back([&, id] {
      for (int round = 0; round < 200; ++round) {
        const auto watch = tracker.watch(txid(id), [&](const TransactionUpdate& update) {
          if (update.stage == kFinal) ++finals;
        });
        tracker.admitted(txid(id), kBank, TimestampMs{5});
        tracker.executed(Height{1}, std::array{ExecutedEntry{txid(id), kBank, 0}});
        tracker.final_through(Height{1});
      }
    });
  }
  for (auto& thread : threads) thread.join();

  // Each watcher is told at most once, and every one that began after the end is told at once.
  EXPECT_GE(finals, 8 * 199);
  EXPECT_LE(finals, 8 * 200);
}

TEST(FinalityFeed, WakesSubscribersUntilTheyLeave) {
  FinalityFeed feed;
  std::vector<std::uint64_t> heights;
  auto subscription = feed.subscribe([&](Height height) { heights.push_back(height.value()); });

  feed.publish(Height{4});
  subscription.cancel();
  feed.publish(Height{5});

  EXPECT_THAT(heights, ElementsAre(4));
}

TEST(TransactionStage, HasAWordForEachOne) {
  EXPECT_EQ(to_text(kReceived), "received");
  EXPECT_EQ(to_text(kFinal), "final");
  EXPECT_FALSE(is_last(kExecuted));
  EXPECT_TRUE(is_last(kExpired));
}

}  // namespace
}  // namespace huangpu::node
