// A stream of submissions: for bulk senders and benchmarks (SPEC N-253).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "crypto/base/bytes.hpp"
#include "crypto/base/result.hpp"
#include "node/api/transaction_stage.hpp"

namespace huangpu::node {

enum class FollowMode : std::uint8_t { kNone, kFinal, kAll };

// A stream of submissions. Each envelope is answered with its sequence number: first kAdmitted or
// kRejected, then, as the follow mode asks, later stages.
class SubmitStream {
 public:
  using OnUpdate = std::function<void(std::uint64_t sequence, const TransactionUpdate&)>;

  virtual ~SubmitStream() = default;  // cancels
  // Queues one envelope; blocks while 1,024 of them wait to be written. kUnavailable once the
  // stream has ended.
  virtual Status send(std::uint64_t sequence, ByteView envelope) = 0;
  // No more envelopes: waits until the node has answered everything that was asked for, or for the
  // timeout.
  virtual Status finish(std::chrono::milliseconds timeout) = 0;
  // Whether nothing more will be answered: the node went away, or finish() has succeeded.
  [[nodiscard]] virtual bool has_ended() const = 0;
};

}  // namespace huangpu::node
