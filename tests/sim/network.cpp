#include "tests/sim/network.hpp"

#include <algorithm>
#include <utility>

namespace huangpu::sim {

Network::Network(Scheduler& scheduler, Random random, std::vector<std::size_t> validator_of,
                 Callbacks callbacks)
    : scheduler_(scheduler),
      random_(random),
      nodes_(validator_of.size()),
      validator_of_(std::move(validator_of)),
      callbacks_(std::move(callbacks)),
      links_(nodes_ * nodes_),
      pairs_(nodes_ * nodes_),
      life_(nodes_, 0) {}

void Network::send(std::size_t from, std::size_t to_validator,
                   const std::shared_ptr<const Bytes>& bytes) {
  for (std::size_t to = 0; to < nodes_; ++to) {
    if (validator_of_[to] == to_validator && to != from) send_to(from, to, bytes);
  }
}

void Network::send_to(std::size_t from, std::size_t to, std::shared_ptr<const Bytes> bytes) {
  if (!pair(from, to).connected || link(from, to).cut) return;
  if (filter_ && !filter_(from, to, *bytes)) return;
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
                     callbacks_.deliver(to, validator_of_[from], std::move(bytes));
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
  return validator_of_[a] != validator_of_[b] && life_[a] % 2 == 1 && life_[b] % 2 == 1 &&
         !link(a, b).cut && !link(b, a).cut;
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
    const auto& what = between.connected ? callbacks_.up : callbacks_.down;
    tell(what, a, b);
    tell(what, b, a);
  });
}

// That the wire between `at` and `peer` came up or broke. With another copy of the same validator
// still connected, a break is none.
void Network::tell(const std::function<void(std::size_t, std::size_t)>& what, std::size_t at,
                   std::size_t peer) {
  if (!pair(at, peer).connected) {
    for (std::size_t other = 0; other < nodes_; ++other) {
      if (other != at && validator_of_[other] == validator_of_[peer] && pair(at, other).connected)
        return;
    }
  }
  what(at, validator_of_[peer]);
}

void Network::reset(std::size_t at, std::size_t validator) {
  for (std::size_t peer = 0; peer < nodes_; ++peer) {
    if (validator_of_[peer] != validator || !pair(at, peer).connected) continue;
    // Not from inside the step that asked for it.
    scheduler_.after(0, [this, at, peer] {
      if (!pair(at, peer).connected) return;
      pair(at, peer).connected = false;
      tell(callbacks_.down, at, peer);
      tell(callbacks_.down, peer, at);
      review(at, peer);
    });
  }
}

void Network::node_started(std::size_t node) {
  life_[node] += life_[node] % 2 == 0 ? 1U : 2U;
  for (std::size_t peer = 0; peer < nodes_; ++peer) {
    if (peer == node) continue;
    // A peer that never noticed the crash learns of it now, when the new connection comes.
    if (pair(node, peer).connected) {
      pair(node, peer).connected = false;
      tell(callbacks_.down, peer, node);
    }
    review(node, peer);
  }
}

void Network::node_crashed(std::size_t node) {
  // A node that failed to start was never up.
  life_[node] += life_[node] % 2 == 0 ? 2U : 1U;
  for (std::size_t peer = 0; peer < nodes_; ++peer) {
    if (peer != node) review(node, peer);
  }
}

}  // namespace huangpu::sim
