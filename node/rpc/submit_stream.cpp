#include "node/rpc/submit_stream.hpp"

#include <utility>

#include "node/convert/convert.hpp"

namespace huangpu::node {
namespace {

constexpr std::size_t kFollowedPerQueued = 16;

}  // namespace

SubmitStreamCall* SubmitStreamCall::open(RpcContext& rpc, grpc::CallbackServerContext* context) {
  const auto stream = std::make_shared<SubmitStreamCall>(rpc, context);
  stream->self_ = stream;
  stream->start();
  return stream.get();
}

SubmitStreamCall::SubmitStreamCall(RpcContext& rpc, grpc::CallbackServerContext* context)
    : QueuedStream(rpc, context, "Transactions/SubmitStream") {}

void SubmitStreamCall::start() {
  if (!begin(caller_)) return;
  if (auto allowed = rpc_.transactions.may_submit(caller_); !allowed) return end(allowed.error());
  read_next();
}

void SubmitStreamCall::read_next() {
  const std::size_t queue_max = rpc_.settings.stream_queue;
  const auto queued = waiting();
  {
    const std::scoped_lock lock(state_mutex_);
    if (reading_ || half_closed_) return;
    if (unanswered_ + queued >= queue_max) return;
    if (follows_.size() >= queue_max * kFollowedPerQueued) return;
    reading_ = true;
  }
  StartRead(&request_);
}

void SubmitStreamCall::OnReadDone(bool ok) {
  if (ok) return take_request();
  {
    const std::scoped_lock lock(state_mutex_);
    reading_ = false;
    half_closed_ = true;
  }
  end_when_complete();
}

void SubmitStreamCall::take_request() {
  if (is_ended()) return;
  const auto charged = rpc_.transactions.charge(caller_, as_bytes(request_.envelope()));
  if (!charged) {
    rpc_.metrics.add(CounterId::kApiThrottled, {ledger::role_name(caller_.role)});
    const std::weak_ptr<SubmitStreamCall> weak = weak_from_this();
    quota_wait_.set(charged.error().retry_after, [weak] {
      if (const auto stream = weak.lock()) stream->take_request();
    });
    return;
  }
  const auto sequence = request_.sequence();
  const auto follow = request_.follow();
  auto envelope = to_bytes(as_bytes(request_.envelope()));
  {
    const std::scoped_lock lock(state_mutex_);
    ++unanswered_;
    reading_ = false;
  }
  rpc_.transactions.submit(
      std::move(envelope), caller_,
      [stream = shared_from_this(), sequence, follow](const TransactionUpdate& update) {
        stream->answered(sequence, follow, update);
      });
  read_next();
}

void SubmitStreamCall::answered(std::uint64_t sequence, v1::FollowMode follow_mode,
                                const TransactionUpdate& update) {
  send(sequence, update);
  if (follow_mode != v1::FOLLOW_MODE_NONE && !is_last(update.stage)) {
    follow(sequence, follow_mode, update);
  }
  {
    const std::scoped_lock lock(state_mutex_);
    --unanswered_;
  }
  read_next();
  end_when_complete();
}

void SubmitStreamCall::follow(std::uint64_t sequence, v1::FollowMode mode,
                              const TransactionUpdate& admitted) {
  std::uint64_t number = 0;
  {
    const std::scoped_lock lock(state_mutex_);
    number = next_follow_++;
    follows_.try_emplace(number);  // present before the first update can come
  }
  const std::weak_ptr<SubmitStreamCall> weak = weak_from_this();
  auto watch = rpc_.transactions.watch(
      caller_, admitted.txid,
      [weak, sequence, mode, number, told = admitted.stage](const TransactionUpdate& update) {
        const auto stream = weak.lock();
        if (!stream || update.stage <= told) return;
        const bool last = is_last(update.stage);
        if (last || mode == v1::FOLLOW_MODE_ALL) stream->send(sequence, update);
        if (!last) return;
        TransactionTracker::Watch ended;  // destroyed after the lock is released
        {
          const std::scoped_lock lock(stream->state_mutex_);
          const auto found = stream->follows_.find(number);
          if (found != stream->follows_.end()) {
            ended = std::move(found->second);
            stream->follows_.erase(found);
          }
        }
        stream->read_next();
        stream->end_when_complete();
      });
  if (!watch) return end(watch.error());
  {
    TransactionTracker::Watch unused;
    const std::scoped_lock lock(state_mutex_);
    const auto found = follows_.find(number);
    // Gone already when the last stage was told at once.
    (found == follows_.end() ? unused : found->second) = std::move(*watch);
  }
  // Executed before this process began: the stores know it, and asking them tells the watch.
  if (admitted.stage == TransactionStage::kExecuted)
    static_cast<void>(rpc_.transactions.transaction(caller_, admitted.txid));
}

void SubmitStreamCall::send(std::uint64_t sequence, const TransactionUpdate& update) {
  v1::SubmitStreamResponse response;
  response.set_sequence(sequence);
  *response.mutable_update() = to_proto(update);
  // Acknowledgements are bounded by what is read; updates of followed transactions come on top.
  const std::size_t waiting_max = rpc_.settings.stream_queue * (kFollowedPerQueued + 1);
  if (push(std::move(response), waiting_max) == Pushed::kFull) drop();
}

void SubmitStreamCall::end_when_complete() {
  {
    const std::scoped_lock lock(state_mutex_);
    if (!half_closed_ || unanswered_ > 0 || !follows_.empty()) return;
  }
  end(grpc::Status::OK);
}

void SubmitStreamCall::on_written() { read_next(); }

void SubmitStreamCall::on_closed() {
  quota_wait_.cancel();
  std::map<std::uint64_t, TransactionTracker::Watch> follows;
  const std::scoped_lock lock(state_mutex_);
  half_closed_ = true;
  follows.swap(follows_);
}

}  // namespace huangpu::node
