// What the services of the client port share (SPEC N-225..N-229). Outlives every call
// and stream.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "crypto/base/result.hpp"
#include "crypto/hash/digest.hpp"
#include "node/api/account_owners.hpp"
#include "node/api/finality_feed.hpp"
#include "node/api/ledger_api.hpp"
#include "node/api/quota.hpp"
#include "node/api/settlement_api.hpp"
#include "node/api/tracker.hpp"
#include "node/api/transactions_api.hpp"
#include "node/config/config.hpp"
#include "node/rpc/work_pool.hpp"
#include "node/telemetry/metrics.hpp"

namespace grpc {
class ServerContextBase;
}  // namespace grpc

namespace huangpu::node {

// The pin of the certificate a call came with. The only source of identity.
using PinOfCall = std::function<Result<crypto::Digest>(const grpc::ServerContextBase&)>;

struct RpcContext : std::enable_shared_from_this<RpcContext> {
  RpcContext(const ClientApiSection& api, const LimitsSection& limits, NodeBackend& node,
             TransactionTracker& transaction_tracker, FinalityFeed& finality_feed,
             const ChainDocument& chain, Metrics& node_metrics, PinOfCall pin_source)
      : settings(api),
        backend(node),
        feed(finality_feed),
        metrics(node_metrics),
        pin_of(std::move(pin_source)),
        quotas(limits),
        owners(node),
        ledger(node, owners, chain),
        settlement(node, owners, ledger, chain),
        transactions(node, transaction_tracker, quotas),
        pool(api.worker_threads, kWaitingCallsMax) {}

  static constexpr std::size_t kWaitingCallsMax = 4'096;

  // Who is calling; kUnauthenticated for strangers and for revoked certificates.
  [[nodiscard]] Result<Principal> identify(const grpc::ServerContextBase& context);

  const ClientApiSection settings;
  NodeBackend& backend;
  FinalityFeed& feed;
  Metrics& metrics;
  PinOfCall pin_of;
  QuotaTable quotas;
  AccountOwners owners;
  LedgerApi ledger;
  SettlementApi settlement;
  TransactionsApi transactions;
  std::array<std::atomic<std::int64_t>, 8> inflight{};  // by role number
  WorkPool pool;                                        // last: its jobs use everything above
};

// The bookkeeping of one call or stream: its quota slot and its metrics. Made when the caller is
// known.
class CallScope {
 public:
  CallScope(RpcContext& rpc, const Principal& caller, QuotaTable::Slot slot);
  ~CallScope();
  CallScope(const CallScope&) = delete;
  CallScope& operator=(const CallScope&) = delete;

 private:
  void count(std::int64_t change);

  RpcContext& rpc_;
  ledger::Role role_;
  QuotaTable::Slot slot_;
};

}  // namespace huangpu::node
