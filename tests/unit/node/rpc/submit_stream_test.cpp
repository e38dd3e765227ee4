// Streams of submissions, and following transactions to their end.
#include <gmock/gmock.h>

#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <thread>

#include "tests/unit/node/rpc/network.hpp"

namespace huangpu::node::test {
namespace {

using ::testing::ElementsAre;
using namespace std::chrono_literals;

constexpr auto kAdmitted = TransactionStage::kAdmitted;
constexpr auto kOrdered = TransactionStage::kOrdered;
constexpr auto kExecuted = TransactionStage::kExecuted;
constexpr auto kFinal = TransactionStage::kFinal;
constexpr auto kRejected = TransactionStage::kRejected;

class Submission : public RpcTest {
 protected:
  Submission() {
    // The first two bytes of an envelope are its number; the number makes its id.
    backend_.on_submit([this](Bytes envelope, const Principal& caller, FakeBackend::Answer done) {
      ++submitted_;
      TransactionUpdate update;
      update.txid = id_of(envelope[0] * 256u + envelope[1]);
      update.submitter = caller.participant;
      update.stage = kAdmitted;
      if (envelope.size() > 2 && envelope[2] == 'x') {
        update.stage = kRejected;
        update.code = 1004;
        update.message = "a signature is wrong";
      } else {
        tracker_.admitted(update.txid, caller.participant, TimestampMs{1'000'000});
      }
      done(update);
    });
  }

  static ledger::TxId id_of(std::size_t number) {
    auto bytes = digest(0x44).array();
    bytes[0] = static_cast<std::uint8_t>(number / 256);
    bytes[1] = static_cast<std::uint8_t>(number);
    return ledger::TxId(crypto::Digest(bytes));
  }
  static Bytes envelope(std::size_t number, char mark = '.') {
    return {static_cast<std::uint8_t>(number / 256), static_cast<std::uint8_t>(number),
            static_cast<std::uint8_t>(mark)};
  }
  void finish(std::size_t number, std::uint16_t code = 0) {
    const Height height{number + 1};
    const auto id = id_of(number);
    tracker_.ordered(height, std::array{OrderedEntry{id, ledger::ParticipantId(1)}});
    tracker_.executed(height, std::array{ExecutedEntry{id, ledger::ParticipantId(1), code}});
    tracker_.final_through(height);
  }
  SubmitStream::OnUpdate collect() {
    return [this](std::uint64_t sequence, const TransactionUpdate& update) {
      const std::scoped_lock lock(mutex_);
      stages_[sequence].push_back(update.stage);
      last_[sequence] = update;
    };
  }
  std::size_t answered() {
    const std::scoped_lock lock(mutex_);
    return stages_.size();
  }

