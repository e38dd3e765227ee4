#include "node/app/key_access.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "node/home/node_home.hpp"
#include "node/signer/local_holder.hpp"
#include "node/signer/remote_backend.hpp"

namespace huangpu::node {
namespace {

// Longer than the lease of a signer, so that a node that was killed gets its own lease back.
constexpr std::chrono::seconds kAttachPatience{15};

// What one key is opened with. The labels tell its certificates from those of the other key.
struct Opening {
  const ConsensusKeySection& section;
  const std::string tls_name;
  const std::string server_name;
};

Result<std::unique_ptr<KeyHolder>> open_remote(const NodeConfig& config, const Opening& opening,
                                               const consensus::ChainContext& chain,
                                               TlsWatch& tls) {
  const RemoteSignerSection& section = opening.section.remote;
  RemoteSignerConfig remote;
  remote.endpoint = to_text(section.endpoint);
  HP_TRY_ASSIGN(remote.pin, crypto::Digest::parse_hex(section.server_pin));
  HP_TRY_ASSIGN(remote.tls, tls.load(opening.tls_name, section.tls));
  HP_TRY_ASSIGN(remote.key, crypto::PublicKey::parse(section.public_key));
  remote.genesis = chain.genesis;
  remote.node_name = config.node.name;
  remote.call_timeout = section.call_timeout;
  // Written by the thread that asks the signer, read by the one that looks at certificates.
  const auto end_ms = std::make_shared<std::atomic<std::uint64_t>>(0);
  remote.server_end = [end_ms](TimestampMs end) { end_ms->store(end.value()); };
  tls.add_other(opening.server_name, [end_ms]() -> std::optional<TimestampMs> {
    const std::uint64_t end = end_ms->load();
    return end == 0 ? std::nullopt : std::optional(TimestampMs{end});
  });
  HP_TRY_ASSIGN(auto backend, RemoteBackend::open(std::move(remote)));
  HP_TRY(backend->first_attach(kAttachPatience));
  return std::make_unique<QueuedHolder>(std::move(backend), QueuedHolder::Limits{});
}

Result<std::unique_ptr<KeyHolder>> open_holder(const NodeConfig& config, const Opening& opening,
                                               const consensus::ChainContext& chain,
                                               TlsWatch& tls) {
  const ConsensusKeySection& section = opening.section;
  if (section.kind == KeyKind::kRemote) return open_remote(config, opening, chain, tls);
  HP_TRY_ASSIGN(auto key, open_consensus_key(section));
  if (section.kind == KeyKind::kFile) return std::make_unique<LocalHolder>(std::move(key));
  auto backend =
      std::make_unique<KeyBackend>(std::move(key), "the token of " + section.key.string());
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

Result<NodeKeys> open_node_keys(const NodeConfig& config, const consensus::ChainContext& chain,
                                TlsWatch& tls) {
  const SignerSection& signer = config.signer;
  NodeKeys keys;
  HP_TRY_ASSIGN(keys.signer, open_holder(config, {signer, "signer", "remote-signer"}, chain, tls));
  if (signer.host_lock && signer.kind != KeyKind::kRemote) {
    HP_TRY_ASSIGN(keys.lock, HostLock::take(keys.signer->public_key().id()));
  }
  if (signer.next.kind == KeyKind::kNone) return keys;
  const auto next_trouble = [](const Error& error) -> tl::unexpected<Error> {
    return tl::unexpected<Error>({error.code, "signer.next: " + error.message});
  };
  auto next = open_holder(config, {signer.next, "next-signer", "next-remote-signer"}, chain, tls);
  if (!next) return next_trouble(next.error());
  keys.next = std::move(*next);
  if (keys.next->public_key() == keys.signer->public_key())
    return fail(Errc::kConfig, "signer.next holds the key in office: nothing would be rotated");
  if (!signer.host_lock || signer.next.kind == KeyKind::kRemote) return keys;
  auto lock = HostLock::take(keys.next->public_key().id());
  if (!lock) return next_trouble(lock.error());
  keys.next_lock = std::move(*lock);
  return keys;
}

}  // namespace huangpu::node
