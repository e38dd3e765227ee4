// One transaction from operation to receipt: build, show, sign, submit, follow, verify (SPEC
// W-15..W-19).
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "crypto/base/result.hpp"
#include "ledger/codec/transaction_builder.hpp"
#include "ledger/types/transaction.hpp"
#include "tools/wallet/session.hpp"

namespace huangpu::tools {

// Instead of acting: a transaction file for others to sign (offline/build.hpp).
struct BuildOptions {
  std::filesystem::path out;
  std::vector<std::string> signers;  // names, files or ids; empty: the key that would sign here
  std::size_t any = 0;               // how many of them are enough; 0: all
  std::string open;                  // first moment; empty: now
  std::string close;                 // last moment; empty: a day after the first
  std::uint64_t every_seconds = 0;   // between the beginnings of windows; 0: no gaps
  bool without_genesis = false;
};

// What all acting commands share.
struct ActOptions {
  std::string reference;  // empty: made up
  std::string date;       // of the reference, YYYYMMDD; empty: today, UTC
  bool dry_run = false;
  bool no_wait = false;
  std::optional<BuildOptions> build;
};

struct Act {
  ledger::Operation operation;
  ActOptions options;
  std::filesystem::path new_key = {};  // that proves its possession by signing too; empty: none
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

// Submits a signed transaction under its reference, follows it to the end and prints the result.
// `expired` tells that its window closed before it was ordered, so that nothing has happened.
struct Submission {
  ledger::SignedTransaction transaction;
  std::optional<ledger::ClientReference> reference;
  bool no_wait = false;
  // There may be another form to send: a window that is not open yet is waited for, and one that
  // closed is no result.
  bool has_other_windows = false;
};
struct Ending {
  int exit_code = 0;
  bool expired = false;
};
[[nodiscard]] Result<Ending> submit_and_follow(Session& session, const Submission& submission);

// The date given with --date, or today, UTC.
[[nodiscard]] Result<std::uint32_t> reference_date(const std::string& text, TimestampMs now);
[[nodiscard]] std::string made_up_reference();

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
