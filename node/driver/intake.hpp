// From an envelope's bytes to a place in the own lane: the checks of admission, in the order that
// makes refusing cheap (SPEC N-50..N-54).
//
// Format, chain, sender's right, duplicates, window and references first; signatures last, on the
// verification pool. Bounded twice: submissions waiting for a check, and admitted envelopes waiting
// for a batch. A full bound is an answer (busy), never a wait.
//
// Thread: any. Answers run on a pool thread or on the caller's.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>

#include "crypto/sign/verifier.hpp"
#include "ledger/admission/admission.hpp"
#include "ledger/codec/envelope.hpp"
#include "ledger/store/state_store.hpp"
#include "node/api/backend.hpp"
#include "node/api/tracker.hpp"
#include "node/config/config.hpp"
#include "node/driver/chain_view.hpp"
#include "node/driver/worker.hpp"
#include "node/replica/event.hpp"
#include "node/telemetry/metrics.hpp"

namespace huangpu::node {

class Intake {
 public:
  struct Parts {
    ledger::ChainInfo chain;
    ledger::LedgerSettings settings;
    const ledger::StateStore& state;
    const ChainView& view;
    const crypto::Verifier& verifier;
    TransactionTracker& tracker;
    Metrics& metrics;
    Worker& pool;
    // What the stores know of an executed transaction; kNotFound otherwise.
    std::function<Result<TransactionUpdate>(const ledger::TxId&)> find;
    std::function<void(AdmittedEnvelope)> admit;  // hands it to the core thread
  };

  Intake(Parts parts, const LimitsSection& limits);

  void submit(std::vector<Bytes> envelopes, const Principal& caller, NodeBackend::SubmitDone done);

  // While false every envelope is answered with kNotReady.
  void set_open(bool open) { open_.store(open, std::memory_order_release); }
  [[nodiscard]] bool open() const { return open_.load(std::memory_order_acquire); }

  // Of the epoch under way.
  void set_settings(const ledger::LedgerSettings& settings) {
    settings_.store(settings, std::memory_order_relaxed);
  }

  // Envelopes that left for a batch.
  void sealed(std::uint64_t count, std::uint64_t bytes);
  // What was sealed in an epoch that did not order it waits again.
  void unsealed(std::uint64_t count, std::uint64_t bytes);
  [[nodiscard]] std::uint64_t pending_count() const {
    return pending_count_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t pending_bytes() const {
    return pending_bytes_.load(std::memory_order_relaxed);
  }

  // Forgets ids whose window has closed.
  void expire(TimestampMs now);

 private:
  [[nodiscard]] TransactionUpdate judge(Bytes envelope, const Principal& caller);
  [[nodiscard]] TransactionUpdate rejected(const ledger::TxId& txid,
                                           ledger::ParticipantId submitter, ledger::ResultCode code,
                                           std::string message);
  [[nodiscard]] bool reserve(std::uint64_t bytes);

  const Parts parts_;
  const std::uint64_t count_max_;
  const std::uint64_t bytes_max_;
  std::atomic<bool> open_{false};
  std::atomic<std::uint64_t> pending_count_{0};
  std::atomic<std::uint64_t> pending_bytes_{0};
  std::mutex ids_mutex_;
  std::atomic<ledger::LedgerSettings> settings_;
  ledger::PendingIds ids_;  // guarded by ids_mutex_
};

}  // namespace huangpu::node
