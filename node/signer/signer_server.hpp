// The gRPC port of a remote signer (SPEC N-314..N-316): mutual TLS by pins, typed requests.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "node/signer/signing_desk.hpp"
#include "node/transport/identity.hpp"

namespace huangpu::node {

struct SignerServerConfig {
  std::string host;
  std::uint16_t port = 0;
  TlsMaterial tls;
  std::vector<crypto::Digest> clients;  // pins of the nodes that may ask
  // When the certificate in use ends, for the nodes; any thread. Empty: they are not told.
  std::function<TimestampMs()> certificate_end;
};

// Told about each refusal by a guard, so that the operator reads it.
using SignerNotice = std::function<void(const std::string& sentence)>;

class SignerServer {
 public:
  // Listens and serves until destroyed. The desks outlive it. kAlreadyRunning: the port is taken.
  [[nodiscard]] static Result<std::unique_ptr<SignerServer>> start(SignerServerConfig config,
                                                                   std::vector<SigningDesk*> desks,
                                                                   SignerNotice notice);
  virtual ~SignerServer() = default;
  [[nodiscard]] virtual std::uint16_t port() const = 0;
};

}  // namespace huangpu::node
