// A named thread that runs jobs one after the other, and a pool of such threads.
//
// Everything that may block (a disk sync, executing a block, checking signatures) runs on a worker,
// so that the core thread never waits. A worker is owned by exactly one object; `stop()` refuses
// new jobs, runs those already accepted, and joins. Jobs must not throw.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace huangpu::node {

class Worker {
 public:
  using Job = std::function<void()>;

  // `threads` threads share one queue of at most `jobs_max` waiting jobs; with one thread the jobs
  // run in the order they were posted.
  Worker(std::string name, std::size_t threads, std::size_t jobs_max);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Any thread. False when the queue is full or the worker is stopping; the job is then not run.
  [[nodiscard]] bool try_post(Job job);

  // Any thread. Like try_post but exempt from the bound: for callers whose own bound is tighter
  // (the consensus lag rule, the lane windows). False only when the worker is stopping.
  bool post(Job job);

  // Any thread but a worker's own. Returns when every job accepted so far has run; of a worker with
  // one thread.
  void drain();

  // Any thread. Jobs accepted and not yet started.
  [[nodiscard]] std::size_t waiting() const;

  // Any thread but a worker's own. Idempotent.
  void stop();

 private:
  void run();

  const std::string name_;
  const std::size_t jobs_max_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;   // guarded by mutex_
  bool stopping_ = false;  // guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace huangpu::node
