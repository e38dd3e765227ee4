#include "node/rpc/context.hpp"

#include <utility>

namespace huangpu::node {

Result<Principal> RpcContext::identify(const grpc::ServerContextBase& context) {
  HP_TRY_ASSIGN(const auto pin, pin_of(context));
  auto caller = backend.identify(pin);
  if (!caller) return fail(Errc::kUnauthenticated, "this certificate is not registered");
  return std::move(*caller);
}

CallScope::CallScope(RpcContext& rpc, const Principal& caller, QuotaTable::Slot slot)
    : rpc_(rpc), role_(caller.role), slot_(std::move(slot)) {
  count(1);
}

CallScope::~CallScope() { count(-1); }

void CallScope::count(std::int64_t change) {
  auto& inflight = rpc_.inflight[static_cast<std::size_t>(role_) % rpc_.inflight.size()];
  const auto now = inflight.fetch_add(change) + change;
  rpc_.metrics.set(GaugeId::kApiInflight, static_cast<double>(now), {ledger::role_name(role_)});
}

}  // namespace huangpu::node
