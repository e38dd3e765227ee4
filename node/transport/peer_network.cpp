#include "node/transport/peer_network.hpp"

#include <grpcpp/channel.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/support/channel_arguments.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "huangpu/v1/peer.grpc.pb.h"
#include "node/transport/grpc_server.hpp"
#include "node/transport/peer_frame.hpp"
#include "node/transport/peer_link.hpp"

namespace huangpu::node {
namespace {

constexpr std::chrono::milliseconds kTickInterval{50};
constexpr int kKeepaliveTimeMs = 20'000;
constexpr int kKeepaliveTimeoutMs = 10'000;
constexpr std::uint32_t kConnectionsPerPeerMax = 8;
constexpr std::uint32_t kStreamsPerConnectionMax = 4;
constexpr std::uint64_t kServerMemoryBytesMax = 1ull << 30;

const char* method_of(Channel channel) {
  return channel == Channel::kControl ? "/huangpu.v1.PeerControl/Exchange"
                                      : "/huangpu.v1.PeerBulk/Exchange";
}

std::size_t message_bytes_max(Channel channel) {
  return (channel == Channel::kControl ? kControlFrameBytesMax : kBulkFrameBytesMax) +
         kFrameOverheadBytesMax;
}

Status check(const PeerNetworkConfig& config, const PeerCallbacks& callbacks) {
  if (!callbacks.on_frame || !callbacks.on_up || !callbacks.on_down) {
    return fail(Errc::kConfig, "peer network: every callback must be set");
  }
  std::set<ValidatorIndex> indices;
  std::set<crypto::Digest> pins;
  for (const PeerEndpoint& peer : config.peers) {
    const std::string who = "validator " + std::to_string(peer.index.value());
    if (!indices.insert(peer.index).second) return fail(Errc::kConfig, who + " is listed twice");
    if (!pins.insert(peer.tls_pin).second) {
      return fail(Errc::kConfig, who + " has the transport key of another validator");
    }
    if (config.self < peer.index && peer.address.empty()) {
      return fail(Errc::kConfig, who + " has no address");
    }
  }
  return {};
}

class PeerNetworkImpl final : public PeerNetwork {
 public:
  PeerNetworkImpl(PeerNetworkConfig config, PeerCallbacks callbacks)
      : config_(std::move(config)), callbacks_(std::move(callbacks)) {}
  ~PeerNetworkImpl() override { stop(); }

  Status prepare() {
    for (const PeerEndpoint& peer : config_.peers) {
      if (peer.index == config_.self) continue;
      PeerLink::Dialler dialler;
      if (config_.self < peer.index) {  // the one rule of who dials (SPEC N-121)
        HP_TRY_ASSIGN(auto credentials,
                      make_channel_credentials(config_.tls, authority_of(peer.index)));
        dialler = [this, address = peer.address, credentials = std::move(credentials)](
                      Channel channel, StreamReactions reactions) {
          return dial_stream(connect(address, credentials, channel), method_of(channel),
                             std::move(reactions));
        };
      }
      by_pin_.emplace(peer.tls_pin, peer.index);
      links_.emplace(peer.index, std::make_unique<PeerLink>(config_, callbacks_, peer, dialler));
    }
    return serve();
  }

  Status start() override {
    const std::lock_guard lock(mutex_);
    if (stopping_ || ticker_.joinable()) {
      return fail(Errc::kConflict, "a peer network starts once");
    }
    server_->start();
    ticker_ = std::thread([this] { run_ticks(); });
    return {};
  }

  void stop() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    if (ticker_.joinable()) ticker_.join();
    for (const auto& [index, link] : links_) link->stop();
    if (server_) server_->stop(std::chrono::milliseconds(0));
  }

  SendResult send(ValidatorIndex peer, Channel channel,
                  std::shared_ptr<const Bytes> frame) override {
    PeerLink* const link = find(peer);
    return link == nullptr ? SendResult::kDown : link->send(channel, std::move(frame));
  }

  void pause_reading(ValidatorIndex peer, Channel channel) override {
    if (PeerLink* const link = find(peer)) link->pause_reading(channel);
  }
  void resume_reading(ValidatorIndex peer, Channel channel) override {
    if (PeerLink* const link = find(peer)) link->resume_reading(channel);
  }

  void disconnect(ValidatorIndex peer, const std::string& reason) override {
    if (PeerLink* const link = find(peer)) link->disconnect(reason, config_.misbehaviour_bar);
  }

  bool is_up(ValidatorIndex peer) const override {
    const PeerLink* const link = find(peer);
    return link != nullptr && link->is_up();
  }

  std::vector<PeerStatistics> statistics() const override {
    std::vector<PeerStatistics> all;
    for (const auto& [index, link] : links_) all.push_back(link->statistics());
    return all;
  }

  void set_next_pins(std::map<crypto::Digest, ValidatorIndex> pins) override {
    std::erase_if(pins, [this](const auto& pin) { return !links_.contains(pin.second); });
    {
      const std::lock_guard lock(pins_mutex_);
      next_pins_ = std::move(pins);
    }
    server_->recheck();
  }

  std::uint16_t port() const override { return server_->port(); }
  AcceptorCounters acceptor_counters() const override { return server_->counters().acceptor; }
  HandshakeCounters::Values handshake_counters() const override {
    return server_->counters().handshakes;
  }

