#include "node/driver/peer_server.hpp"

#include <utility>

namespace huangpu::node {

namespace {

constexpr std::size_t kRequestsWaitingMax = 256;

}  // namespace

PeerServer::PeerServer(StoredChain chain, Sender sender)
    : answers_(std::move(chain), std::move(sender)),
      worker_("peer-server", 1, kRequestsWaitingMax) {}

void PeerServer::serve(Serve request) {
  // Full: dropped, as the header says.
  static_cast<void>(
      worker_.try_post([this, request = std::move(request)] { answers_.answer(request); }));
}

}  // namespace huangpu::node
