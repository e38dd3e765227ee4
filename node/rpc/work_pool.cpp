#include "node/rpc/work_pool.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace huangpu::node {

class WorkPool::Impl {
 public:
  Impl(std::size_t threads, std::size_t waiting_max) : waiting_max_(waiting_max) {
    threads_.reserve(threads);
    for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
  }

  bool try_post(std::function<void()> job) {
    {
      const std::scoped_lock lock(mutex_);
      if (stopping_ || jobs_.size() >= waiting_max_) return false;
      jobs_.push_back(std::move(job));
    }
    wake_.notify_one();
    return true;
  }

  void stop() {
    {
      const std::scoped_lock lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    for (auto& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }

 private:
  void run() {
    while (true) {
      std::function<void()> job;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
        if (jobs_.empty()) return;
        job = std::move(jobs_.front());
        jobs_.pop_front();
      }
      job();
    }
  }

  const std::size_t waiting_max_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;  // guarded by mutex_
  bool stopping_ = false;                   // guarded by mutex_
  std::vector<std::thread> threads_;
};

WorkPool::WorkPool(std::size_t threads, std::size_t waiting_max)
    : impl_(std::make_unique<Impl>(threads, waiting_max)) {}
WorkPool::~WorkPool() { stop(); }
bool WorkPool::try_post(std::function<void()> job) { return impl_->try_post(std::move(job)); }
void WorkPool::stop() { impl_->stop(); }

}  // namespace huangpu::node
