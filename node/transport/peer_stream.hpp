// One gRPC stream between two validators, the same for the side that dialled and the side that
// serves.
//
// The owner starts at most one read and one write at a time. The reactions arrive on gRPC threads,
// never inside start_read() or start_write(), so an owner may call those with its lock held. A
// stream keeps itself alive until on_done, the last reaction, after which it touches its owner no
// more.
#pragma once

#include <grpcpp/support/byte_buffer.h>

#include <functional>
#include <memory>
#include <string>

namespace grpc {
class CallbackServerContext;
class Channel;
template <class Request, class Response>
class ServerBidiReactor;
}  // namespace grpc

namespace huangpu::node {

struct StreamReactions {
  std::function<void(bool ok)> on_read;   // false: no more will come
  std::function<void(bool ok)> on_write;  // false: the stream is broken
  std::function<void()>
      on_cancelled;  // the other side or the server gave up; on_done follows close()
  // `reason` is what the other side or gRPC gave as cause; empty when we closed it.
  std::function<void(std::string reason)> on_done;
};

class PeerStream {
 public:
  virtual ~PeerStream() = default;

  // `buffer` must stay until on_read, on_write.
  virtual void start_read(grpc::ByteBuffer* buffer) = 0;
  virtual void start_write(const grpc::ByteBuffer* buffer) = 0;

  // Ends the stream; no start_* may follow. A server tells the client `reason`; with `abrupt`, or
  // from a client, the stream is reset. Every stream is closed once by its owner, also after a
  // failed read or write.
  virtual void close(const std::string& reason, bool abrupt) = 0;
};

// Opens a stream to `method` on a channel. The caller starts the first read and write in the same
// breath.
[[nodiscard]] std::shared_ptr<PeerStream> dial_stream(const std::shared_ptr<grpc::Channel>& channel,
                                                      const std::string& method,
                                                      StreamReactions reactions);

using ServerReactor = grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>;

// The serving side: `reactor` is what the service method returns to gRPC.
struct ServedStream {
  std::shared_ptr<PeerStream> stream;
  ServerReactor* reactor;
};
[[nodiscard]] ServedStream serve_stream(grpc::CallbackServerContext* context,
                                        StreamReactions reactions);

// Answers a call with a refusal and nothing else.
enum class Refusal { kUnauthenticated, kDenied, kExhausted };
[[nodiscard]] ServerReactor* refuse_stream(Refusal refusal, const std::string& reason);

}  // namespace huangpu::node
