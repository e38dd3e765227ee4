// Who is at the other end of a TLS connection, and how much it may send (SPEC N-100..N-104).
//
// An identity is the SHA-256 pin of the certificate's public key, looked up in a registry that the
// caller owns (the validator set, or the participants' certificates). Names, dates and issuers in a
// certificate mean nothing. The lookup happens inside the TLS handshake, so a stranger never
// reaches HTTP/2.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "crypto/base/result.hpp"
#include "crypto/hash/digest.hpp"

namespace grpc {
class ChannelCredentials;
class ServerContextBase;
class ServerCredentials;
}  // namespace grpc

namespace huangpu::node {

// A token bucket on raw bytes received, TLS and HTTP/2 overhead included.
struct ByteRate {
  std::uint64_t bytes_per_second = 256 * 1024;
  std::uint64_t burst_bytes = 64 * 1024;
};

struct Identity {
  std::string name;  // for logs and metrics; not authenticated beyond the pin
  ByteRate rate;
  std::uint32_t connections_max = 16;  // open at once by this identity on one port
};

// Answers whether a pin is admitted now. Called on gRPC threads, in the handshake, also when a TLS
// session is resumed: must be thread safe, quick and never block on I/O.
using PinAuthority = std::function<std::optional<Identity>(const crypto::Digest& pin)>;

// The certificate this process shows, and its key. PEM texts; the key is unencrypted.
class TlsReload;
struct TlsMaterial {
  std::string key_pem;
  std::string cert_pem;
  // Given: credentials made from this follow what it holds, for new connections.
  std::shared_ptr<TlsReload> reload{};
};

// A certificate and key that change while servers and channels live (SPEC N-132). Connections that
// stand keep what they were made with. Thread safe.
class TlsReload {
 public:
  [[nodiscard]] static Result<std::shared_ptr<TlsReload>> open(const TlsMaterial& first);
  virtual ~TlsReload() = default;
  // Shown on new connections within two seconds. kConflict when key and certificate do not belong
  // together; then nothing changes.
  [[nodiscard]] virtual Status replace(const TlsMaterial& next) = 0;
};

// Counts handshakes that ended at the verifier; shared by credentials and whoever publishes
// metrics.
struct HandshakeCounters {
  struct Values {
    std::uint64_t accepted = 0;
    std::uint64_t refused_pin = 0;          // a certificate, but not one of ours
    std::uint64_t refused_certificate = 0;  // none, or unreadable
  };
  virtual ~HandshakeCounters() = default;
  [[nodiscard]] virtual Values values() const = 0;
};

struct ServerIdentity {
  std::shared_ptr<grpc::ServerCredentials> credentials;
  std::shared_ptr<const HandshakeCounters> counters;
};

// Credentials that demand a client certificate whose pin `authority` admits.
[[nodiscard]] Result<ServerIdentity> make_server_identity(const TlsMaterial& own,
                                                          PinAuthority authority);

// Credentials that show `own` and accept exactly one server: the holder of the key behind `pin`.
[[nodiscard]] Result<std::shared_ptr<grpc::ChannelCredentials>> make_channel_credentials(
    const TlsMaterial& own, const crypto::Digest& pin);

// The same for whatever servers `authority` admits, asked at each handshake.
[[nodiscard]] Result<std::shared_ptr<grpc::ChannelCredentials>> make_channel_credentials(
    const TlsMaterial& own, PinAuthority authority);

// The pin of the certificate behind a call. kUnauthenticated when the connection shows none. Parses
// the certificate each time; GrpcServer::caller() remembers it per connection.
[[nodiscard]] Result<crypto::Digest> connection_identity(const grpc::ServerContextBase& context);

}  // namespace huangpu::node
