#include "node/rpc/submit_stream.hpp"

#include <algorithm>
#include <utility>

#include "node/convert/convert.hpp"

namespace huangpu::node {
namespace {

constexpr std::size_t kFollowedPerQueued = 16;
constexpr std::size_t kUpdatesPerMessage = 64;
// What one thread checks in a row: enough to save handing over, few enough to spread over threads.
constexpr std::size_t kEnvelopesPerJob = 16;
constexpr std::size_t kBytesPerJob = 64 * 1'024;

void add(v1::SubmitStreamResponse& message, std::uint64_t sequence,
         const TransactionUpdate& update) {
  v1::SubmissionUpdate& entry = *message.add_updates();
  entry.set_sequence(sequence);
  *entry.mutable_update() = to_proto(update);
}

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
  pump();
}

void SubmitStreamCall::pump() {
  {
    const std::scoped_lock lock(state_mutex_);
    if (half_closed_) return;
    pump_again_ = pumping_;
    if (pumping_) return;
    pumping_ = true;
  }
  take_envelopes();
}

void SubmitStreamCall::take_envelopes() {
  while (!is_ended()) {
    const std::size_t count_max = room();
    if (count_max == 0) {
      const std::scoped_lock lock(state_mutex_);
      pumping_ = std::exchange(pump_again_, false);
      if (!pumping_) return;
      continue;
    }
    if (next_ == request_.submissions_size()) return StartRead(&request_);
    if (!submit_some(std::min(count_max, kEnvelopesPerJob))) return;
  }
}

std::size_t SubmitStreamCall::room() {
  const std::size_t queue_max = rpc_.settings.stream_queue;
  const std::size_t queued = waiting() * kUpdatesPerMessage;
  const std::size_t followed_max = queue_max * kFollowedPerQueued;
  const std::scoped_lock lock(state_mutex_);
  if (unanswered_ + queued >= queue_max || follows_.size() >= followed_max) return 0;
  return std::min(queue_max - unanswered_ - queued, followed_max - follows_.size());
}

void SubmitStreamCall::OnReadDone(bool ok) {
  if (!ok) {
    {
      const std::scoped_lock lock(state_mutex_);
      pumping_ = false;
      half_closed_ = true;
    }
    return end_when_complete();
  }
  if (request_.submissions().empty()) {
    return end(Error{Errc::kInvalidArgument, "the message has no submission"});
  }
  next_ = 0;
  take_envelopes();
}

bool SubmitStreamCall::submit_some(std::size_t count_max) {
  std::vector<Bytes> envelopes;
  Sequences sequences;
  std::size_t bytes = 0;
  tl::expected<void, Throttled> charged;
  while (next_ < request_.submissions_size() && envelopes.size() < count_max &&
         bytes < kBytesPerJob) {
    const v1::Submission& submission = request_.submissions(next_);
    const ByteView envelope = as_bytes(submission.envelope());
    charged = rpc_.transactions.charge(caller_, envelope);
    if (!charged) break;
    bytes += envelope.size();
    envelopes.push_back(to_bytes(envelope));
    sequences.push_back(submission.sequence());
    ++next_;
  }
  {
    const std::scoped_lock lock(state_mutex_);
    unanswered_ += envelopes.size();
  }
  const v1::FollowMode follow = request_.follow();
  if (!envelopes.empty()) {
    rpc_.transactions.submit(std::move(envelopes), caller_,
                             [stream = shared_from_this(), sequences = std::move(sequences),
                              follow](const std::vector<TransactionUpdate>& updates) {
                               stream->answered(sequences, follow, updates);
                             });
  }
  if (charged) return true;
  rpc_.metrics.add(CounterId::kApiThrottled, {ledger::role_name(caller_.role)});
  const std::weak_ptr<SubmitStreamCall> weak = weak_from_this();
  quota_wait_.set(charged.error().retry_after, [weak] {
    if (const auto stream = weak.lock()) stream->take_envelopes();
  });
  return false;
}

void SubmitStreamCall::answered(const Sequences& sequences, v1::FollowMode follow_mode,
                                const std::vector<TransactionUpdate>& updates) {
  v1::SubmitStreamResponse message;
  for (std::size_t i = 0; i < updates.size(); ++i) add(message, sequences[i], updates[i]);
  send(std::move(message));
  for (std::size_t i = 0; i < updates.size(); ++i) {
    if (follow_mode == v1::FOLLOW_MODE_NONE || is_last(updates[i].stage)) continue;
    follow(sequences[i], follow_mode, updates[i]);
  }
  {
    const std::scoped_lock lock(state_mutex_);
    unanswered_ -= updates.size();
  }
  pump();
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
        if (last || mode == v1::FOLLOW_MODE_ALL) {
          v1::SubmitStreamResponse message;
          add(message, sequence, update);
          stream->send(std::move(message));
        }
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
        stream->pump();
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

void SubmitStreamCall::send(v1::SubmitStreamResponse message) {
  // Acknowledgements are bounded by what is read; updates of followed transactions come on top. Of
  // two waiting messages that follow each other, more than one message's worth is in them.
  const std::size_t updates_max = rpc_.settings.stream_queue * (kFollowedPerQueued + 1);
  const std::size_t messages_max = 2 * updates_max / kUpdatesPerMessage + 2;
  const auto absorb = [](v1::SubmitStreamResponse& waiting, v1::SubmitStreamResponse& more) {
    const auto together = static_cast<std::size_t>(waiting.updates_size() + more.updates_size());
    if (together > kUpdatesPerMessage) return false;
    for (auto& entry : *more.mutable_updates()) waiting.mutable_updates()->Add(std::move(entry));
    return true;
  };
  if (push(std::move(message), messages_max, absorb) == Pushed::kFull) drop();
}

void SubmitStreamCall::end_when_complete() {
  {
    const std::scoped_lock lock(state_mutex_);
    if (!half_closed_ || unanswered_ > 0 || !follows_.empty()) return;
  }
  end(grpc::Status::OK);
}

void SubmitStreamCall::on_written() { pump(); }

void SubmitStreamCall::on_closed() {
  quota_wait_.cancel();
  std::map<std::uint64_t, TransactionTracker::Watch> follows;
  const std::scoped_lock lock(state_mutex_);
  half_closed_ = true;
  follows.swap(follows_);
}

}  // namespace huangpu::node
