#include "node/driver/worker.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <vector>

namespace huangpu::node {
namespace {

// Occupies a worker's thread until it is let go.
class Gate {
 public:
  Worker::Job job() {
    return [this] {
      entered_.set_value();
      leave_.get_future().wait();
    };
  }
  void wait_until_entered() { entered_.get_future().wait(); }
  void open() { leave_.set_value(); }

 private:
  std::promise<void> entered_;
  std::promise<void> leave_;
};

TEST(Worker, RunsJobsInTheOrderTheyWerePosted) {
  std::vector<int> seen;
  Worker worker("test", 1, 100);
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(worker.try_post([&seen, i] { seen.push_back(i); }));
  worker.stop();
  ASSERT_EQ(seen.size(), 100U);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(seen[static_cast<std::size_t>(i)], i);
}

TEST(Worker, RefusesWhatItsQueueHasNoPlaceFor) {
  Gate gate;
  std::atomic<int> ran{0};
  Worker worker("test", 1, 2);
  ASSERT_TRUE(worker.try_post(gate.job()));
  gate.wait_until_entered();
  EXPECT_TRUE(worker.try_post([&] { ++ran; }));
  EXPECT_TRUE(worker.try_post([&] { ++ran; }));
  EXPECT_FALSE(worker.try_post([&] { ++ran; }));
  EXPECT_TRUE(worker.post([&] { ++ran; })) << "post() is exempt from the bound";
  EXPECT_EQ(worker.waiting(), 3U);
  gate.open();
  worker.stop();
  EXPECT_EQ(ran, 3);
}

TEST(Worker, FinishesAcceptedJobsAndTakesNoneOnceStopped) {
  Gate gate;
  std::atomic<int> ran{0};
  Worker worker("test", 1, 10);
  ASSERT_TRUE(worker.try_post(gate.job()));
  gate.wait_until_entered();
  ASSERT_TRUE(worker.try_post([&] { ++ran; }));
  std::thread stopper([&] { worker.stop(); });
  gate.open();
  stopper.join();
  EXPECT_EQ(ran, 1);
  EXPECT_FALSE(worker.try_post([&] { ++ran; }));
  EXPECT_FALSE(worker.post([&] { ++ran; }));
  worker.stop();
  EXPECT_EQ(ran, 1);
}

TEST(Worker, WithSeveralThreadsRunsJobsSideBySide) {
  Gate first;
  Gate second;
  Worker worker("test", 2, 10);
  ASSERT_TRUE(worker.try_post(first.job()));
  ASSERT_TRUE(worker.try_post(second.job()));
  first.wait_until_entered();
  second.wait_until_entered();
  first.open();
  second.open();
}

}  // namespace
}  // namespace huangpu::node
