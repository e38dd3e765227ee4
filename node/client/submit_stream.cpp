// The client's side of a submission stream: a writing thread behind a bounded queue, and a reading
// thread.
#include "node/client/submit_stream.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include "node/client/client_impl.hpp"

namespace huangpu::node {
namespace {

constexpr std::size_t kQueueMax = 1'024;
// Of one message; the first envelope goes in whatever its size.
constexpr int kEnvelopesPerMessage = 64;
constexpr std::size_t kMessageBytes = 256 * 1'024;

v1::FollowMode follow_mode(FollowMode mode) {
  switch (mode) {
    case FollowMode::kNone:
      return v1::FOLLOW_MODE_NONE;
    case FollowMode::kFinal:
      return v1::FOLLOW_MODE_FINAL;
    case FollowMode::kAll:
      return v1::FOLLOW_MODE_ALL;
  }
  return v1::FOLLOW_MODE_NONE;
}

class GrpcSubmitStream final : public SubmitStream {
 public:
  GrpcSubmitStream(const std::shared_ptr<grpc::Channel>& channel, OnUpdate on_update,
                   FollowMode follow)
      : stub_(channel),
        on_update_(std::move(on_update)),
        follow_(follow_mode(follow)),
        stream_(stub_.SubmitStream(&context_)),
        writer_([this] { write(); }),
        reader_([this] { read(); }) {}

  ~GrpcSubmitStream() override {
    context_.TryCancel();
    {
      const std::scoped_lock lock(mutex_);
      closing_ = true;
    }
    changed_.notify_all();
    writer_.join();
    reader_.join();
  }
  GrpcSubmitStream(const GrpcSubmitStream&) = delete;
  GrpcSubmitStream& operator=(const GrpcSubmitStream&) = delete;

  Status send(std::uint64_t sequence, ByteView envelope) override {
    v1::Submission submission;
    submission.set_sequence(sequence);
    submission.set_envelope(bytes_field(envelope));
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ended_ || closing_ || queue_.size() < kQueueMax; });
    if (ended_) return tl::unexpected(*ended_);
    if (closing_) return fail(Errc::kInvalidArgument, "the stream is finished");
    queue_.push_back(std::move(submission));
    lock.unlock();
    changed_.notify_all();
    return {};
  }

  Status finish(std::chrono::milliseconds timeout) override {
    std::unique_lock lock(mutex_);
    closing_ = true;
    changed_.notify_all();
    if (!changed_.wait_for(lock, timeout, [this] { return ended_.has_value(); })) {
      return fail(Errc::kTimeout, "not every envelope was answered in time");
    }
    if (ended_well_) return {};
    return tl::unexpected(*ended_);
  }

  bool has_ended() const override {
    const std::scoped_lock lock(mutex_);
    return ended_.has_value();
  }

 private:
  void write() {
    while (true) {
      v1::SubmitStreamRequest request;
      request.set_follow(follow_);
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return ended_ || closing_ || !queue_.empty(); });
        if (ended_) return;
        if (queue_.empty()) break;
        take_waiting(request);
      }
      changed_.notify_all();
      if (!stream_->Write(request)) return;
    }
    stream_->WritesDone();
  }

  // Requires mutex_, and something to take.
  void take_waiting(v1::SubmitStreamRequest& request) {
    std::size_t bytes = 0;
    do {
      bytes += queue_.front().envelope().size();
      request.mutable_submissions()->Add(std::move(queue_.front()));
      queue_.pop_front();
    } while (!queue_.empty() && request.submissions_size() < kEnvelopesPerMessage &&
             bytes + queue_.front().envelope().size() <= kMessageBytes);
  }

  void read() {
    v1::SubmitStreamResponse response;
    std::optional<Error> malformed;
    while (!malformed && stream_->Read(&response)) {
      if (const Status told = tell(response); !told) {
        malformed = told.error();
        context_.TryCancel();
      }
    }
    const auto status = stream_->Finish();
    const std::scoped_lock lock(mutex_);
    ended_well_ = status.ok() && !malformed;
    ended_ = malformed     ? *malformed
             : status.ok() ? Error{Errc::kUnavailable, "the stream has ended"}
                           : error_of(status, context_);
    changed_.notify_all();
  }

  Status tell(const v1::SubmitStreamResponse& response) const {
    for (const auto& entry : response.updates()) {
      HP_TRY_ASSIGN(const auto update, from_proto(entry.update()));
      on_update_(entry.sequence(), update);
    }
    return {};
  }

  v1::Transactions::Stub stub_;
  grpc::ClientContext context_;
  const OnUpdate on_update_;
  const v1::FollowMode follow_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::SubmitStreamRequest, v1::SubmitStreamResponse>>
      stream_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<v1::Submission> queue_;  // guarded by mutex_
  bool closing_ = false;              // guarded by mutex_; nothing more is queued
  bool ended_well_ = false;           // guarded by mutex_
  std::optional<Error> ended_;        // guarded by mutex_
  std::thread writer_;                // last: the threads use everything above
  std::thread reader_;
};

}  // namespace

Result<std::unique_ptr<SubmitStream>> Client::submit_stream(SubmitStream::OnUpdate on_update,
                                                            FollowMode follow,
                                                            std::size_t endpoint) {
  const auto deadline = std::chrono::system_clock::now() + impl_->config().call_timeout;
  const auto channel = impl_->connected(endpoint, deadline);
  // However it is closed, one node's door says nothing of the others.
  if (!channel) return fail(Errc::kUnavailable, channel.error().message);
  return std::unique_ptr<SubmitStream>(
      std::make_unique<GrpcSubmitStream>(*channel, std::move(on_update), follow));
}

}  // namespace huangpu::node
