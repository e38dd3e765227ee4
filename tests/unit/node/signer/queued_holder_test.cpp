// A key that needs time, fails, refuses and comes back.
#include "node/signer/queued_holder.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "tests/unit/node/signer/support.hpp"

namespace huangpu::node {
namespace {

using consensus::SignedKind;
using consensus::SigningRequest;

class Backend final : public SigningBackend {
 public:
  explicit Backend(std::atomic<int>& mode) : mode_(mode) {}
  const crypto::PublicKey& public_key() const override { return key_->public_key(); }
  std::vector<Result<crypto::Signature>> sign(std::span<const SigningRequest> requests) override {
    std::vector<Result<crypto::Signature>> results;
    for (const SigningRequest& request : requests) {
      if (mode_ == 1) {
        results.emplace_back(fail(Errc::kUnavailable, "connection refused"));
      } else if (request.position == 66) {
        results.emplace_back(fail(Errc::kGuard, "guard: no"));
      } else {
        results.push_back(key_->sign(request.message()));
      }
    }
    return results;
  }
  Status idle() override {
    if (mode_ == 1) return fail(Errc::kUnavailable, "connection refused");
    return {};
  }
  std::string place() const override { return "the signer"; }

 private:
  std::atomic<int>& mode_;
  std::unique_ptr<crypto::Signer> key_ = key(1);
};

class QueuedHolderTest : public ::testing::Test {
 protected:
  QueuedHolderTest() {
    QueuedHolder::Limits limits;
    limits.retry = std::chrono::milliseconds(5);
    limits.idle = std::chrono::milliseconds(5);
    holder_ = std::make_unique<QueuedHolder>(std::make_unique<Backend>(mode_), limits);
  }
  void start() {
    holder_->start([this] {
      const std::lock_guard lock(mutex_);
      ++answers_;
      wake_.notify_all();
    });
  }
  // Asks again at each answer, as the engine does.
  Result<crypto::Signature> wait_for(const SigningRequest& request) {
    std::unique_lock lock(mutex_);
    for (int seen = -1;;) {
      wake_.wait(lock, [&] { return answers_ != seen; });
      seen = answers_;
      const auto signature = holder_->sign(request);
      if (signature || signature.error().code == Errc::kGuard) return signature;
    }
  }
  bool eventually(const std::function<bool()>& question) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (std::chrono::steady_clock::now() < end) {
      if (question()) return true;
      std::this_thread::yield();
    }
    return false;
  }

  std::atomic<int> mode_{0};
  std::unique_ptr<QueuedHolder> holder_;
  std::mutex mutex_;
  std::condition_variable wake_;
  int answers_ = 0;
};

// SPEC N-301.
TEST_F(QueuedHolderTest, ASignatureIsUnderWayFirstAndThereWhenItIsAskedForAgain) {
  const SigningRequest request = statement(SignedKind::kNotarize, 5, 1);
  EXPECT_EQ(holder_->sign(request).error().code, Errc::kNotReady);
  start();
  ASSERT_TRUE(wait_for(request).has_value());
  EXPECT_EQ(holder_->condition().signatures, 1u);
  EXPECT_TRUE(holder_->condition().ok);
}

// SPEC N-303.
TEST_F(QueuedHolderTest, WhileTheBackendFailsItSaysSoAndSignsWhenItIsBack) {
  mode_ = 1;
  start();
  const SigningRequest request = statement(SignedKind::kNotarize, 5, 1);
  static_cast<void>(holder_->sign(request));
  ASSERT_TRUE(eventually([&] { return !holder_->condition().ok; }));
  const auto refused = holder_->sign(request);
  EXPECT_EQ(refused.error().code, Errc::kUnavailable);
  EXPECT_NE(refused.error().message.find("the signer does not sign: connection refused"),
            std::string::npos);
  mode_ = 0;
  ASSERT_TRUE(wait_for(request).has_value());
  EXPECT_TRUE(holder_->condition().ok);
  EXPECT_GT(holder_->condition().failures, 0u);
}

TEST_F(QueuedHolderTest, ARefusalOfTheGuardIsFinalAndConcernsThatStatementOnly) {
  start();
  const SigningRequest good = statement(SignedKind::kNotarize, 5, 1);
  const SigningRequest bad = statement(SignedKind::kNotarize, 66, 1);
  static_cast<void>(holder_->sign(bad));
  static_cast<void>(holder_->sign(good));
  EXPECT_TRUE(wait_for(good).has_value());
  EXPECT_EQ(wait_for(bad).error().code, Errc::kGuard);
  EXPECT_EQ(holder_->condition().refused, 1u);
}

TEST_F(QueuedHolderTest, AFullQueueForgetsItsOldestRequest) {
  QueuedHolder::Limits limits;
  limits.queue_max = 2;
  holder_ = std::make_unique<QueuedHolder>(std::make_unique<Backend>(mode_), limits);
  for (std::uint64_t view = 1; view <= 3; ++view)
    static_cast<void>(holder_->sign(statement(SignedKind::kNotarize, view, 1)));
  start();
  ASSERT_TRUE(wait_for(statement(SignedKind::kNotarize, 3, 1)).has_value());
  EXPECT_EQ(holder_->condition().signatures, 2u);
}

}  // namespace
}  // namespace huangpu::node
