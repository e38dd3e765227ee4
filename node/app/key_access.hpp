// Opens the consensus key where the configuration says it is, and keeps a second process of this
// machine from using it (SPEC N-300, N-323).
#pragma once

#include <memory>

#include "consensus/types/chain.hpp"
#include "crypto/base/result.hpp"
#include "node/app/tls_files.hpp"
#include "node/config/config.hpp"
#include "node/signer/key_holder.hpp"

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

// A file: at once. A token: logged in. A remote signer: attached, if it can be reached;
// kAlreadyRunning when another node holds its lease; the certificate shown to it is watched.
[[nodiscard]] Result<std::unique_ptr<KeyHolder>> open_key_holder(
    const NodeConfig& config, const consensus::ChainContext& chain, TlsWatch& tls);

}  // namespace huangpu::node
