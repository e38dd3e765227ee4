// Threads that check signatures: a fixed number, fed through a bounded queue.
//
// Jobs report through what they capture and must not throw. Jobs are taken in the order in which
// they came.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace huangpu::tools {

class WorkerPool {
 public:
  using Job = std::function<void()>;

  // Requires threads and queue_max above 0.
  WorkerPool(std::size_t threads, std::size_t queue_max);
  // Lets jobs under way end; those still queued are dropped.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Waits while the queue is full.
  void submit(Job job);

 private:
  void run();

  const std::size_t queue_max_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;  // last: they use everything above
};

}  // namespace huangpu::tools
