#include "node/driver/peer_server.hpp"

#include <utility>

namespace huangpu::node {

PeerServer::PeerServer(StoredChain chain, Sender sender)
    : answers_(std::move(chain), std::move(sender)),
      worker_("peer-server", 1, kWaitingPerPeerMax) {}

void PeerServer::serve(Serve request) {
  const ValidatorIndex peer = request.to;
  {
    const std::lock_guard lock(mutex_);
    std::size_t& waiting = waiting_[peer];
    if (waiting >= kWaitingPerPeerMax) return;  // dropped, as the header says
    ++waiting;
  }
  // Bounded by the places of the peers. A worker that stops runs nothing and needs no count.
  worker_.post([this, peer, request = std::move(request)] {
    {
      const std::lock_guard lock(mutex_);
      --waiting_[peer];
    }
    answers_.answer(request);
  });
}

}  // namespace huangpu::node
