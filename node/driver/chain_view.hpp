// What readers may see right now: heights, and the lock around the state tree (SPEC N-40).
//
// The executor thread writes, any thread reads. `certified` is what clients rely on: executed here
// and covered by a commit certificate that agrees.
#pragma once

#include <atomic>
#include <cstdint>
#include <shared_mutex>

#include "crypto/base/ids.hpp"

namespace huangpu::node {

class ChainView {
 public:
  [[nodiscard]] Height executed() const {
    return Height{executed_.load(std::memory_order_acquire)};
  }
  [[nodiscard]] Height certified() const {
    return Height{certified_.load(std::memory_order_acquire)};
  }
  // Of the newest executed block.
  [[nodiscard]] TimestampMs block_time() const {
    return TimestampMs{block_time_.load(std::memory_order_acquire)};
  }
  [[nodiscard]] TimestampMs certified_time() const {
    return TimestampMs{certified_time_.load(std::memory_order_acquire)};
  }

  void set_executed(Height height, TimestampMs time) {
    block_time_.store(time.value(), std::memory_order_release);
    executed_.store(height.value(), std::memory_order_release);
  }
  void set_certified(Height height, TimestampMs time) {
    certified_time_.store(time.value(), std::memory_order_release);
    certified_.store(height.value(), std::memory_order_release);
  }

  // Shared for proofs, exclusive while a block changes the tree.
  [[nodiscard]] std::shared_mutex& tree_mutex() const { return tree_mutex_; }

 private:
  std::atomic<std::uint64_t> executed_{0};
  std::atomic<std::uint64_t> certified_{0};
  std::atomic<std::uint64_t> block_time_{0};
  std::atomic<std::uint64_t> certified_time_{0};
  mutable std::shared_mutex tree_mutex_;
};

}  // namespace huangpu::node
