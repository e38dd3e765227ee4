// One transaction from operation to receipt: build, show, sign, submit, follow, verify (SPEC
// W-15..W-19).
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "crypto/base/result.hpp"
#include "ledger/types/transaction.hpp"
#include "tools/wallet/session.hpp"

namespace huangpu::tools {

// What all acting commands share.
struct ActOptions {
  std::string reference;  // empty: made up
  std::string date;       // of the reference, YYYYMMDD; empty: today, UTC
  bool dry_run = false;
  bool no_wait = false;
};

struct Act {
  ledger::Operation operation;
  ActOptions options;
  crypto::Signer* also_signed_by = nullptr;  // a new key that proves its possession
};

// Runs it to the end and prints the result. The exit code is 0 only for what took effect and is
// proven final (or, with --no-wait, was admitted).
[[nodiscard]] Result<int> act(Session& session, const Act& act);

// How a transaction ended, checked against the genesis document.
struct ProvenOutcome {
  ledger::TxId txid;
  ledger::TransactionBody body;
  ledger::Receipt receipt;
  Height certificate_height{0};
  std::size_t signatures = 0;
};
// kDiverged when a node calls something final that it cannot prove.
[[nodiscard]] Result<ProvenOutcome> prove(Session& session, const ledger::TxId& txid);

// Prints every stage as it is reached, on standard error.
[[nodiscard]] std::function<void(const node::TransactionUpdate&)> stage_printer(Session& session);

// Prints the outcome on standard output; returns the exit code.
int print_outcome(Session& session, const ProvenOutcome& outcome);

// A window that a node with a somewhat different clock accepts too.
struct ValidityWindow {
  TimestampMs from;
  TimestampMs until;
};
[[nodiscard]] ValidityWindow validity_window(TimestampMs now, std::uint32_t replay_window_seconds);

}  // namespace huangpu::tools
