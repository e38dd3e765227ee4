// Reading events without loss or repetition, across endpoints if need be.
#include <grpcpp/completion_queue.h>

#include <thread>

#include "node/client/client_impl.hpp"

namespace huangpu::node {
namespace {

using Clock = std::chrono::system_clock;

constexpr std::chrono::milliseconds kPauseBetweenRounds{200};

// One stream on one endpoint. The asynchronous interface is used for its waits with a deadline;
// there is only ever one operation under way.
class EventReading {
 public:
  EventReading(const std::shared_ptr<grpc::Channel>& channel, const EventRequest& request)
      : stub_(channel),
        reader_(stub_.PrepareAsyncSubscribe(&context_, to_proto(request), &queue_)) {
    reader_->StartCall(this);
  }

  // Cancels and waits for what is under way.
  ~EventReading() {
    context_.TryCancel();
    if (under_way_) static_cast<void>(wait(Clock::time_point::max()));
    if (!finished_) {
      reader_->Finish(&status_, this);
      static_cast<void>(wait(Clock::time_point::max()));
    }
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
    }
  }
  EventReading(const EventReading&) = delete;
  EventReading& operator=(const EventReading&) = delete;

  // The next event; kTimeout when none came before `deadline` (the stream goes on), otherwise why
  // the stream ended.
  Result<v1::SubscribeResponse> next(Clock::time_point deadline) {
    if (starting_) {
      HP_TRY_ASSIGN(const bool ok, wait(deadline));
      starting_ = false;
      if (!ok) return ended();
    }
    if (!under_way_) {
      reader_->Read(&message_, this);
      under_way_ = true;
    }
    HP_TRY_ASSIGN(const bool ok, wait(deadline));
    if (!ok) return ended();
    return std::move(message_);
  }

 private:
  Result<bool> wait(Clock::time_point deadline) {
    void* tag = nullptr;
    bool ok = false;
    if (queue_.AsyncNext(&tag, &ok, deadline) != grpc::CompletionQueue::GOT_EVENT) {
      return fail(Errc::kTimeout, "no event in time");
    }
    under_way_ = false;
    return ok;
  }

  tl::unexpected<Error> ended() {
    reader_->Finish(&status_, this);
    under_way_ = true;
    static_cast<void>(wait(Clock::time_point::max()));
    finished_ = true;
    if (status_.ok()) return fail(Errc::kUnavailable, "the node ended the stream");
    return tl::unexpected(error_of(status_, context_));
  }

  v1::Events::Stub stub_;
  grpc::ClientContext context_;
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::ClientAsyncReader<v1::SubscribeResponse>> reader_;
  v1::SubscribeResponse message_;
  grpc::Status status_;
  bool starting_ = true;
  bool under_way_ = true;
  bool finished_ = false;
};

}  // namespace

Status Client::events(const EventRequest& request, std::chrono::milliseconds quiet_timeout,
                      const std::function<bool(const Event&)>& on_event) {
  auto resume = request;
  auto deadline = Clock::now() + quiet_timeout;
  for (std::size_t tries = 1;; ++tries) {
    const auto endpoint = impl_->pool().preferred();
    const auto channel = impl_->connected(endpoint, deadline);
    Error error;
    if (channel) {
      EventReading reading(*channel, resume);
      while (true) {
        const auto message = reading.next(deadline);
        if (!message) {
          error = message.error();
          break;
        }
        HP_TRY_ASSIGN(const auto event, from_proto(*message));
        resume.from = event.cursor;
        deadline = Clock::now() + quiet_timeout;
        if (!on_event(event)) return {};
      }
    } else {
      error = channel.error();
    }
    if (Clock::now() >= deadline) return fail(Errc::kTimeout, "no event in time");
    // A cancelled stream was dropped as too slow, or its node stops.
    if (channel && !Impl::is_elsewhere(error.code) && error.code != Errc::kCancelled) {
      return tl::unexpected(std::move(error));
    }
    impl_->pool().move_on_from(endpoint);
    if (tries % impl_->pool().size() == 0) {
      std::this_thread::sleep_for(
          std::min<Clock::duration>(kPauseBetweenRounds, deadline - Clock::now()));
    }
  }
}

}  // namespace huangpu::node
