// A few threads with a bounded queue, for calls that read the stores (SPEC N-228).
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace huangpu::node {

class WorkPool {
 public:
  WorkPool(std::size_t threads, std::size_t waiting_max);
  // Runs what was accepted, then joins.
  ~WorkPool();
  WorkPool(const WorkPool&) = delete;
  WorkPool& operator=(const WorkPool&) = delete;

  // False when the queue is full; the job is then not run. Any thread. Jobs do not throw.
  [[nodiscard]] bool try_post(std::function<void()> job);

  // Like the destructor; idempotent. Afterwards nothing is accepted.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace huangpu::node
