#include "node/signer/remote_backend.hpp"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>

#include <thread>
#include <utility>
#include <vector>

#include "crypto/random/random.hpp"
#include "crypto/sign/verifier.hpp"
#include "huangpu/v1/signer.grpc.pb.h"
#include "node/signer/signer_wire.hpp"

namespace huangpu::node {
namespace {

using Clock = std::chrono::steady_clock;

// Signing renews the lease too; an attachment also tells about the signer's certificate, so there
// is one now and then however much is signed.
constexpr std::chrono::seconds kAttachEvery{10};

class Backend final : public RemoteBackend {
 public:
  Backend(RemoteSignerConfig config, std::shared_ptr<grpc::Channel> channel)
      : config_(std::move(config)),
        instance_(crypto::random::bytes(kInstanceBytes)),
        channel_(std::move(channel)),
        stub_(v1::Signer::NewStub(channel_)) {}

  const crypto::PublicKey& public_key() const override { return config_.key; }
  std::string place() const override { return "the signer at " + config_.endpoint; }

  std::vector<Result<crypto::Signature>> sign(
      std::span<const consensus::SigningRequest> requests) override {
    const auto all = [&](const Error& error) {
      return std::vector<Result<crypto::Signature>>(requests.size(), tl::unexpected<Error>(error));
    };
    if (const Status attached = keep_attached(); !attached) return all(attached.error());
    v1::SignRequest request;
    to_proto({config_.key.id(), instance_, {requests.begin(), requests.end()}}, request);
    v1::SignReply reply;
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + config_.call_timeout);
    const grpc::Status called = stub_->Sign(&context, request, &reply);
    if (!called.ok()) return all(unreachable(called));
    if (reply.code() != 0) {
      attached_ = false;  // whatever it is, the lease is asked for again
      return all(soften(wire_error(reply.code(), reply.message())));
    }
    attached_at_ = Clock::now();
    auto results = from_proto(reply, requests.size());
    for (std::size_t i = 0; i < results.size(); ++i) {
      // SPEC N-304: a signer that computes wrongly must not speak in this key's name.
      if (results[i] && !crypto::verify(config_.key, requests[i].message(), *results[i])) {
        results[i] = fail(Errc::kUnavailable, "the signer's signature does not verify");
      }
    }
    return results;
  }

  Status idle() override { return keep_attached(); }

  Status first_attach(std::chrono::milliseconds patience) override {
    const Clock::time_point end = Clock::now() + patience;
    while (true) {
      const Status attached = attach();
      if (attached) return {};
      const Errc code = attached.error().code;
      // Not reachable: the node runs without signing, and says so.
      if (code == Errc::kUnavailable || code == Errc::kTimeout) return {};
      if (code == Errc::kWrongChain || code == Errc::kNotFound || code == Errc::kConflict)
        return fail(Errc::kConfig, place() + ": " + attached.error().message);
      if (Clock::now() >= end) return fail(attached.error(), place());
      std::this_thread::sleep_for(std::chrono::milliseconds(250));
    }
  }

 private:
  Error unreachable(const grpc::Status& called) {
    attached_ = false;
    const bool late = called.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED;
    return {late ? Errc::kTimeout : Errc::kUnavailable, called.error_message()};
  }

  // What the holder's queue takes for final must be about a statement, not about the lease.
  static Error soften(Error error) {
    error.code = Errc::kUnavailable;
    return error;
  }

  // Renews the lease in time; a run that lost it takes it again as soon as it is free.
  Status keep_attached() {
    const Clock::time_point now = Clock::now();
    if (attached_ && now - attached_at_ < lease_ / 3 && now - told_at_ < kAttachEvery) return {};
    if (const Status attached = attach(); !attached)
      return tl::unexpected<Error>(soften(attached.error()));
    return {};
  }

  Status attach() {
    v1::AttachRequest request;
    request.set_key_id(std::string(as_text(config_.key.id().value().bytes())));
    request.set_genesis(std::string(as_text(config_.genesis.bytes())));
    request.set_instance(std::string(as_text(instance_)));
    request.set_name(config_.node_name.substr(0, 64));
    v1::AttachReply reply;
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + config_.call_timeout);
    const Clock::time_point asked = Clock::now();
    const grpc::Status called = stub_->Attach(&context, request, &reply);
    if (!called.ok()) return tl::unexpected<Error>(unreachable(called));
    if (reply.code() != 0) {
      attached_ = false;
      return tl::unexpected<Error>(wire_error(reply.code(), reply.message()));
    }
    const auto key = crypto::PublicKey::decode(as_bytes(reply.public_key()));
    if (!key || *key != config_.key) return fail(Errc::kConflict, "it holds another key");
    attached_ = true;
    attached_at_ = asked;
    told_at_ = asked;
    lease_ = std::chrono::milliseconds(reply.lease_ms());
    if (config_.server_end && reply.certificate_end_ms() != 0)
      config_.server_end(TimestampMs{reply.certificate_end_ms()});
    return {};
  }

  const RemoteSignerConfig config_;
  const Bytes instance_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::Signer::Stub> stub_;
  bool attached_ = false;
  Clock::time_point attached_at_{};  // the lease counts from here
  Clock::time_point told_at_{};      // the newest attachment
  Clock::duration lease_{};
};

}  // namespace

Result<std::unique_ptr<RemoteBackend>> RemoteBackend::open(RemoteSignerConfig config) {
  HP_TRY_ASSIGN(const auto credentials, make_channel_credentials(config.tls, config.pin));
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 500);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 20'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 5'000);
  arguments.SetMaxReceiveMessageSize(static_cast<int>(kSignerMessageBytesMax));
  auto channel = grpc::CreateCustomChannel(config.endpoint, credentials, arguments);
  return std::make_unique<Backend>(std::move(config), std::move(channel));
}

}  // namespace huangpu::node
