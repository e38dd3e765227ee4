#include "node/client/channel_pool.hpp"

#include <grpcpp/create_channel.h>
#include <grpcpp/support/channel_arguments.h>

#include "node/config/config.hpp"
#include "node/transport/identity.hpp"

namespace huangpu::node {
namespace {

constexpr int kReceiveBytesMax = 16 << 20;
// Not below what nodes allow without strikes.
constexpr int kKeepaliveTimeMs = 60'000;
constexpr int kKeepaliveTimeoutMs = 20'000;

}  // namespace

Result<std::unique_ptr<ChannelPool>> ChannelPool::open(const ClientConfig& config) {
  if (config.endpoints.empty()) return fail(Errc::kConfig, "no endpoint is configured");
  auto pool = std::make_unique<ChannelPool>();
  for (const auto& endpoint : config.endpoints) {
    if (const auto parsed = parse_endpoint(endpoint.address); !parsed) {
      return fail(Errc::kConfig, "endpoint " + endpoint.address + " " + parsed.error().message);
    }
    auto credentials =
        make_channel_credentials({config.key_pem, config.certificate_pem}, endpoint.pin);
    if (!credentials) return fail(Errc::kConfig, credentials.error().message);
    pool->slots_.push_back({endpoint.address, std::move(*credentials), nullptr});
  }
  return pool;
}

const std::string& ChannelPool::address(std::size_t endpoint) const {
  return slots_[endpoint % slots_.size()].address;
}

std::shared_ptr<grpc::Channel> ChannelPool::channel(std::size_t endpoint) {
  const std::scoped_lock lock(mutex_);
  auto& slot = slots_[endpoint % slots_.size()];
  if (slot.channel == nullptr) {
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(kReceiveBytesMax);
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveTimeMs);
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2'000);
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 200);
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    // Channels to one address with other certificates must not share a connection.
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    slot.channel = grpc::CreateCustomChannel(slot.address, slot.credentials, arguments);
  }
  return slot.channel;
}

std::size_t ChannelPool::preferred() {
  const std::scoped_lock lock(mutex_);
  return preferred_;
}

void ChannelPool::move_on_from(std::size_t endpoint) {
  const std::scoped_lock lock(mutex_);
  if (preferred_ == endpoint % slots_.size()) preferred_ = (preferred_ + 1) % slots_.size();
}

}  // namespace huangpu::node
