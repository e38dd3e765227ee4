// One unary call from identity to answer (SPEC N-226..N-229).
//
// Answered exactly once: by the work, by the node's own deadline, or by the client's cancellation,
// whichever comes first; what comes later is dropped. Keeps itself alive until gRPC is done with
// it; work that is still running holds a share too. Methods may be called from any thread.
#pragma once

#include <grpcpp/alarm.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

#include "node/convert/error.hpp"
#include "node/rpc/context.hpp"

namespace huangpu::node {

template <class Response>
class UnaryCall final : public grpc::ServerUnaryReactor,
                        public std::enable_shared_from_this<UnaryCall<Response>> {
 public:
  // Identifies and charges the caller. The call may be over already when this returns: see
  // is_open().
  static std::shared_ptr<UnaryCall> begin(RpcContext& rpc, grpc::CallbackServerContext* context,
                                          Response* response, std::string_view method) {
    std::shared_ptr<UnaryCall> call(new UnaryCall(rpc, context, response, method));
    call->self_ = call;
    auto caller = rpc.identify(*context);
    if (!caller) {
      call->fail_with(caller.error());
      return call;
    }
    call->caller_ = std::move(*caller);
    auto slot = rpc.quotas.begin_call(call->caller_);
    if (!slot) {
      call->throttle(slot.error());
      return call;
    }
    call->scope_.emplace(rpc, call->caller_, std::move(*slot));
    std::weak_ptr<UnaryCall> weak = call;
    call->deadline_.Set(std::chrono::system_clock::now() + rpc.settings.call_deadline,
                        [weak](bool is_due) {
                          const auto late = weak.lock();
                          if (is_due && late) {
                            late->fail_with({Errc::kTimeout, "the node did not answer in time"});
                          }
                        });
    return call;
  }

  [[nodiscard]] const Principal& caller() const { return caller_; }

  [[nodiscard]] bool is_open() {
    const std::scoped_lock lock(mutex_);
    return response_ != nullptr;
  }

  void answer(Result<Response> result) {
    if (!result) return fail_with(result.error());
    const std::scoped_lock lock(mutex_);
    if (response_ == nullptr) return;
    *response_ = std::move(*result);
    end(grpc::Status::OK);
  }

  void fail_with(const Error& error) {
    const std::scoped_lock lock(mutex_);
    if (response_ != nullptr) end(refuse_call(*context_, error, method_));
  }

  void throttle(const Throttled& throttled) {
    const std::scoped_lock lock(mutex_);
    if (response_ == nullptr) return;
    rpc_.metrics.add(CounterId::kApiThrottled, {ledger::role_name(caller_.role)});
    end(refuse_call(*context_, throttled));
  }

 private:
  UnaryCall(RpcContext& rpc, grpc::CallbackServerContext* context, Response* response,
            std::string_view method)
      : rpc_(rpc),
        context_(context),
        response_(response),
        method_(method),
        begun_(std::chrono::steady_clock::now()) {}

  // Requires mutex_ held and response_ set.
  void end(const grpc::Status& status) {
    response_ = nullptr;
    scope_.reset();
    deadline_.Cancel();
    rpc_.metrics.add(CounterId::kApiRequests, {method_, status_name(status.error_code())});
    rpc_.metrics.observe(HistogramId::kApiSeconds, std::chrono::steady_clock::now() - begun_,
                         {method_});
    Finish(status);
  }

  void OnCancel() override { fail_with({Errc::kCancelled, "the client cancelled the call"}); }
  void OnDone() override { const auto keep = std::move(self_); }

  RpcContext& rpc_;
  grpc::CallbackServerContext* const context_;
  std::mutex mutex_;
  Response* response_;  // guarded by mutex_; null once the call is answered
  const std::string_view method_;
  const std::chrono::steady_clock::time_point begun_;
  Principal caller_;
  std::optional<CallScope> scope_;
  grpc::Alarm deadline_;
  std::shared_ptr<UnaryCall> self_;
};

// Runs `work(caller)` -> Result<Response> on the pool. `method` is a literal.
template <class Response, class Work>
grpc::ServerUnaryReactor* serve(RpcContext& rpc, grpc::CallbackServerContext* context,
                                Response* response, std::string_view method, Work work) {
  auto call = UnaryCall<Response>::begin(rpc, context, response, method);
  if (!call->is_open()) return call.get();
  const bool is_queued = rpc.pool.try_post([call, work = std::move(work)] {
    // Waited for longer than the client does: the read would be wasted.
    if (call->is_open()) call->answer(work(call->caller()));
  });
  if (!is_queued) call->fail_with({Errc::kExhausted, "the node is busy"});
  return call.get();
}

}  // namespace huangpu::node
