#include "node/api/finality_feed.hpp"

#include <mutex>
#include <utility>
#include <vector>

namespace huangpu::node {

struct FinalityFeed::Subscription::State {
  std::weak_ptr<Impl> feed;
  Listener listener;
  std::mutex mutex;
  bool cancelled = false;  // guarded by mutex
};

class FinalityFeed::Impl {
 public:
  using State = std::shared_ptr<Subscription::State>;

  void add(const State& state) {
    const std::scoped_lock lock(mutex_);
    listeners_.push_back(state);
  }
  void remove(const State& state) {
    const std::scoped_lock lock(mutex_);
    std::erase(listeners_, state);
  }
  void publish(Height certified) {
    std::vector<State> listeners;
    {
      const std::scoped_lock lock(mutex_);
      listeners = listeners_;
    }
    for (const auto& state : listeners) {
      {
        const std::scoped_lock lock(state->mutex);
        if (state->cancelled) continue;
      }
      state->listener(certified);
    }
  }

 private:
  std::mutex mutex_;
  std::vector<State> listeners_;  // guarded by mutex_
};

FinalityFeed::Subscription::Subscription(Subscription&& other) noexcept
    : state_(std::move(other.state_)) {}

FinalityFeed::Subscription& FinalityFeed::Subscription::operator=(Subscription&& other) noexcept {
  if (this != &other) {
    cancel();
    state_ = std::move(other.state_);
  }
  return *this;
}

FinalityFeed::Subscription::~Subscription() { cancel(); }

void FinalityFeed::Subscription::cancel() {
  const auto state = std::exchange(state_, nullptr);
  if (state == nullptr) return;
  {
    const std::scoped_lock lock(state->mutex);
    state->cancelled = true;
  }
  if (const auto feed = state->feed.lock()) feed->remove(state);
}

FinalityFeed::FinalityFeed() : impl_(std::make_shared<Impl>()) {}
FinalityFeed::~FinalityFeed() = default;

void FinalityFeed::publish(Height certified) { impl_->publish(certified); }

FinalityFeed::Subscription FinalityFeed::subscribe(Listener listener) {
  Subscription subscription;
  subscription.state_ = std::make_shared<Subscription::State>();
  subscription.state_->feed = impl_;
  subscription.state_->listener = std::move(listener);
  impl_->add(subscription.state_);
  return subscription;
}

}  // namespace huangpu::node
