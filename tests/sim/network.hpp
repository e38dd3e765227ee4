// The network between simulated nodes: delay, jitter, loss, duplication, reordering, one-way cuts
// and partitions.
//
// Messages are the encoded bytes. Connections follow the transport's contract: both ends hear of a
// connection that comes up, and of one that breaks, some time after it did; bytes sent to a node
// before it restarted never reach its next life. One thread.
//
// A machine is a place in the network; several may claim to be one validator (twins), and then each
// of them gets what is sent to it. Peers are named by validator, wires by machine.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "crypto/base/bytes.hpp"
#include "tests/sim/random.hpp"
#include "tests/sim/scheduler.hpp"

namespace huangpu::sim {

struct Weather {
  Micros delay_min = 200;
  Micros delay_max = 1'000;
  std::uint64_t loss_per_mille = 0;
  std::uint64_t duplicate_per_mille = 0;
  bool ordered = true;  // messages of one link stay in order
};

class Network {
 public:
  struct Callbacks {
    // The first argument is a machine, the second one a validator.
    std::function<void(std::size_t to, std::size_t from, std::shared_ptr<const Bytes>)> deliver;
    std::function<void(std::size_t at, std::size_t peer)> up;
    std::function<void(std::size_t at, std::size_t peer)> down;
  };

  // `validator_of` has one entry per machine.
  Network(Scheduler& scheduler, Random random, std::vector<std::size_t> validator_of,
          Callbacks callbacks);

  // From a machine to every machine of a validator.
  void send(std::size_t from, std::size_t to_validator, const std::shared_ptr<const Bytes>& bytes);

  // Which messages may pass at all, from machine to machine; asked for each one that is sent.
  using Filter = std::function<bool(std::size_t from, std::size_t to, ByteView bytes)>;
  void set_filter(Filter filter) { filter_ = std::move(filter); }

  void set_weather(const Weather& weather) { weather_ = weather; }
  [[nodiscard]] const Weather& weather() const { return weather_; }
  // Nothing passes in this direction.
  void cut(std::size_t from, std::size_t to);
  // Nothing passes between nodes of different groups.
  void partition(const std::vector<int>& group_of_node);
  void heal();
  // One side has had enough of the other: the connection breaks and is made again later.
  void reset(std::size_t at, std::size_t validator);

  void node_started(std::size_t node);
  void node_crashed(std::size_t node);

 private:
  struct Link {
    bool cut = false;
    Micros last_arrival = 0;
  };
  struct Pair {
    bool connected = false;  // as both ends were told
    std::uint64_t change = 0;
  };

  [[nodiscard]] Link& link(std::size_t from, std::size_t to) { return links_[from * nodes_ + to]; }
  [[nodiscard]] Pair& pair(std::size_t a, std::size_t b) {
    return pairs_[std::min(a, b) * nodes_ + std::max(a, b)];
  }
  [[nodiscard]] bool possible(std::size_t a, std::size_t b);
  void send_to(std::size_t from, std::size_t to, std::shared_ptr<const Bytes> bytes);
  void arrive(std::size_t from, std::size_t to, std::shared_ptr<const Bytes> bytes);
  void tell(const std::function<void(std::size_t, std::size_t)>& what, std::size_t a,
            std::size_t b);
  // Connections follow what is possible, after a while.
  void review(std::size_t a, std::size_t b);
  void review_all();

  Scheduler& scheduler_;
  Random random_;
  const std::size_t nodes_;
  const std::vector<std::size_t> validator_of_;
  const Callbacks callbacks_;
  Weather weather_;
  Filter filter_;
  std::vector<Link> links_;
  std::vector<Pair> pairs_;
  std::vector<std::uint64_t> life_;  // odd while the node is up
};

}  // namespace huangpu::sim
