// One relayed connection: TCP on one side, gRPC's Unix socket on the other.
//
// Everything but the constructor's caller runs on the acceptor's thread. Bytes go through the
// acceptor's one scratch buffer and stay in this object only when the far side is not ready, at
// most one scratch buffer per direction; a quiet connection holds none.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "crypto/base/bytes.hpp"
#include "node/transport/acceptor.hpp"
#include "node/transport/token_bucket.hpp"

namespace huangpu::node {

// What the relays of one acceptor share; counters are read by other threads.
struct RelayShared;

class Relay : public std::enable_shared_from_this<Relay> {
 public:
  using Clock = std::chrono::steady_clock;
  using Tcp = boost::asio::ip::tcp::socket;
  using Local = boost::asio::local::stream_protocol::socket;
  enum class Expiry { kNone, kGreeting, kIdentity, kIdle };

  // `connect_inside` makes the socket pair and hands one end to gRPC; it runs once, when the
  // greeting is accepted, so that garbage never costs gRPC anything. nullopt closes the connection.
  using ConnectInside = std::function<std::optional<Local>(RelayId)>;

  Relay(RelayId id, Tcp outside, std::string remote, RelayShared& shared,
        ConnectInside connect_inside);

  void start();

  // Closes both sides and tells the acceptor. Idempotent.
  void close();

  // The bucket of an identity replaces the anonymous one.
  void set_rate(ByteRate rate);

  // Gives back the memory of a connection that has been quiet.
  void trim(Clock::time_point now);

  // Which deadline has passed, if any.
  [[nodiscard]] Expiry expired(Clock::time_point now) const;

  [[nodiscard]] RelayId id() const { return id_; }
  [[nodiscard]] const std::string& remote() const { return remote_; }
  [[nodiscard]] std::uint64_t bytes_in() const { return bytes_in_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t bytes_out() const {
    return bytes_out_.load(std::memory_order_relaxed);
  }

 private:
  // One direction. `left` is what the far side did not take yet.
  struct Pipe {
    Bytes left;
    std::size_t left_begin = 0;
    bool ended = false;  // the near side has sent its last byte
  };
  enum class Step { kAgain, kWaitRead, kWaitWrite, kDone };

  void read_greeting();
  void pump_in();
  void pump_out();
  void throttle();
  Step move(int from, int to, Pipe& pipe, std::size_t bytes_max, std::size_t& moved);
  Step flush(int to, Pipe& pipe);
  void end_direction();

  const RelayId id_;
  Tcp outside_;
  std::optional<Local> inside_;
  const std::string remote_;
  RelayShared& shared_;
  ConnectInside connect_inside_;

  Pipe in_;
  Pipe out_;
  TokenBucket bucket_;
  boost::asio::steady_timer bucket_timer_;
  bool throttled_ = false;
  bool promoted_ = false;
  bool closed_ = false;
  int directions_ended_ = 0;
  const Clock::time_point accepted_at_;
  Clock::time_point active_at_;
  Clock::time_point ended_at_{};
  std::atomic<std::uint64_t> bytes_in_ = 0;
  std::atomic<std::uint64_t> bytes_out_ = 0;
};

struct RelayShared {
  boost::asio::io_context& io;
  const AcceptorLimits& limits;
  std::function<void(RelayId)> on_closed;
  std::span<std::uint8_t> scratch;
  std::atomic<std::uint64_t> bytes_in = 0;
  std::atomic<std::uint64_t> bytes_out = 0;
  std::atomic<std::uint64_t> throttled = 0;
  std::atomic<std::uint64_t> refused_greeting = 0;
};

}  // namespace huangpu::node
