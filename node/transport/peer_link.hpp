// The link to one peer: both its streams, what waits to be sent, and the order of its callbacks.
//
// Two words used below. A leg is one stream of one channel, from its first byte to its last
// reaction. A session is the pair of legs that carry the same nonce. At most one session is
// current; a peer that came back before its old session was over waits as the next one. Callbacks
// about being up or down go through one queue, so that they alternate whatever the threads do (SPEC
// N-127).
//
// Thread safe: one mutex, never held while a callback runs. The owner keeps the link alive until
// stop() has returned.
#pragma once

#include <grpcpp/support/byte_buffer.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>

#include "node/transport/peer_frame.hpp"
#include "node/transport/peer_network.hpp"
#include "node/transport/peer_stream.hpp"
#include "node/transport/send_queue.hpp"

namespace huangpu::node {

class PeerLink {
 public:
  using Clock = std::chrono::steady_clock;
  // Opens a stream to the peer on a connection of its own.
  using Dialler = std::function<std::shared_ptr<PeerStream>(Channel, StreamReactions)>;

  // A link without a dialler waits to be dialled.
  PeerLink(const PeerNetworkConfig& config, const PeerCallbacks& callbacks, PeerEndpoint peer,
           Dialler dialler);

  // Takes a call of the peer. Always answers with a reactor, which may be a refusal.
  [[nodiscard]] ServerReactor* accept(grpc::CallbackServerContext* context, Channel channel);

  // Dials, probes, and ends what has been silent for too long.
  void tick(Clock::time_point now);

  // Ends everything and waits until no reaction and no callback runs any more.
  void stop();

  SendResult send(Channel channel, std::shared_ptr<const Bytes> frame);
  void pause_reading(Channel channel);
  void resume_reading(Channel channel);
  // Ends the link and takes no new one for `bar` (SPEC N-131).
  void disconnect(const std::string& reason, Clock::duration bar);
  [[nodiscard]] bool is_up() const;
  [[nodiscard]] bool dials() const { return dialler_ != nullptr; }
  [[nodiscard]] PeerStatistics statistics() const;

 private:
  enum class State { kOpening, kUp, kTraffic, kClosing };
  struct Session;
  struct Leg {
    Channel channel = Channel::kControl;
    bool dialled = false;
    std::shared_ptr<PeerStream> stream;
    std::shared_ptr<Session> session;  // of an accepted leg only once its hello came
    grpc::ByteBuffer in;
    grpc::ByteBuffer out;
    bool reading = false;  // a read is under way or its frames are being delivered
    bool writing = false;
    bool closed = false;
    bool hello_due = false;
    bool hello_heard = false;
    bool probe_due = false;
    std::optional<std::uint64_t> echo_due;
    std::uint64_t probe_id = 0;
    Clock::time_point probe_sent_at{};
    Clock::time_point opened_at{};
    Clock::time_point heard_at{};
  };
  struct Session {
    std::uint64_t nonce = 0;
    State state = State::kOpening;
    bool was_up = false;
    int legs_open = 0;
    std::array<std::shared_ptr<Leg>, 2> legs;
  };
  // A transition to tell the owner about.
  struct Notice {
    std::shared_ptr<Session> session;
    bool up;
  };
  struct Lane {
    explicit Lane(SendQueue waiting) : queue(std::move(waiting)) {}
    SendQueue queue;
    bool paused = false;
    std::uint64_t frames_out = 0;
    std::uint64_t bytes_out = 0;
    std::uint64_t frames_in = 0;
    std::uint64_t bytes_in = 0;
    std::uint64_t dropped_down = 0;
  };
  using Lock = std::unique_lock<std::mutex>;
  using LegPtr = std::shared_ptr<Leg>;
  using SessionPtr = std::shared_ptr<Session>;

  // All of these require the mutex.
  void dial(Clock::time_point now);
  StreamReactions reactions_of(const LegPtr& leg);
  void take_hello(const LegPtr& leg, const PeerHello& hello);
  [[nodiscard]] std::string hello_mismatch(const Leg& leg, const PeerHello& hello) const;
  void join_session(const LegPtr& leg, std::uint64_t nonce);
  void announce_if_complete(const SessionPtr& session);
  void begin_traffic(Session& session);
  void take_probe(Leg& leg, const PeerProbe& probe);
  void keep_reading(Leg& leg);
  void keep_writing(Leg& leg);
  void end_leg(const LegPtr& leg, const std::string& reason, bool abrupt);
  void end_session(Session& session, const std::string& reason, bool abrupt);
  void session_over(const SessionPtr& session);
  void tell(Lock& lock);
  [[nodiscard]] Lane& lane(Channel channel) { return lanes_[static_cast<std::size_t>(channel)]; }
  [[nodiscard]] Clock::duration next_backoff();

  // Reactions; they take the mutex.
  void on_read(const LegPtr& leg, bool ok);
  void on_write(const LegPtr& leg, bool ok);
  void on_cancelled(const LegPtr& leg);
  void on_done(const LegPtr& leg, const std::string& reason);

  const PeerNetworkConfig& config_;
  const PeerCallbacks& callbacks_;
  const PeerEndpoint peer_;
  const Dialler dialler_;

  mutable std::mutex mutex_;
  std::condition_variable quiet_;
  std::set<LegPtr> legs_;  // until their last reaction
  SessionPtr current_;
  SessionPtr next_;
  std::deque<Notice> notices_;
  bool telling_ = false;
  bool stopping_ = false;
  std::array<Lane, 2> lanes_;
  std::minstd_rand jitter_;
  std::uint32_t attempts_ = 0;
  Clock::time_point dial_at_{};
  Clock::time_point barred_until_{};
  std::uint64_t times_up_ = 0;
  std::string last_error_;
  std::string software_;
  std::optional<std::chrono::microseconds> rtt_;
  std::optional<Clock::time_point> heard_at_;
};

}  // namespace huangpu::node
