// The streams between validators (SPEC N-120..N-130).
//
// For each pair the validator whose name comes first dials two TLS connections, control and bulk; a
// link is up when both streams have exchanged matching hellos, and down when either ends. Links
// that go down are dialled again with capped, jittered backoff for as long as both are peers. Who
// is a peer may change while the network runs: an index stands for one name from the call that
// brings it until some time after the call that drops it, and is the owner's to choose.
//
// Callbacks run on gRPC threads, of which there are few: they must be quick and must not block. For
// one peer, on_up happens before the first on_frame, on_down after the last one, and both
// alternate; frames of one channel arrive in order and one at a time. Different peers and channels
// call concurrently. The next message of a channel is read only after on_frame returned and while
// the channel is not paused.
//
// Every method is thread safe and none blocks but start() and stop(). None may be called from a
// callback but send(), pause_reading(), resume_reading(), and the const ones.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crypto/base/bytes.hpp"
#include "crypto/base/ids.hpp"
#include "crypto/base/result.hpp"
#include "crypto/hash/digest.hpp"
#include "node/transport/acceptor.hpp"
#include "node/transport/identity.hpp"

namespace huangpu::node {

enum class Channel : std::uint8_t { kControl = 0, kBulk = 1 };

inline constexpr std::size_t kControlFrameBytesMax = 1 << 20;
inline constexpr std::size_t kBulkFrameBytesMax = 8 << 20;
inline constexpr std::uint32_t kPeerProtocolVersion = 1;

// Bounds of what waits to be sent to one peer on one channel. When full, control forgets its oldest
// frames (newer votes supersede them and anti-entropy restores the rest), bulk refuses the new one.
struct QueueLimits {
  std::size_t bytes_max;
  std::size_t frames_max;
};

struct PeerEndpoint {
  ValidatorIndex index;
  std::string name;
  std::string address;  // host:port; used only by the side that dials; empty: cannot be dialled
  crypto::Digest tls_pin;
  std::vector<crypto::Digest> other_pins{};  // of an epoch to come or just over
  friend bool operator==(const PeerEndpoint&, const PeerEndpoint&) = default;
};

struct PeerNetworkConfig {
  crypto::Digest genesis_hash;
  std::string self;      // own name
  std::string software;  // name and version, told to the peers
  AcceptorConfig acceptor;
  TlsMaterial tls;
  std::vector<PeerEndpoint> peers;  // all other validators; own name is ignored
  ByteRate peer_rate{256ull << 20, 64ull << 20};

  QueueLimits control_queue{8 << 20, 8192};
  QueueLimits bulk_queue{32 << 20, 1024};
  std::chrono::milliseconds probe_interval{2'000};
  std::chrono::milliseconds silence_timeout{10'000};  // link closed when nothing was heard
  std::chrono::milliseconds hello_timeout{5'000};
  std::chrono::milliseconds backoff_min{100};
  std::chrono::milliseconds backoff_max{5'000};
  std::chrono::milliseconds misbehaviour_bar{1'000};
};

enum class SendResult : std::uint8_t { kQueued, kQueuedOldestDropped, kFull, kDown, kTooLarge };

struct ChannelStatistics {
  std::uint64_t frames_out = 0;  // handed to gRPC
  std::uint64_t bytes_out = 0;   // payload only
  std::uint64_t frames_in = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t dropped_full = 0;
  std::uint64_t dropped_down = 0;
  std::size_t queued_frames = 0;
  std::size_t queued_bytes = 0;
};

struct PeerStatistics {
  ValidatorIndex index;
  std::string name;
  bool up = false;
  std::uint64_t times_up = 0;
  std::string last_error;  // why the link last ended or could not be made; empty if never
  std::string software;    // of the peer, as it says
  std::optional<std::chrono::microseconds> rtt;         // smoothed, control channel
  std::optional<std::chrono::milliseconds> silent_for;  // since the last frame heard
  ChannelStatistics control;
  ChannelStatistics bulk;
};

struct PeerCallbacks {
  std::function<void(ValidatorIndex from, Channel, Bytes frame)> on_frame;
  std::function<void(ValidatorIndex peer)> on_up;
  std::function<void(ValidatorIndex peer)> on_down;
};

class PeerNetwork {
 public:
  // Checks the config (kConfig) and listens (kAlreadyRunning when the port is taken). Dials after
  // start().
  static Result<std::unique_ptr<PeerNetwork>> open(PeerNetworkConfig config,
                                                   PeerCallbacks callbacks);

  // Calls stop().
  virtual ~PeerNetwork() = default;

  virtual Status start() = 0;

  // Ends all links (on_down for those that are up) and returns when no callback runs any more.
  // Idempotent.
  virtual void stop() = 0;

  // Queues a frame. Never blocks, never copies the bytes. Frames for a peer that is down are
  // dropped.
  virtual SendResult send(ValidatorIndex peer, Channel channel,
                          std::shared_ptr<const Bytes> frame) = 0;

  // Stops reading a peer's channel after the message in hand, until resumed or until the link ends:
  // TCP then slows the peer down. How a receiver with a full mailbox keeps its bound without
  // blocking.
  virtual void pause_reading(ValidatorIndex peer, Channel channel) = 0;
  virtual void resume_reading(ValidatorIndex peer, Channel channel) = 0;

  // For a peer that sent what no correct one sends: ends its link (on_down follows) and takes no
  // new one for PeerNetworkConfig::misbehaviour_bar. A short bar: it bounds what abuse costs, and a
  // mistaken verdict heals.
  virtual void disconnect(ValidatorIndex peer, const std::string& reason) = 0;

  // From now on these are the peers (own name is ignored). New ones are dialled or awaited, those
  // that are not named are dropped, and what changed of the others holds for their next connection;
  // connections under a pin that is no longer accepted end. kConfig, and nothing changes, when one
  // index, name or pin stands for two.
  [[nodiscard]] virtual Status set_peers(std::vector<PeerEndpoint> peers) = 0;

  // Pins accepted for validators beside those of the configuration, while they change their
  // transport keys; replaces the ones before and drops connections that are no longer admitted.
  virtual void set_next_pins(std::map<crypto::Digest, ValidatorIndex> pins) = 0;

  [[nodiscard]] virtual bool is_up(ValidatorIndex peer) const = 0;
  [[nodiscard]] virtual std::vector<PeerStatistics> statistics() const = 0;
  [[nodiscard]] virtual std::uint16_t port() const = 0;
  [[nodiscard]] virtual AcceptorCounters acceptor_counters() const = 0;
  [[nodiscard]] virtual HandshakeCounters::Values handshake_counters() const = 0;
};

}  // namespace huangpu::node
