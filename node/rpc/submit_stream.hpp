// One client's stream of envelopes (SPEC N-229).
//
// Reads the next envelope only while fewer than `stream_queue` wait for their answer and fewer than
// 16 times as many are followed, so a sender is slowed down instead of buffered; a quota makes the
// stream wait in the same way.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

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
  void start();
  void read_next();  // if the bounds allow it
  void OnReadDone(bool ok) override;
  void take_request();  // charges and submits request_, or waits for the quota
  void answered(std::uint64_t sequence, v1::FollowMode follow, const TransactionUpdate& update);
  void follow(std::uint64_t sequence, v1::FollowMode mode, const TransactionUpdate& admitted);
  void send(std::uint64_t sequence, const TransactionUpdate& update);
  void end_when_complete();
  void on_written() override;
  void on_closed() override;

  Principal caller_;
  v1::SubmitStreamRequest request_;  // owned by the read in progress, then by take_request()
  Timer quota_wait_;

  std::mutex state_mutex_;
  bool reading_ = false;        // guarded by state_mutex_; a read or take_request() is under way
  bool half_closed_ = false;    // guarded by state_mutex_; the client sends no more
  std::size_t unanswered_ = 0;  // guarded by state_mutex_
  // Followed transactions by a number of our own, since clients choose their sequence numbers.
  std::uint64_t next_follow_ = 0;                               // guarded by state_mutex_
  std::map<std::uint64_t, TransactionTracker::Watch> follows_;  // guarded by state_mutex_
};

}  // namespace huangpu::node