 private:
  // Services in raw form: frames stay gRPC's buffers.
  class Control final
      : public v1::PeerControl::WithRawCallbackMethod_Exchange<v1::PeerControl::Service> {
   public:
    explicit Control(PeerNetworkImpl& network) : network_(network) {}
    ServerReactor* Exchange(grpc::CallbackServerContext* context) override {
      return network_.accept(context, Channel::kControl);
    }

   private:
    PeerNetworkImpl& network_;
  };
  class Bulk final : public v1::PeerBulk::WithRawCallbackMethod_Exchange<v1::PeerBulk::Service> {
   public:
    explicit Bulk(PeerNetworkImpl& network) : network_(network) {}
    ServerReactor* Exchange(grpc::CallbackServerContext* context) override {
      return network_.accept(context, Channel::kBulk);
    }

   private:
    PeerNetworkImpl& network_;
  };

  Status serve() {
    GrpcServerConfig config{.acceptor = config_.acceptor, .tls = config_.tls};
    config.authority = [this](const crypto::Digest& pin) { return identify(pin); };
    config.receive_bytes_max = static_cast<std::uint32_t>(message_bytes_max(Channel::kBulk));
    config.streams_max = kStreamsPerConnectionMax;
    config.memory_bytes_max = kServerMemoryBytesMax;
    config.health = false;
    HP_TRY_ASSIGN(server_, GrpcServer::open(std::move(config), {&control_, &bulk_}));
    return {};
  }

  // The validator behind a pin: that of the chain, or one accepted beside it (SPEC N-133).
  std::optional<ValidatorIndex> validator_of(const crypto::Digest& pin) const {
    if (const auto found = by_pin_.find(pin); found != by_pin_.end()) return found->second;
    const std::lock_guard lock(pins_mutex_);
    const auto next = next_pins_.find(pin);
    return next == next_pins_.end() ? std::nullopt : std::optional(next->second);
  }

  PinAuthority authority_of(ValidatorIndex peer) const {
    return [this, peer](const crypto::Digest& pin) -> std::optional<Identity> {
      if (validator_of(pin) != peer) return std::nullopt;
      return Identity{};
    };
  }

  std::optional<Identity> identify(const crypto::Digest& pin) const {
    const auto found = validator_of(pin);
    if (!found) return std::nullopt;
    return Identity{.name = "validator " + std::to_string(found->value()),
                    .rate = config_.peer_rate,
                    .connections_max = kConnectionsPerPeerMax};
  }

  ServerReactor* accept(grpc::CallbackServerContext* context, Channel channel) {
    const auto caller = server_->caller(*context);
    if (!caller) return refuse_stream(Refusal::kUnauthenticated, caller.error().message);
    const auto found = validator_of(caller->pin);
    if (!found) return refuse_stream(Refusal::kUnauthenticated, "not a validator");
    return links_.at(*found)->accept(context, channel);
  }

  // A new connection for each attempt and each channel: our backoff decides when, not gRPC's, and
  // control never waits behind bulk.
  static std::shared_ptr<grpc::Channel> connect(
      const std::string& address, const std::shared_ptr<grpc::ChannelCredentials>& credentials,
      Channel channel) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);  // they would keep copies of what was sent
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    arguments.SetInt(GRPC_ARG_ENABLE_CHANNELZ, 0);
    arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveTimeMs);
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
    arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
    arguments.SetInt(GRPC_ARG_MAX_METADATA_SIZE, 8 * 1024);
    arguments.SetMaxReceiveMessageSize(static_cast<int>(message_bytes_max(channel)));
    arguments.SetMaxSendMessageSize(-1);
    return grpc::CreateCustomChannel(address, credentials, arguments);
  }

  void run_ticks() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      lock.unlock();
      const auto now = PeerLink::Clock::now();
      for (const auto& [index, link] : links_) link->tick(now);
      lock.lock();
      wake_.wait_for(lock, kTickInterval, [this] { return stopping_; });
    }
  }

  // The map never changes after prepare(), so it needs no lock.
  [[nodiscard]] PeerLink* find(ValidatorIndex peer) const {
    const auto found = links_.find(peer);
    return found == links_.end() ? nullptr : found->second.get();
  }

  const PeerNetworkConfig config_;
  const PeerCallbacks callbacks_;
  std::map<crypto::Digest, ValidatorIndex> by_pin_;
  mutable std::mutex pins_mutex_;
  std::map<crypto::Digest, ValidatorIndex> next_pins_;  // guarded
  std::map<ValidatorIndex, std::unique_ptr<PeerLink>> links_;
  Control control_{*this};
  Bulk bulk_{*this};
  std::unique_ptr<GrpcServer> server_;

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread ticker_;
};

}  // namespace

Result<std::unique_ptr<PeerNetwork>> PeerNetwork::open(PeerNetworkConfig config,
                                                       PeerCallbacks callbacks) {
  HP_TRY(check(config, callbacks));
  auto network = std::make_unique<PeerNetworkImpl>(std::move(config), std::move(callbacks));
  HP_TRY(network->prepare());
  return network;
}

}  // namespace huangpu::node
