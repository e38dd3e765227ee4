// What waits to be sent to one peer on one channel: a queue with a bound on bytes and on frames.
//
// Not thread safe. Frames are shared, never copied: the same vote waits in the queue of every peer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "crypto/base/bytes.hpp"
#include "node/transport/peer_network.hpp"

namespace huangpu::node {

class SendQueue {
 public:
  using Frame = std::shared_ptr<const Bytes>;
  enum class WhenFull { kDropOldest, kRefuseNewest };

  SendQueue(QueueLimits limits, WhenFull when_full) : limits_(limits), when_full_(when_full) {}

  // kQueued, kQueuedOldestDropped, kFull, or kTooLarge for a frame that no empty queue would hold.
  SendResult push(Frame frame) {
    if (frame->size() > limits_.bytes_max || limits_.frames_max == 0) return SendResult::kTooLarge;
    SendResult result = SendResult::kQueued;
    while (!fits(*frame)) {
      ++dropped_;
      if (when_full_ == WhenFull::kRefuseNewest) return SendResult::kFull;
      bytes_ -= frames_.front()->size();
      frames_.pop_front();
      result = SendResult::kQueuedOldestDropped;
    }
    bytes_ += frame->size();
    frames_.push_back(std::move(frame));
    return result;
  }

  // The oldest frames that fit together in `bytes_max`, at least one unless the queue is empty.
  std::vector<Frame> take(std::size_t bytes_max, std::size_t frames_max) {
    std::vector<Frame> taken;
    std::size_t total = 0;
    while (!frames_.empty() && taken.size() < frames_max) {
      const std::size_t size = frames_.front()->size();
      if (!taken.empty() && total + size > bytes_max) break;
      total += size;
      bytes_ -= size;
      taken.push_back(std::move(frames_.front()));
      frames_.pop_front();
    }
    return taken;
  }

  // Forgets everything and says how many frames that were.
  std::size_t clear() {
    const std::size_t count = frames_.size();
    frames_.clear();
    bytes_ = 0;
    return count;
  }

  [[nodiscard]] bool empty() const { return frames_.empty(); }
  [[nodiscard]] std::size_t frames() const { return frames_.size(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

 private:
  [[nodiscard]] bool fits(const Bytes& frame) const {
    return frames_.size() < limits_.frames_max && frame.size() <= limits_.bytes_max - bytes_;
  }

  QueueLimits limits_;
  WhenFull when_full_;
  std::deque<Frame> frames_;
  std::size_t bytes_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace huangpu::node
