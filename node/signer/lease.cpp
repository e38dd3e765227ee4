#include "node/signer/lease.hpp"

#include <algorithm>

namespace huangpu::node {
namespace {

tl::unexpected<Error> taken(const std::string& name) {
  return fail(Errc::kAlreadyRunning,
              "another node uses this key at the signer: " + (name.empty() ? "unnamed" : name));
}

}  // namespace

Status Lease::take(ByteView instance, const std::string& name, std::uint64_t now_ms) {
  const bool own = std::ranges::equal(instance, instance_);
  if (!own && !instance_.empty() && now_ms < until_ms_) return taken(name_);
  instance_ = Bytes(instance.begin(), instance.end());
  name_ = name;
  until_ms_ = now_ms + length_ms_;
  return {};
}

Status Lease::renew(ByteView instance, std::uint64_t now_ms) {
  if (instance_.empty() || !std::ranges::equal(instance, instance_))
    return instance_.empty() ? fail(Errc::kNotReady, "attach to the signer first") : taken(name_);
  until_ms_ = now_ms + length_ms_;
  return {};
}

}  // namespace huangpu::node
