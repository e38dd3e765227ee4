// A TLS client that does as it is told and knows no HTTP/2 beyond the frames it is given: the
// attacker's tool.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "node/transport/identity.hpp"

namespace huangpu::node::test {

class TlsClient {
 public:
  struct Options {
    std::optional<TlsMaterial> own;  // none: shows no certificate
    bool tls12_only = false;
  };

  // Connects and shakes hands; handshaken() says whether our side completed.
  TlsClient(std::uint16_t port, const Options& options);
  ~TlsClient();
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  [[nodiscard]] bool handshaken() const;
  // Blocks as long as the other side takes; false when the connection is gone.
  bool send(const std::string& bytes);
  // Whether the other side ends the connection within the patience of the tests.
  [[nodiscard]] bool closed_by_server();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// HTTP/2 pieces.
[[nodiscard]] std::string http2_preface();
[[nodiscard]] std::string http2_frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                                      const std::string& payload);
// A gRPC request's header frame for `path` on `stream`, complete.
[[nodiscard]] std::string http2_request(std::uint32_t stream, const std::string& path);
[[nodiscard]] std::string http2_reset(std::uint32_t stream);

}  // namespace huangpu::node::test