  std::atomic<int> submitted_ = 0;
  std::mutex mutex_;
  std::map<std::uint64_t, std::vector<TransactionStage>> stages_;
  std::map<std::uint64_t, TransactionUpdate> last_;
};

TEST_F(Submission, StreamAnswersEachEnvelopeUnderItsNumber) {
  start();
  const auto wallet = client(alice());
  auto stream = wallet->submit_stream(collect(), FollowMode::kNone);
  ASSERT_TRUE(stream) << stream.error().message;

  ASSERT_TRUE((*stream)->send(70, envelope(0)));
  ASSERT_TRUE((*stream)->send(71, envelope(1, 'x')));
  const auto finished = (*stream)->finish(5s);

  ASSERT_TRUE(finished) << finished.error().message;
  EXPECT_THAT(stages_[70], ElementsAre(kAdmitted));
  EXPECT_THAT(stages_[71], ElementsAre(kRejected));
  EXPECT_EQ(last_[71].code, 1004);
  EXPECT_EQ(last_[71].message, "a signature is wrong");
}

TEST_F(Submission, StreamFollowsEnvelopesToTheirEnd) {
  start();
  const auto wallet = client(alice());
  auto all = wallet->submit_stream(collect(), FollowMode::kAll);
  ASSERT_TRUE((*all)->send(1, envelope(1)));
  auto last = wallet->submit_stream(collect(), FollowMode::kFinal);
  ASSERT_TRUE((*last)->send(2, envelope(2)));
  ASSERT_TRUE(eventually([&] { return answered() == 2; }));

  finish(1);
  finish(2, 66);

  ASSERT_TRUE((*all)->finish(5s));
  ASSERT_TRUE((*last)->finish(5s));
  EXPECT_THAT(stages_[1], ElementsAre(kAdmitted, kOrdered, kExecuted, kFinal));
  EXPECT_THAT(stages_[2], ElementsAre(kAdmitted, kFinal));
  EXPECT_EQ(last_[2].code, 66);
  EXPECT_TRUE(eventually([&] { return tracker_.find(id_of(2))->stage == kFinal; }));
}

TEST_F(Submission, StreamCarriesThousandsWithoutLoss) {
  start();
  const auto wallet = client(alice());
  std::atomic<std::size_t> finals = 0;
  auto stream = wallet->submit_stream(
      [&](std::uint64_t, const TransactionUpdate& update) { finals += update.stage == kFinal; },
      FollowMode::kFinal);
  std::atomic<bool> stop = false;
  std::thread chain([&] {
    for (std::size_t next = 0; next < 5'000 && !stop;) {
      if (tracker_.find(id_of(next))) {
        finish(next++);
      } else {
        std::this_thread::yield();
      }
    }
  });

  for (std::size_t i = 0; i < 5'000; ++i) ASSERT_TRUE((*stream)->send(i, envelope(i)));
  const auto finished = (*stream)->finish(30s);
  stop = true;
  chain.join();

  ASSERT_TRUE(finished) << finished.error().message;
  EXPECT_EQ(finals, 5'000u);
}

TEST_F(Submission, StreamIsSlowedDownByAQuotaAndLosesNothing) {
  config_.limits.participant.signatures_per_second = 200;
  start();
  const auto wallet = client(alice());
  auto stream = wallet->submit_stream(collect(), FollowMode::kNone);
  const auto begun = std::chrono::steady_clock::now();

  for (std::size_t i = 0; i < 300; ++i) ASSERT_TRUE((*stream)->send(i, envelope(i)));
  const auto finished = (*stream)->finish(20s);

  ASSERT_TRUE(finished) << finished.error().message;
  EXPECT_EQ(answered(), 300u);
  EXPECT_GT(std::chrono::steady_clock::now() - begun, 400ms);
}

TEST_F(Submission, StreamReadsNoFurtherThanItsBoundWhileTheNodeDoesNotAnswer) {
  std::vector<FakeBackend::Answer> waiting;
  std::mutex mutex;
  backend_.on_submit([&](Bytes, const Principal&, FakeBackend::Answer done) {
    ++submitted_;
    const std::scoped_lock lock(mutex);
    waiting.push_back(std::move(done));
  });
  config_.api.stream_queue = 16;
  start();
  const auto wallet = client(alice());
  auto stream = wallet->submit_stream(collect(), FollowMode::kNone);
  for (std::size_t i = 0; i < 200; ++i) ASSERT_TRUE((*stream)->send(i, envelope(i)));

  ASSERT_TRUE(eventually([&] { return submitted_ == 16; }));
  EXPECT_FALSE((*stream)->finish(200ms));
  EXPECT_EQ(submitted_, 16);

  stream->reset();  // leaves while its envelopes wait
  for (auto& done : waiting) done({});
  EXPECT_TRUE(wallet->genesis());
}

TEST_F(Submission, StreamOfARoleThatSubmitsNothingIsRefused) {
  start();
  const auto reader = client(auditor());

  auto stream = reader->submit_stream(collect(), FollowMode::kNone);

  ASSERT_TRUE(stream);
  const auto finished = (*stream)->finish(5s);
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().code, Errc::kDenied);
  EXPECT_EQ(submitted_, 0);
}

TEST_F(Submission, WatchTellsEachStageUntilTheEnd) {
  start();
  const auto wallet = client(alice());
  ASSERT_TRUE(wallet->submit(envelope(3)));
  std::vector<TransactionStage> seen;
  std::thread chain([&] {
    EXPECT_TRUE(eventually([&] {
      const std::scoped_lock lock(mutex_);
      return !seen.empty();
    }));
    finish(3);
  });

  const auto last = wallet->watch(id_of(3), 10s, [&](const TransactionUpdate& update) {
    const std::scoped_lock lock(mutex_);
    seen.push_back(update.stage);
  });
  chain.join();

  ASSERT_TRUE(last) << last.error().message;
  EXPECT_EQ(last->stage, kFinal);
  EXPECT_EQ(last->height, Height{4});
  EXPECT_THAT(seen, ElementsAre(kAdmitted, kOrdered, kExecuted, kFinal));
}

TEST_F(Submission, WatchOfAnOldTransactionFindsItInTheStores) {
  TransactionUpdate stored;
  stored.txid = txid(9);
  stored.submitter = ledger::ParticipantId(1);
  stored.stage = kFinal;
  stored.height = Height{5};
  backend_.set_transaction(stored);
  start();

  EXPECT_EQ(client(alice())->wait_final(txid(9), 5s)->height, Height{5});
  EXPECT_EQ(client(bob())->wait_final(txid(9), 300ms).error().code, Errc::kTimeout);
}

TEST_F(Submission, WatchThatEndsEarlySaysHowFarItCame) {
  start();
  const auto wallet = client(alice());
  ASSERT_TRUE(wallet->submit(envelope(3)));

  const auto result = wallet->wait_final(id_of(3), 300ms);

  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::kTimeout);
  EXPECT_THAT(result.error().message, ::testing::HasSubstr("admitted"));
}

}  // namespace
}  // namespace huangpu::node::test
