// What the transport tests share: certificates, waiting for a condition, raw TCP clients and a
// small cluster.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "crypto/hash/digest.hpp"
#include "node/transport/peer_network.hpp"

namespace huangpu::node::test {

// Far beyond anything seen: a test that needs it has failed.
inline constexpr std::chrono::seconds kPatience{30};

struct Party {
  TlsMaterial tls;
  crypto::Digest pin;
};
[[nodiscard]] Party make_party(const std::string& name);

// A condition that other threads change; waiting needs no sleep.
class Watch {
 public:
  // Runs `change` under the lock and wakes the waiters.
  void update(const std::function<void()>& change);
  // True as soon as `holds` does, false after kPatience.
  [[nodiscard]] bool wait(const std::function<bool()>& holds);

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
};

// For state that nobody announces (counters): asks again every few milliseconds until kPatience.
[[nodiscard]] bool eventually(const std::function<bool()>& holds);

// A blocking TCP connection to a port on loopback.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  [[nodiscard]] bool connected() const { return connected_; }
  // False when the other side is gone.
  bool send(const std::string& bytes);
  // Whether the other side closes within kPatience; reads and forgets what it says before that.
  [[nodiscard]] bool closed_by_server();

 private:
  int socket_ = -1;
  bool connected_ = false;
};

// Resident memory of this process in bytes.
[[nodiscard]] std::uint64_t resident_bytes();

// One validator: a network and what it heard.
class Member {
 public:
  struct Heard {
    std::vector<Bytes> frames[2];
    int ups = 0;
    int downs = 0;
  };

  // `port` 0 lets the system choose.
  Member(PeerNetworkConfig config, bool keep_frames = true);

  [[nodiscard]] PeerNetwork& network() { return *network_; }
  [[nodiscard]] bool opened() const { return network_ != nullptr; }
  [[nodiscard]] const Error& error() const { return error_; }
  // Only inside watch().
  [[nodiscard]] Heard& heard(std::uint16_t from) { return heard_[from]; }
  [[nodiscard]] Watch& watch() { return watch_; }
  [[nodiscard]] bool wait_up(std::uint16_t peer);

 private:
  std::vector<Heard> heard_{16};
  Watch watch_;
  Error error_;
  std::unique_ptr<PeerNetwork> network_;
};

// `count` validators on loopback ports, all configured for each other. Members are made from the
// highest index down, for the lower ones need to know the ports they dial.
class Cluster {
 public:
  explicit Cluster(std::uint16_t count);

  // The config of one member, with the addresses of those that run.
  [[nodiscard]] PeerNetworkConfig config(std::uint16_t index) const;
  // Starts (or starts again, on the same port) one member, or all.
  Member& launch(std::uint16_t index);
  Member& launch(std::uint16_t index, PeerNetworkConfig config);
  void launch_all();
  void kill(std::uint16_t index) { members_[index].reset(); }
  [[nodiscard]] bool wait_all_up();

  [[nodiscard]] Member& operator[](std::uint16_t index) { return *members_[index]; }
  [[nodiscard]] const Party& party(std::uint16_t index) const { return parties_[index]; }
  [[nodiscard]] std::uint16_t port(std::uint16_t index) const { return ports_[index]; }

 private:
  std::vector<Party> parties_;
  std::vector<std::uint16_t> ports_;
  std::vector<std::unique_ptr<Member>> members_;
};

}  // namespace huangpu::node::test
