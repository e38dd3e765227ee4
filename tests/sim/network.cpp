#include "tests/sim/network.hpp"

#include <algorithm>
#include <utility>

namespace huangpu::sim {

Network::Network(Scheduler& scheduler, Random random, std::size_t nodes, Callbacks callbacks)
    : scheduler_(scheduler),
      random_(random),
      nodes_(nodes),
      callbacks_(std::move(callbacks)),
      links_(nodes * nodes),
      pairs_(nodes * nodes),
      life_(nodes, 0) {}

void Network::send(std::size_t from, std::size_t to, std::shared_ptr<const Bytes> bytes) {
  if (!pair(from, to).connected || link(from, to).cut) return;
  if (random_.chance(weather_.loss_per_mille)) return;
  if (random_.chance(weather_.duplicate_per_mille)) arrive(from, to, bytes);
  arrive(from, to, std::move(bytes));
}

void Network::arrive(std::size_t from, std::size_t to, std::shared_ptr<const Bytes> bytes) {
  Micros at = scheduler_.now() + random_.between(weather_.delay_min, weather_.delay_max);
  Link& on = link(from, to);
  if (weather_.ordered) at = std::max(at, on.last_arrival);
  on.last_arrival = std::max(on.last_arrival, at);
  scheduler_.after(at - scheduler_.now(),
                   [this, from, to, life = life_[to], bytes = std::move(bytes)]() mutable {
                     if (life_[to] != life || link(from, to).cut) return;
                     callbacks_.deliver(to, from, std::move(bytes));
                   });
}

void Network::cut(std::size_t from, std::size_t to) {
  link(from, to).cut = true;
  review(from, to);
}

void Network::partition(const std::vector<int>& group_of_node) {
  for (std::size_t a = 0; a < nodes_; ++a) {
    for (std::size_t b = 0; b < nodes_; ++b) {
      if (a != b) link(a, b).cut = group_of_node[a] != group_of_node[b];
    }
  }
  review_all();
}

void Network::heal() {
  for (Link& each : links_) each.cut = false;
  review_all();
}

bool Network::possible(std::size_t a, std::size_t b) {
  return life_[a] % 2 == 1 && life_[b] % 2 == 1 && !link(a, b).cut && !link(b, a).cut;
}

void Network::review_all() {
  for (std::size_t a = 0; a < nodes_; ++a) {
    for (std::size_t b = a + 1; b < nodes_; ++b) review(a, b);
  }
}

void Network::review(std::size_t a, std::size_t b) {
  const std::uint64_t change = ++pair(a, b).change;
  // A break shows when something times out; a connection is made by trying again and again.
  const Micros wait = possible(a, b) ? random_.between(1 * kMillisecond, 200 * kMillisecond)
                                     : random_.between(1 * kMillisecond, 2 * kSecond);
  scheduler_.after(wait, [this, a, b, change] {
    Pair& between = pair(a, b);
    if (between.change != change || between.connected == possible(a, b)) return;
    between.connected = !between.connected;
    const auto& tell = between.connected ? callbacks_.up : callbacks_.down;
    tell(a, b);
    tell(b, a);
  });
}

void Network::node_started(std::size_t node) {
  ++life_[node];
  for (std::size_t peer = 0; peer < nodes_; ++peer) {
    if (peer == node) continue;
    // A peer that never noticed the crash learns of it now, when the new connection comes.
    if (pair(node, peer).connected) {
      pair(node, peer).connected = false;
      callbacks_.down(peer, node);
    }
    review(node, peer);
  }
}

void Network::node_crashed(std::size_t node) {
  ++life_[node];
  for (std::size_t peer = 0; peer < nodes_; ++peer) {
    if (peer != node) review(node, peer);
  }
}

}  // namespace huangpu::sim
