// The sending half of a server stream: a bounded queue in front of gRPC's one write at a time (SPEC
// N-229).
//
// Base is grpc::ServerWriteReactor<M> or grpc::ServerBidiReactor<R, M>. Keeps itself alive until
// gRPC is done with it. push() and end() may be called from any thread.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

#include "node/convert/error.hpp"
#include "node/rpc/context.hpp"

namespace huangpu::node {

template <class Base, class Message>
class QueuedStream : public Base {
 public:
  QueuedStream(RpcContext& rpc, grpc::CallbackServerContext* context, std::string_view method)
      : rpc_(rpc), context_(context), method_(method), keep_(rpc.shared_from_this()) {}

 protected:
  enum class Pushed { kQueued, kFull, kEnded };

  // Identifies the caller and takes a place among its streams; otherwise ends the stream and
  // returns false.
  bool begin(Principal& caller) {
    auto identified = rpc_.identify(*context_);
    if (!identified) {
      end(identified.error());
      return false;
    }
    caller = std::move(*identified);
    auto slot = rpc_.quotas.begin_stream(caller);
    if (!slot) {
      rpc_.metrics.add(CounterId::kApiThrottled, {ledger::role_name(caller.role)});
      end(slot.error());
      return false;
    }
    const std::scoped_lock lock(mutex_);
    scope_.emplace(rpc_, caller, std::move(*slot));
    return true;
  }

  Pushed push(Message message, std::size_t waiting_max) {
    return push(std::move(message), waiting_max,
                [](Message& /*waiting*/, Message& /*message*/) { return false; });
  }

  // The same, but `absorb(waiting, message)` may first put the content into the newest message that
  // is not being written yet; it returns whether it did. What comes faster than the network takes
  // it then leaves in fewer messages.
  template <class Absorb>
  Pushed push(Message message, std::size_t waiting_max, const Absorb& absorb) {
    {
      const std::scoped_lock lock(mutex_);
      if (ending_) return Pushed::kEnded;
      const bool back_is_free = queue_.size() > 1;  // the front is being written
      if (back_is_free && absorb(queue_.back(), message)) return Pushed::kQueued;
      if (queue_.size() >= waiting_max) return Pushed::kFull;
      queue_.push_back(std::move(message));
      if (writing_) return Pushed::kQueued;
      writing_ = true;
    }
    // The message at the front stays where it is until its write is done.
    this->StartWrite(&front());
    return Pushed::kQueued;
  }

  // Ends the stream after what is queued has been sent. Later calls change nothing.
  void end(const grpc::Status& status) {
    end_with([&] { return status; });
  }
  void end(const Error& error) {
    end_with([&] { return refuse_call(*context_, error, method_); });
  }
  void end(const Throttled& throttled) {
    end_with([&] { return refuse_call(*context_, throttled); });
  }

  // Ends the stream at once, without what is queued: for a reader that takes nothing.
  void drop() {
    {
      const std::scoped_lock lock(mutex_);
      if (!queue_.empty()) queue_.resize(1);  // gRPC may be reading the front
      if (!ending_) ending_ = grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "reader too slow");
    }
    rpc_.metrics.add(CounterId::kApiStreamsDropped, {method_});
    context_->TryCancel();
  }

  [[nodiscard]] std::size_t waiting() {
    const std::scoped_lock lock(mutex_);
    return queue_.size();
  }
  [[nodiscard]] bool is_ended() {
    const std::scoped_lock lock(mutex_);
    return ending_.has_value();
  }

  // Called after each write that left the queue with room; on a gRPC thread, without locks.
  virtual void on_written() {}
  // Called once, when gRPC has finished with the stream; drop subscriptions here.
  virtual void on_closed() {}

  RpcContext& rpc_;
  grpc::CallbackServerContext* const context_;
  const std::string_view method_;
  std::shared_ptr<void> self_;  // set by whoever makes the stream

 private:
  // A late answer of the backend may find the stream closed and the server gone.
  const std::shared_ptr<RpcContext> keep_;

  Message& front() {
    const std::scoped_lock lock(mutex_);
    return queue_.front();
  }

  void OnWriteDone(bool ok) final {
    bool has_next = false;
    bool is_over = false;
    {
      const std::scoped_lock lock(mutex_);
      queue_.pop_front();
      if (!ok) {
        queue_.clear();
        if (!ending_) ending_ = grpc::Status(grpc::StatusCode::CANCELLED, "the client went away");
      }
      has_next = !queue_.empty();
      writing_ = has_next;
      if (!has_next && ending_ && !finished_) is_over = finished_ = true;
    }
    if (has_next) this->StartWrite(&front());
    if (is_over) return finish();
    on_written();
  }

  void OnCancel() final {
    end(grpc::Status(grpc::StatusCode::CANCELLED, "the client cancelled the stream"));
  }

  // Trailers are not thread-safe, so the status is made under the lock, and only by whoever ends
  // the stream.
  template <class MakeStatus>
  void end_with(const MakeStatus& make_status) {
    {
      const std::scoped_lock lock(mutex_);
      if (ending_) return;
      ending_ = make_status();
      if (writing_) return;
      finished_ = true;
    }
    finish();
  }

  // Requires finished_ set by the caller, once.
  void finish() {
    rpc_.metrics.add(CounterId::kApiRequests, {method_, status_name(ending_->error_code())});
    this->Finish(*ending_);
  }

  void OnDone() final {
    const auto keep = std::move(self_);
    on_closed();
    const std::scoped_lock lock(mutex_);
    scope_.reset();
  }

  std::mutex mutex_;
  std::deque<Message> queue_;           // guarded by mutex_; references to elements stay valid
  bool writing_ = false;                // guarded by mutex_; the front is being written
  bool finished_ = false;               // guarded by mutex_
  std::optional<grpc::Status> ending_;  // guarded by mutex_; constant once set
  std::optional<CallScope> scope_;      // guarded by mutex_
};

}  // namespace huangpu::node
