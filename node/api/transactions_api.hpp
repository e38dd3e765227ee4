// Submitting and following transactions on behalf of a caller (SPEC N-203, N-207, N-210..N-214).
//
// Threads: any. submit() never blocks; transaction() may read storage.
#pragma once

#include <cstdint>
#include <functional>

#include "crypto/base/result.hpp"
#include "node/api/authorisation.hpp"
#include "node/api/backend.hpp"
#include "node/api/quota.hpp"
#include "node/api/tracker.hpp"

namespace huangpu::node {

class TransactionsApi {
 public:
  // All arguments outlive the object.
  TransactionsApi(NodeBackend& backend, TransactionTracker& tracker, QuotaTable& quotas);

  // Whether the caller may submit at all; decided before anything is read or charged.
  [[nodiscard]] Status may_submit(const Principal& caller) const;

  // Charges the caller for one envelope. Refused: how long to wait. Nothing is decoded but the
  // number of signatures.
  [[nodiscard]] tl::expected<void, Throttled> charge(const Principal& caller, ByteView envelope);

  // Requires may_submit() and a successful charge() of each. `done` is called once, from any
  // thread.
  void submit(std::vector<Bytes> envelopes, const Principal& caller, NodeBackend::SubmitDone done);

  // kNotFound for what this node does not know and for what the caller may not see.
  [[nodiscard]] Result<TransactionUpdate> transaction(const Principal& caller,
                                                      const ledger::TxId& txid);
  [[nodiscard]] Result<TransactionUpdate> transaction(const Principal& caller,
                                                      const ReferenceKey& reference);

  // Tells the watcher only what the caller may see. Also waits for a transaction that is not known
  // yet.
  [[nodiscard]] Result<TransactionTracker::Watch> watch(const Principal& caller,
                                                        const ledger::TxId& txid,
                                                        TransactionTracker::Watcher watcher);

 private:
  NodeBackend& backend_;
  TransactionTracker& tracker_;
  QuotaTable& quotas_;
};

// How many signatures an envelope carries, counted without decoding them; at most
// kEnvelopeSignaturesMax + 1, and 0 for bytes that are no envelope. Pure.
[[nodiscard]] std::uint64_t count_signatures(ByteView envelope);

}  // namespace huangpu::node
