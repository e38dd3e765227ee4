#include "node/transport/peer_network.hpp"

#include <grpcpp/channel.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/support/channel_arguments.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <span>
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

Status check(std::span<const PeerEndpoint> peers) {
  std::set<ValidatorIndex> indices;
  std::set<std::string> names;
  std::set<crypto::Digest> pins;
  for (const PeerEndpoint& peer : peers) {
    const std::string who = "validator " + peer.name;
    if (!indices.insert(peer.index).second || !names.insert(peer.name).second)
      return fail(Errc::kConfig, who + " is listed twice");
    bool fresh = pins.insert(peer.tls_pin).second;
    for (const crypto::Digest& pin : peer.other_pins) {
      if (pin != peer.tls_pin) fresh = pins.insert(pin).second && fresh;
    }
    if (!fresh) return fail(Errc::kConfig, who + " has the transport key of another validator");
  }
  return {};
}

class PeerNetworkImpl final : public PeerNetwork {
 public:
  PeerNetworkImpl(PeerNetworkConfig config, PeerCallbacks callbacks)
      : config_(std::move(config)), callbacks_(std::move(callbacks)) {}
  ~PeerNetworkImpl() override { stop(); }

  Status prepare() {
    HP_TRY(set_peers(config_.peers));
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
    for (const LinkPtr& link : all_links()) link->stop();
    for (const LinkPtr& link : take_dropped()) link->stop();
    if (server_) server_->stop(std::chrono::milliseconds(0));
  }

  SendResult send(ValidatorIndex peer, Channel channel,
                  std::shared_ptr<const Bytes> frame) override {
    const LinkPtr link = find(peer);
    return link == nullptr ? SendResult::kDown : link->send(channel, std::move(frame));
  }

  void pause_reading(ValidatorIndex peer, Channel channel) override {
    if (const LinkPtr link = find(peer)) link->pause_reading(channel);
  }
  void resume_reading(ValidatorIndex peer, Channel channel) override {
    if (const LinkPtr link = find(peer)) link->resume_reading(channel);
  }

  void disconnect(ValidatorIndex peer, const std::string& reason) override {
    if (const LinkPtr link = find(peer)) link->disconnect(reason, config_.misbehaviour_bar);
  }

  bool is_up(ValidatorIndex peer) const override {
    const LinkPtr link = find(peer);
    return link != nullptr && link->is_up();
  }

  std::vector<PeerStatistics> statistics() const override {
    std::vector<PeerStatistics> all;
    for (const LinkPtr& link : all_links()) all.push_back(link->statistics());
    return all;
  }

  Status set_peers(std::vector<PeerEndpoint> peers) override {
    std::erase_if(peers, [this](const PeerEndpoint& peer) { return peer.name == config_.self; });
    HP_TRY(check(peers));
    std::map<ValidatorIndex, Peer> next;
    for (PeerEndpoint& peer : peers) {
      HP_TRY_ASSIGN(Peer made, find_or_make(peer));
      next.emplace(peer.index, std::move(made));
    }
    {
      const std::lock_guard lock(peers_mutex_);
      for (auto& [index, peer] : peers_) {
        const auto kept = next.find(index);
        if (kept == next.end() || kept->second.link != peer.link) dropped_.push_back(peer.link);
      }
      peers_ = std::move(next);
      by_pin_.clear();
      for (const auto& [index, peer] : peers_) {
        by_pin_.emplace(peer.endpoint.tls_pin, index);
        for (const crypto::Digest& pin : peer.endpoint.other_pins) by_pin_.emplace(pin, index);
      }
    }
    end_retired();
    wake_.notify_all();
    return {};
  }

  void set_next_pins(std::map<crypto::Digest, ValidatorIndex> pins) override {
    {
      const std::lock_guard lock(peers_mutex_);
      std::erase_if(pins, [this](const auto& pin) { return !peers_.contains(pin.second); });
      next_pins_ = std::move(pins);
    }
    end_retired();
  }

  std::uint16_t port() const override { return server_->port(); }
  AcceptorCounters acceptor_counters() const override { return server_->counters().acceptor; }
  HandshakeCounters::Values handshake_counters() const override {
    return server_->counters().handshakes;
  }

