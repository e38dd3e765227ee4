// One client's stream of envelopes (SPEC N-229).
//
// Takes the next envelope only while fewer than `stream_queue` wait for their answer and fewer than
// 16 times as many are followed, and the next message only when all envelopes of the last are
// taken, so a sender is slowed down instead of buffered; a quota makes the stream wait in the same
// way. Answers that come while one is being written leave together.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "huangpu/v1/transactions.pb.h"
#include "node/rpc/queued_stream.hpp"
#include "node/rpc/timer.hpp"

namespace huangpu::node {

class SubmitStreamCall final
    : public QueuedStream<
          grpc::ServerBidiReactor<v1::SubmitStreamRequest, v1::SubmitStreamResponse>,
          v1::SubmitStreamResponse>,
      public std::enable_shared_from_this<SubmitStreamCall> {
 public:
  static SubmitStreamCall* open(RpcContext& rpc, grpc::CallbackServerContext* context);

  SubmitStreamCall(RpcContext& rpc, grpc::CallbackServerContext* context);

 private:
  using Sequences = std::vector<std::uint64_t>;

  void start();
  void OnReadDone(bool ok) override;
  // Goes on taking envelopes, unless somebody does so already.
  void pump();
  void
  take_envelopes();  // requires pumping_; returns when it has handed that duty on or given it up
  [[nodiscard]] std::size_t room();  // for how many more envelopes the bounds leave room now
  // Charges and submits the next envelopes of request_. False: a timer goes on when the quota
  // allows.
  [[nodiscard]] bool submit_some(std::size_t count_max);
  void answered(const Sequences& sequences, v1::FollowMode follow,
                const std::vector<TransactionUpdate>& updates);
  void follow(std::uint64_t sequence, v1::FollowMode mode, const TransactionUpdate& admitted);
  void send(v1::SubmitStreamResponse message);
  void end_when_complete();
  void on_written() override;
  void on_closed() override;

  Principal caller_;
  // Owned by whoever pumps: a thread, the read in progress, or the timer.
  v1::SubmitStreamRequest request_;
  int next_ = 0;  // of request_.submissions(); the ones before are taken
  Timer quota_wait_;

  std::mutex state_mutex_;
  bool pumping_ = false;        // guarded by state_mutex_
  bool pump_again_ = false;     // guarded by state_mutex_; something changed while pumping
  bool half_closed_ = false;    // guarded by state_mutex_; the client sends no more
  std::size_t unanswered_ = 0;  // guarded by state_mutex_
  // Followed transactions by a number of our own, since clients choose their sequence numbers.
  std::uint64_t next_follow_ = 0;                               // guarded by state_mutex_
  std::map<std::uint64_t, TransactionTracker::Watch> follows_;  // guarded by state_mutex_
};

}  // namespace huangpu::node
