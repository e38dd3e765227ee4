#include "node/signer/signer_server.hpp"

#include <grpcpp/server_context.h>

#include <chrono>
#include <utility>

#include "huangpu/v1/signer.grpc.pb.h"
#include "node/signer/signer_wire.hpp"
#include "node/transport/grpc_server.hpp"

namespace huangpu::node {
namespace {

std::uint64_t mono_ms() {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                        std::chrono::steady_clock::now().time_since_epoch())
                                        .count());
}

class Service final : public v1::Signer::Service {
 public:
  Service(std::vector<SigningDesk*> desks, SignerNotice notice,
          std::function<TimestampMs()> certificate_end)
      : desks_(std::move(desks)),
        notice_(std::move(notice)),
        certificate_end_(std::move(certificate_end)) {}

  grpc::Status Attach(grpc::ServerContext*, const v1::AttachRequest* request,
                      v1::AttachReply* reply) override {
    const Status done = attach(*request, *reply);
    if (!done) answer(done.error(), *reply);
    return grpc::Status::OK;
  }

  grpc::Status Sign(grpc::ServerContext*, const v1::SignRequest* request,
                    v1::SignReply* reply) override {
    const Status done = sign(*request, *reply);
    if (!done) answer(done.error(), *reply);
    return grpc::Status::OK;
  }

 private:
  Status attach(const v1::AttachRequest& request, v1::AttachReply& reply) {
    HP_TRY_ASSIGN(const AttachCall call, from_proto(request));
    HP_TRY_ASSIGN(SigningDesk* const desk, desk_of(call.key));
    if (const Status taken = desk->attach(call.genesis, call.instance, call.name, mono_ms());
        !taken) {
      notice_("node \"" + call.name + "\" is refused: " + taken.error().message);
      return taken;
    }
    reply.set_public_key(std::string(as_text(desk->public_key().encode())));
    reply.set_lease_ms(static_cast<std::uint32_t>(desk->lease_ms()));
    if (certificate_end_) reply.set_certificate_end_ms(certificate_end_().value());
    return {};
  }

  Status sign(const v1::SignRequest& request, v1::SignReply& reply) {
    HP_TRY_ASSIGN(const SignCall call, from_proto(request));
    HP_TRY_ASSIGN(SigningDesk* const desk, desk_of(call.key));
    HP_TRY_ASSIGN(const auto results, desk->sign(call.instance, call.statements, mono_ms()));
    for (const auto& result : results) {
      if (!result) notice_(result.error().message);
    }
    to_proto(results, reply);
    return {};
  }

  Result<SigningDesk*> desk_of(const crypto::KeyId& key) const {
    for (SigningDesk* const desk : desks_) {
      if (desk->public_key().id() == key) return desk;
    }
    return fail(Errc::kNotFound, "this signer does not hold that key");
  }

  template <class Reply>
  static void answer(const Error& error, Reply& reply) {
    reply.set_code(static_cast<std::uint32_t>(error.code));
    reply.set_message(error.message);
  }

  const std::vector<SigningDesk*> desks_;
  const SignerNotice notice_;
  const std::function<TimestampMs()> certificate_end_;
};

class Server final : public SignerServer {
 public:
  Server(std::vector<SigningDesk*> desks, SignerNotice notice,
         std::function<TimestampMs()> certificate_end)
      : service_(std::move(desks), std::move(notice), std::move(certificate_end)) {}
  ~Server() override {
    if (server_) server_->stop(std::chrono::milliseconds(500));
  }

  Status open(SignerServerConfig config) {
    GrpcServerConfig server;
    server.acceptor.host = config.host;
    server.acceptor.port = config.port;
    server.tls = std::move(config.tls);
    server.authority = [clients = std::move(config.clients)](const crypto::Digest& pin) {
      for (const crypto::Digest& client : clients) {
        if (client == pin) {
          Identity identity;
          identity.name = pin.hex().substr(0, 16);
          identity.rate = {16u << 20, 1u << 20};
          return std::optional<Identity>(identity);
        }
      }
      return std::optional<Identity>();
    };
    server.receive_bytes_max = kSignerMessageBytesMax;
    server.send_bytes_max = kSignerMessageBytesMax;
    server.streams_max = 16;
    server.threads_max = 16;
    server.health = false;
    HP_TRY_ASSIGN(server_, GrpcServer::open(std::move(server), {&service_}));
    server_->start();
    return {};
  }

  std::uint16_t port() const override { return server_->port(); }

 private:
  Service service_;
  std::unique_ptr<GrpcServer> server_;
};

}  // namespace

Result<std::unique_ptr<SignerServer>> SignerServer::start(SignerServerConfig config,
                                                          std::vector<SigningDesk*> desks,
                                                          SignerNotice notice) {
  if (config.clients.empty()) return fail(Errc::kConfig, "no node may ask this signer: name pins");
  auto server =
      std::make_unique<Server>(std::move(desks), std::move(notice), config.certificate_end);
  HP_TRY(server->open(std::move(config)));
  return server;
}

}  // namespace huangpu::node