 private:
  using LinkPtr = std::shared_ptr<PeerLink>;
  struct Peer {
    PeerEndpoint endpoint;
    LinkPtr link;
  };

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
    const std::lock_guard lock(peers_mutex_);
    return validator_of_locked(pin);
  }
  std::optional<ValidatorIndex> validator_of_locked(const crypto::Digest& pin) const {
    if (const auto found = by_pin_.find(pin); found != by_pin_.end()) return found->second;
    const auto next = next_pins_.find(pin);
    return next == next_pins_.end() ? std::nullopt : std::optional(next->second);
  }

  PinAuthority authority_of(ValidatorIndex peer) const {
    return [this, peer](const crypto::Digest& pin) -> std::optional<Identity> {
      const std::lock_guard lock(peers_mutex_);
      if (validator_of_locked(pin) != peer) return std::nullopt;
      shown_[peer].insert(pin);
      return Identity{};
    };
  }

  // Ends connections under a pin that is gone (SPEC N-133): the acceptor knows what it accepted,
  // this class what was shown to it when it dialled.
  void end_retired() {
    std::vector<LinkPtr> retired;
    {
      const std::lock_guard lock(peers_mutex_);
      std::erase_if(shown_, [&](const auto& shown) {
        const auto& [index, pins] = shown;
        const bool valid = std::ranges::all_of(
            pins, [&](const crypto::Digest& pin) { return validator_of_locked(pin) == index; });
        if (valid) return false;
        if (const auto peer = peers_.find(index); peer != peers_.end())
          retired.push_back(peer->second.link);
        return true;
      });
    }
    for (const LinkPtr& link : retired) link->disconnect("its transport key has changed", {});
    if (server_) server_->recheck();
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
    const LinkPtr link = find(*found);
    if (!link) return refuse_stream(Refusal::kUnauthenticated, "no validator any more");
    return link->accept(context, channel);
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
      // Waits for the last callbacks of a link, which is why nobody else does it.
      for (const LinkPtr& link : take_dropped()) link->stop();
      const auto now = PeerLink::Clock::now();
      for (const LinkPtr& link : all_links()) link->tick(now);
      lock.lock();
      wake_.wait_for(lock, kTickInterval, [this] { return stopping_; });
    }
  }

  // The peer as it was, with what is new about it; or a new one.
  [[nodiscard]] Result<Peer> find_or_make(const PeerEndpoint& endpoint) {
    {
      const std::lock_guard lock(peers_mutex_);
      const auto known = peers_.find(endpoint.index);
      if (known != peers_.end() && known->second.endpoint.name == endpoint.name)
        return Peer{endpoint, known->second.link};
    }
    PeerLink::Dialler dialler;
    if (config_.self < endpoint.name) {  // the one rule of who dials (SPEC N-121)
      HP_TRY_ASSIGN(auto credentials,
                    make_channel_credentials(config_.tls, authority_of(endpoint.index)));
      dialler = [this, index = endpoint.index, credentials = std::move(credentials)](
                    Channel channel, StreamReactions reactions) {
        return dial_stream(connect(address_of(index), credentials, channel), method_of(channel),
                           std::move(reactions));
      };
    }
    return Peer{endpoint, std::make_shared<PeerLink>(config_, callbacks_, endpoint, dialler)};
  }

  [[nodiscard]] std::string address_of(ValidatorIndex peer) const {
    const std::lock_guard lock(peers_mutex_);
    const auto found = peers_.find(peer);
    // Unknown: a place where nobody can listen, so that the attempt fails like any other.
    return found == peers_.end() || found->second.endpoint.address.empty()
               ? "unix:/dev/null/no-address-is-known"
               : found->second.endpoint.address;
  }

  [[nodiscard]] LinkPtr find(ValidatorIndex peer) const {
    const std::lock_guard lock(peers_mutex_);
    const auto found = peers_.find(peer);
    return found == peers_.end() ? nullptr : found->second.link;
  }

  [[nodiscard]] std::vector<LinkPtr> all_links() const {
    const std::lock_guard lock(peers_mutex_);
    std::vector<LinkPtr> links;
    for (const auto& [index, peer] : peers_) links.push_back(peer.link);
    return links;
  }

  [[nodiscard]] std::vector<LinkPtr> take_dropped() {
    const std::lock_guard lock(peers_mutex_);
    return std::exchange(dropped_, {});
  }

  const PeerNetworkConfig config_;
  const PeerCallbacks callbacks_;
  mutable std::mutex peers_mutex_;  // guards the next five
  std::map<ValidatorIndex, Peer> peers_;
  std::vector<LinkPtr> dropped_;  // not yet stopped
  std::map<crypto::Digest, ValidatorIndex> by_pin_;
  std::map<crypto::Digest, ValidatorIndex> next_pins_;
  // Pins that peers showed when they were dialled, since the last time one of a peer's was retired.
  mutable std::map<ValidatorIndex, std::set<crypto::Digest>> shown_;
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
  if (!callbacks.on_frame || !callbacks.on_up || !callbacks.on_down)
    return fail(Errc::kConfig, "peer network: every callback must be set");
  auto network = std::make_unique<PeerNetworkImpl>(std::move(config), std::move(callbacks));
  HP_TRY(network->prepare());
  return network;
}

}  // namespace huangpu::node
