// A key at a remote signer, as one node asks for it (SPEC N-302, N-304).
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "node/signer/queued_holder.hpp"
#include "node/transport/identity.hpp"

namespace huangpu::node {

struct RemoteSignerConfig {
  std::string endpoint;  // host:port
  crypto::Digest pin;    // of the signer's certificate
  TlsMaterial tls;       // the node's own
  crypto::PublicKey key;
  crypto::Digest genesis;
  std::string node_name;
  std::chrono::milliseconds call_timeout{2'000};
  // Told with each attachment how long the signer's certificate lasts (SPEC N-317); may be empty.
  std::function<void(TimestampMs)> server_end;
};

class RemoteBackend : public SigningBackend {
 public:
  // Dials in the background; an unreachable signer is no error here.
  [[nodiscard]] static Result<std::unique_ptr<RemoteBackend>> open(RemoteSignerConfig config);

  // Before the node votes: takes the lease, waiting until an older one of this key has ended. kOk
  // when the signer cannot be reached (the node runs and says so); kAlreadyRunning when another
  // node holds the lease all the while, kConfig when the signer holds another key or chain.
  [[nodiscard]] virtual Status first_attach(std::chrono::milliseconds patience) = 0;
};

}  // namespace huangpu::node
