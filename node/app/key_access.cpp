#include "node/app/key_access.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string>
#include <utility>

#include "node/home/node_home.hpp"
#include "node/signer/local_holder.hpp"
#include "node/signer/remote_backend.hpp"

namespace huangpu::node {
namespace {

// Longer than the lease of a signer, so that a node that was killed gets its own lease back.
constexpr std::chrono::seconds kAttachPatience{15};

Result<std::unique_ptr<KeyHolder>> open_remote(const NodeConfig& config,
                                               const consensus::ChainContext& chain,
                                               TlsWatch& tls) {
  const RemoteSignerSection& section = config.signer.remote;
  RemoteSignerConfig remote;
  remote.endpoint = to_text(section.endpoint);
  HP_TRY_ASSIGN(remote.pin, crypto::Digest::parse_hex(section.server_pin));
  HP_TRY_ASSIGN(remote.tls, load_tls(section.tls));
  tls.add("signer", section.tls, remote.tls);
  HP_TRY_ASSIGN(remote.key, crypto::PublicKey::parse(section.public_key));
  remote.genesis = chain.genesis;
  remote.node_name = config.node.name;
  remote.call_timeout = section.call_timeout;
  HP_TRY_ASSIGN(auto backend, RemoteBackend::open(std::move(remote)));
  HP_TRY(backend->first_attach(kAttachPatience));
  return std::make_unique<QueuedHolder>(std::move(backend), QueuedHolder::Limits{});
}

}  // namespace

Result<std::unique_ptr<HostLock>> HostLock::take(const crypto::KeyId& key) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return fail(Errc::kIo, std::string("key lock: ") + std::strerror(errno));
  std::unique_ptr<HostLock> lock(new HostLock(fd));
  const std::string name = "huangpu-key/" + key.value().hex();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  static_assert(sizeof(address.sun_path) > 1 + 12 + 64);
  // A leading zero byte puts the name into the abstract namespace.
  std::copy(name.begin(), name.end(), address.sun_path + 1);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), size) != 0) {
    if (errno != EADDRINUSE)
      return fail(Errc::kIo, std::string("key lock: ") + std::strerror(errno));
    return fail(Errc::kAlreadyRunning,
                "another process of this machine uses the same consensus key (" +
                    key.value().hex().substr(0, 16) + "...): one key, one validator process");
  }
  return lock;
}

HostLock::~HostLock() { close(fd_); }

Result<std::unique_ptr<KeyHolder>> open_key_holder(const NodeConfig& config,
                                                   const consensus::ChainContext& chain,
                                                   TlsWatch& tls) {
  if (config.signer.kind == KeyKind::kRemote) return open_remote(config, chain, tls);
  HP_TRY_ASSIGN(auto key, open_consensus_key(config));
  if (config.signer.kind == KeyKind::kFile) return std::make_unique<LocalHolder>(std::move(key));
  auto backend =
      std::make_unique<KeyBackend>(std::move(key), "the token of " + config.signer.key.string());
  return std::make_unique<QueuedHolder>(std::move(backend), QueuedHolder::Limits{});
}

}  // namespace huangpu::node
