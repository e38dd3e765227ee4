// Our own accept loop in front of a gRPC server (SPEC N-105..N-114).
//
// gRPC 1.51 stops listening for good after one EMFILE, lets unauthenticated peers hold connections
// and memory, and counts nothing per caller. So the Acceptor accepts, counts, sets deadlines and
// looks at the TLS greeting; only then does it hand gRPC one end of a Unix socket pair and relay
// bytes between that and the TCP connection. What the remote side sends passes a token bucket: the
// anonymous one until `promote` names the identity, that identity's own afterwards. What gRPC sends
// is not limited in rate; neither direction ever holds more than one relay buffer per connection.
//
// One thread of its own does all of this. Every method is thread safe. Addresses are written
// host:port.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/base/result.hpp"
#include "crypto/hash/digest.hpp"
#include "node/transport/identity.hpp"

namespace huangpu::node {

// Names one relayed connection for the life of the process; never reused.
using RelayId = std::uint64_t;

struct AcceptorLimits {
  std::uint32_t connections_max = 1024;
  std::uint32_t connections_per_address_max = 256;
  std::uint32_t accepts_per_second = 500;  // burst of the same size
  int backlog = 512;
  std::chrono::milliseconds first_byte_timeout{5'000};
  // From accept to the first authorised call, which includes the whole TLS handshake.
  std::chrono::milliseconds identity_timeout{10'000};
  // Without a byte in either direction.
  std::chrono::milliseconds idle_timeout{600'000};
  std::chrono::milliseconds descriptor_pause{100};  // after EMFILE, ENFILE, ENOBUFS, ENOMEM
  ByteRate anonymous;
  bool require_tls13 = true;
};

struct AcceptorConfig {
  std::string host = "127.0.0.1";  // numeric address
  std::uint16_t port = 0;          // 0: the system chooses
  AcceptorLimits limits;
};

struct AcceptorCounters {
  std::uint64_t accepted = 0;
  std::uint64_t open = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t throttled = 0;          // times a bucket made a connection wait
  std::uint64_t refused_total_cap = 0;  // closed at accept
  std::uint64_t refused_address_cap = 0;
  std::uint64_t refused_identity_cap = 0;
  std::uint64_t refused_greeting = 0;  // not TLS, or a TLS older than 1.3
  std::uint64_t expired_greeting = 0;  // first_byte_timeout
  std::uint64_t expired_identity = 0;
  std::uint64_t expired_idle = 0;
  std::uint64_t descriptor_pauses = 0;
};

// What is known of a connection; identity fields are empty before `promote`.
struct RelayInfo {
  RelayId id = 0;
  std::string remote;  // TCP address of the far side
  std::optional<crypto::Digest> pin;
  std::shared_ptr<const Identity> identity;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
};

class Acceptor {
 public:
  // Takes ownership of a connected, non-blocking stream socket. Called on the acceptor's thread.
  using Handover = std::function<void(int fd)>;

  // Binds and listens, so that a port in use is reported here (kAlreadyRunning); accepts after
  // start().
  static Result<std::unique_ptr<Acceptor>> open(AcceptorConfig config);

  // Stops and closes everything.
  virtual ~Acceptor() = default;

  virtual void start(Handover handover) = 0;

  // Closes the listening socket; relayed connections go on. Returns when no further handover can
  // happen.
  virtual void stop_accepting() = 0;

  // Closes every connection and ends the thread. Idempotent.
  virtual void stop() = 0;

  [[nodiscard]] virtual std::uint16_t port() const = 0;

  // Which relay a call came through, read from grpc::ServerContextBase::peer(): the relay's end of
  // the socket pair is bound to an abstract name that carries the id. nullopt for any other
  // connection.
  [[nodiscard]] virtual std::optional<RelayId> relay_of(std::string_view grpc_peer) const = 0;

  // Gives a connection its identity and that identity's bucket; the first identity stays.
  // kExhausted, and the connection closed, when the identity has connections_max open already;
  // kNotFound when it is gone.
  virtual Status promote(RelayId id, const crypto::Digest& pin, const Identity& identity) = 0;

  [[nodiscard]] virtual std::optional<RelayInfo> find(RelayId id) const = 0;
  [[nodiscard]] virtual std::vector<RelayInfo> connections() const = 0;

  // Closes one connection at once; gRPC sees it reset. Unknown ids are ignored.
  virtual void close(RelayId id) = 0;

  // Closes every promoted connection whose pin `authority` no longer admits; updates the buckets of
  // the others. Returns how many were closed.
  virtual std::size_t recheck(const PinAuthority& authority) = 0;

  [[nodiscard]] virtual AcceptorCounters counters() const = 0;

  // Blocks until no connection is open, or until `deadline`. Whether none is. Not on the
  // acceptor's own thread.
  virtual bool wait_until_idle(std::chrono::steady_clock::time_point deadline) = 0;
};

}  // namespace huangpu::node
