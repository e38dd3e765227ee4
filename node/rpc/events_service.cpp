// The event stream: pulled from the block store at the pace of its reader (SPEC N-221, N-224).
#include <atomic>

#include "huangpu/v1/events.grpc.pb.h"
#include "node/api/events_api.hpp"
#include "node/convert/convert.hpp"
#include "node/rpc/queued_stream.hpp"
#include "node/rpc/services.hpp"
#include "node/rpc/timer.hpp"

namespace huangpu::node {
namespace {

// How many events wait in front of gRPC at most, and at which level more are read. Small: an event
// of a bulk transfer can have a megabyte.
constexpr std::size_t kReadAhead = 32;
constexpr std::size_t kLowWater = 8;
// A reader that takes nothing for so long is dropped.
constexpr std::chrono::milliseconds kStall{30'000};

using Base = grpc::ServerWriteReactor<v1::SubscribeResponse>;

class EventStream final : public QueuedStream<Base, v1::SubscribeResponse>,
                          public std::enable_shared_from_this<EventStream> {
 public:
  static EventStream* open(RpcContext& rpc, grpc::CallbackServerContext* context,
                           const v1::SubscribeRequest& request) {
    const auto stream = std::make_shared<EventStream>(rpc, context);
    stream->self_ = stream;
    stream->start(request);
    return stream.get();
  }

  EventStream(RpcContext& rpc, grpc::CallbackServerContext* context)
      : QueuedStream(rpc, context, "Events/Subscribe") {}

 private:
  void start(const v1::SubscribeRequest& request) {
    Principal caller;
    if (!begin(caller)) return;
    if (authorise(caller, Call::kSubscribe) != Verdict::kAllowed) {
      return end(Error{Errc::kDenied, "this role may not make this call"});
    }
    auto wanted = from_proto(request);
    if (!wanted) return end(wanted.error());
    reader_.emplace(rpc_.backend, rpc_.owners, caller, std::move(*wanted));

    const std::weak_ptr<EventStream> weak = weak_from_this();
    subscription_ = rpc_.feed.subscribe([weak](Height) {
      if (const auto stream = weak.lock()) stream->wake();
    });
    touch();
    watch_for_stall();
    wake();
  }

  // One job at a time reads on. A wake-up during a running job makes another one follow, so none is
  // lost.
  void wake() {
    if (wakes_.fetch_add(1) == 0) post();
  }

  // Requires wakes_ > 0 set by the caller.
  void post() {
    if (!rpc_.pool.try_post([stream = shared_from_this()] { stream->read_on(); })) {
      wakes_ = 0;  // the next block or the stall timer tries again
    }
  }

  // Reads once and then queues behind other calls, so that a long history does not hold a thread.
  void read_on() {
    auto seen = wakes_.load();
    if (wants_more()) {
      auto events = reader_->read(kReadAhead - kLowWater);
      if (!events) return end(events.error());
      for (const auto& event : *events) {
        if (push(to_proto(event), kReadAhead) != Pushed::kQueued) return;
      }
    }
    if (!wants_more() && wakes_.compare_exchange_strong(seen, 0)) return;
    wakes_ = 1;
    post();
  }

  bool wants_more() { return !is_ended() && waiting() <= kLowWater && reader_->more(); }

  void on_written() override {
    touch();
    if (waiting() <= kLowWater) wake();
  }

  void on_closed() override {
    subscription_.cancel();
    stall_.cancel();
  }

  void touch() { moved_at_ = std::chrono::steady_clock::now().time_since_epoch().count(); }

  void watch_for_stall() {
    const std::weak_ptr<EventStream> weak = weak_from_this();
    stall_.set(kStall / 3, [weak] {
      if (const auto stream = weak.lock()) stream->check_stall();
    });
  }

  void check_stall() {
    if (is_ended()) return;
    const std::chrono::steady_clock::duration moved_at(moved_at_.load());
    const auto still = std::chrono::steady_clock::now().time_since_epoch() - moved_at;
    if (waiting() > 0 && still > kStall) return drop();
    wake();
    watch_for_stall();
  }

  std::optional<EventReader> reader_;  // used by one job at a time
  FinalityFeed::Subscription subscription_;
  Timer stall_;
  std::atomic<std::uint32_t> wakes_ = 0;
  std::atomic<std::chrono::steady_clock::rep> moved_at_ = 0;
};

class EventsService final : public v1::Events::CallbackService {
 public:
  explicit EventsService(RpcContext& rpc) : rpc_(rpc) {}

  grpc::ServerWriteReactor<v1::SubscribeResponse>* Subscribe(
      grpc::CallbackServerContext* context, const v1::SubscribeRequest* request) override {
    return EventStream::open(rpc_, context, *request);
  }

 private:
  RpcContext& rpc_;
};

}  // namespace

std::unique_ptr<grpc::Service> make_events_service(RpcContext& rpc) {
  return std::make_unique<EventsService>(rpc);
}

}  // namespace huangpu::node
