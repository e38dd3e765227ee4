// Opens the consensus keys where the configuration says they are, and keeps a second process of
// this machine from using them (SPEC N-300, N-323, N-353).
#pragma once

#include <memory>

#include "consensus/types/chain.hpp"
#include "crypto/base/result.hpp"
#include "node/config/config.hpp"
#include "node/signer/key_holder.hpp"
#include "node/tls/tls_files.hpp"

namespace huangpu::node {

// A name in the abstract socket namespace, held until destroyed: it vanishes with the process.
class HostLock {
 public:
  // kAlreadyRunning when a process of this network namespace holds the same key.
  [[nodiscard]] static Result<std::unique_ptr<HostLock>> take(const crypto::KeyId& key);
  ~HostLock();
  HostLock(const HostLock&) = delete;
  HostLock& operator=(const HostLock&) = delete;

 private:
  explicit HostLock(int fd) : fd_(fd) {}
  const int fd_;
};

struct NodeKeys {
  std::unique_ptr<KeyHolder> signer;
  std::unique_ptr<KeyHolder> next;  // null: no rotation is prepared
  // Of keys that this process can use by itself. A remote signer has a lease, which also reaches
  // other machines.
  std::unique_ptr<HostLock> lock;
  std::unique_ptr<HostLock> next_lock;
};

// A file: at once. A token: logged in. A remote signer: attached, if it can be reached;
// kAlreadyRunning when another node holds its lease; the certificate shown to it, and its own, are
// watched. kConfig when both keys are one.
[[nodiscard]] Result<NodeKeys> open_node_keys(const NodeConfig& config,
                                              const consensus::ChainContext& chain, TlsWatch& tls);

}  // namespace huangpu::node
