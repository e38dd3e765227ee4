#include "node/transport/peer_stream.hpp"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/client_callback.h>
#include <grpcpp/support/server_callback.h>

#include <mutex>
#include <utility>

namespace huangpu::node {
namespace {

using grpc::ByteBuffer;

class DialledStream final : public PeerStream,
                            public grpc::ClientBidiReactor<ByteBuffer, ByteBuffer> {
 public:
  explicit DialledStream(StreamReactions reactions) : reactions_(std::move(reactions)) {}

  void open(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
            std::shared_ptr<DialledStream> self) {
    self_ = std::move(self);
    grpc::TemplatedGenericStub<ByteBuffer, ByteBuffer> stub(channel);
    stub.PrepareBidiStreamingCall(&context_, method, grpc::StubOptions(), this);
    // Reads and writes start outside of reactions too; the hold keeps the call open until close().
    AddHold();
    StartCall();
  }

  void start_read(ByteBuffer* buffer) override { StartRead(buffer); }
  void start_write(const ByteBuffer* buffer) override { StartWrite(buffer); }
  void close(const std::string&, bool) override {
    context_.TryCancel();
    RemoveHold();
  }

 private:
  void OnReadDone(bool ok) override { reactions_.on_read(ok); }
  void OnWriteDone(bool ok) override { reactions_.on_write(ok); }
  void OnDone(const grpc::Status& status) override {
    const auto self = std::move(self_);
    reactions_.on_done(status.ok() || status.error_code() == grpc::StatusCode::CANCELLED
                           ? std::string()
                           : status.error_message());
  }

  StreamReactions reactions_;
  grpc::ClientContext context_;
  std::shared_ptr<DialledStream> self_;
};

class AcceptedStream final : public PeerStream, public ServerReactor {
 public:
  AcceptedStream(grpc::CallbackServerContext* context, StreamReactions reactions)
      : context_(context), reactions_(std::move(reactions)) {}

  void keep(std::shared_ptr<AcceptedStream> self) { self_ = std::move(self); }

  void start_read(ByteBuffer* buffer) override { StartRead(buffer); }

  void start_write(const ByteBuffer* buffer) override {
    {
      const std::lock_guard lock(mutex_);
      writing_ = true;
    }
    StartWrite(buffer);
  }

  // gRPC forbids Finish while a write is under way, so an unfinished write is first broken off.
  void close(const std::string& reason, bool abrupt) override {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
      if (abrupt || writing_) context_->TryCancel();
      if (writing_) return;  // OnWriteDone finishes
    }
    finish(reason);
  }

 private:
  void finish(const std::string& reason) {
    Finish(reason.empty() ? grpc::Status::OK
                          : grpc::Status(grpc::StatusCode::FAILED_PRECONDITION, reason));
  }

  void OnReadDone(bool ok) override { reactions_.on_read(ok); }
  void OnWriteDone(bool ok) override {
    bool finish_now = false;
    {
      const std::lock_guard lock(mutex_);
      writing_ = false;
      finish_now = closed_;
    }
    if (finish_now) return finish({});
    reactions_.on_write(ok);
  }
  void OnCancel() override { reactions_.on_cancelled(); }
  void OnDone() override {
    const auto self = std::move(self_);
    reactions_.on_done({});
  }

  grpc::CallbackServerContext* const context_;
  StreamReactions reactions_;
  std::shared_ptr<AcceptedStream> self_;
  std::mutex mutex_;
  bool writing_ = false;
  bool closed_ = false;
};

class RefusedStream final : public ServerReactor {
 public:
  explicit RefusedStream(const grpc::Status& status) { Finish(status); }
  void OnDone() override { delete this; }
};

grpc::StatusCode code_of(Refusal refusal) {
  switch (refusal) {
    case Refusal::kUnauthenticated:
      return grpc::StatusCode::UNAUTHENTICATED;
    case Refusal::kDenied:
      return grpc::StatusCode::PERMISSION_DENIED;
    case Refusal::kExhausted:
      return grpc::StatusCode::RESOURCE_EXHAUSTED;
  }
  return grpc::StatusCode::INTERNAL;
}

}  // namespace

std::shared_ptr<PeerStream> dial_stream(const std::shared_ptr<grpc::Channel>& channel,
                                        const std::string& method, StreamReactions reactions) {
  auto stream = std::make_shared<DialledStream>(std::move(reactions));
  stream->open(channel, method, stream);
  return stream;
}

ServedStream serve_stream(grpc::CallbackServerContext* context, StreamReactions reactions) {
  auto stream = std::make_shared<AcceptedStream>(context, std::move(reactions));
  stream->keep(stream);
  AcceptedStream* const reactor = stream.get();
  return {std::move(stream), reactor};
}

ServerReactor* refuse_stream(Refusal refusal, const std::string& reason) {
  return new RefusedStream(grpc::Status(code_of(refusal), reason));
}

}  // namespace huangpu::node
