// A GrpcServer with one echoing stream service, and clients for it.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "huangpu/v1/peer.grpc.pb.h"
#include "node/transport/grpc_server.hpp"
#include "tests/unit/node/transport/support.hpp"

namespace huangpu::node::test {

// Repeats each frame. Notes who called.
class EchoService final : public v1::PeerBulk::CallbackService {
 public:
  using Reactor = grpc::ServerBidiReactor<v1::PeerFrame, v1::PeerFrame>;

  Reactor* Exchange(grpc::CallbackServerContext* context) override {
    auto found = server->caller(*context);
    const std::lock_guard lock(mutex);
    ++calls;
    if (found) {
      caller = *found;
    } else {
      refusal = found.error();
    }
    return new Echo(found.has_value());
  }

  GrpcServer* server = nullptr;
  std::mutex mutex;
  int calls = 0;
  std::optional<Caller> caller;
  std::optional<Error> refusal;

 private:
  class Echo final : public Reactor {
   public:
    explicit Echo(bool admitted) {
      if (admitted) {
        StartRead(&frame_);
      } else {
        Finish(grpc::Status(grpc::StatusCode::UNAUTHENTICATED, "unknown caller"));
      }
    }
    void OnReadDone(bool ok) override { ok ? StartWrite(&frame_) : Finish(grpc::Status::OK); }
    void OnWriteDone(bool ok) override { ok ? StartRead(&frame_) : Finish(grpc::Status::OK); }
    void OnDone() override { delete this; }

   private:
    v1::PeerFrame frame_;
  };
};

// The server on a port of its own; `admitted` may change while it runs.
class EchoServer {
 public:
  explicit EchoServer(const std::function<void(GrpcServerConfig&)>& adjust = {}) {
    own = make_party("server");
    GrpcServerConfig config;
    config.tls = own.tls;
    config.authority = [this](const crypto::Digest& pin) -> std::optional<Identity> {
      const std::lock_guard lock(mutex);
      if (!admitted.contains(pin)) return std::nullopt;
      return identity;
    };
    if (adjust) adjust(config);
    auto opened = GrpcServer::open(std::move(config), {&service});
    EXPECT_TRUE(opened) << opened.error().message;
    server = std::move(*opened);
    service.server = server.get();
    server->start();
  }
  ~EchoServer() { server->stop(std::chrono::milliseconds(0)); }

  Party admit(const std::string& name) {
    Party party = make_party(name);
    const std::lock_guard lock(mutex);
    admitted.insert(party.pin);
    return party;
  }
  void revoke(const Party& party) {
    const std::lock_guard lock(mutex);
    admitted.erase(party.pin);
  }

  std::shared_ptr<grpc::Channel> channel(const Party& client) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetMaxReceiveMessageSize(-1);
    return grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(server->port()),
                                     *make_channel_credentials(client.tls, own.pin), arguments);
  }

  Party own;
  std::mutex mutex;
  std::set<crypto::Digest> admitted;
  Identity identity{.name = "client", .rate = {64 << 20, 64 << 20}, .connections_max = 16};
  EchoService service;
  std::unique_ptr<GrpcServer> server;
};

// One stream with one frame there and back.
inline grpc::Status echo_once(const std::shared_ptr<grpc::Channel>& channel, std::size_t bytes = 10,
                              grpc_compression_algorithm compression = GRPC_COMPRESS_NONE) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kPatience);
  if (compression != GRPC_COMPRESS_NONE) context.set_compression_algorithm(compression);
  const auto stream = v1::PeerBulk::NewStub(channel)->Exchange(&context);
  v1::PeerFrame frame;
  frame.add_payloads(std::string(bytes, 'x'));
  v1::PeerFrame back;
  if (stream->Write(frame) && stream->Read(&back)) {
    EXPECT_EQ(back.payloads(0).size(), bytes);
  }
  stream->WritesDone();
  return stream->Finish();
}

}  // namespace huangpu::node::test
