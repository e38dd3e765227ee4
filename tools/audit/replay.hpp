// Executes a chain again from genesis and checks everything that can be checked (SPEC A-1..A-29).
//
// Blocks are read ahead, their signatures are checked by worker threads, and one thread executes
// them in order; what is wrong is reported in the order of heights, whatever thread found it.
// Memory: the state, the window of blocks read ahead, and one block being executed.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ledger/executor/conservation.hpp"
#include "ledger/genesis/genesis.hpp"
#include "ledger/types/result_code.hpp"
#include "tools/audit/chain_source.hpp"

namespace huangpu::tools {

struct ReplayOptions {
  // Signatures below are taken on trust; execution and roots never are.
  Height from{1};
  std::optional<Height> to;  // stop after this height
  unsigned threads = 0;      // that check signatures; 0: one per core
  std::uint64_t window_bytes = 64ull << 20;
  std::size_t window_blocks = 512;
};

struct AuditFigures {
  Height last{0};            // last height that was replayed without a finding
  Height certified{0};       // newest height with a valid commit certificate
  Height finalized{0};       // newest height with that or a valid finalization
  bool end_reached = false;  // the source has no further block
  Epoch epoch{1};            // of that height
  TimestampMs last_time{0};
  std::uint64_t batches = 0;
  std::uint64_t transactions = 0;
  std::uint64_t transfers = 0;  // settled
  std::uint64_t client_signatures = 0;
  std::uint64_t validator_signatures = 0;
  std::uint64_t commit_certificates = 0;
  std::uint64_t finalizations = 0;
  std::uint64_t nullifications = 0;
  std::uint64_t evidence = 0;
  std::map<ledger::ResultCode, std::uint64_t> results;  // of transactions, by code
  std::vector<ledger::AssetTotals> assets;              // after the last height
  std::uint64_t state_entries = 0;
  crypto::Digest state_root;
};

struct ReplayReport {
  std::optional<Finding> finding;  // the first; nothing when the chain is clean
  AuditFigures figures;

  [[nodiscard]] ExitCode exit_code() const { return finding ? finding->exit_code() : kExitOk; }
};

struct ReplayProgress {
  Height height{0};
  std::uint64_t transactions = 0;
  SourceProgress source;
};
using ProgressSink = std::function<void(const ReplayProgress&)>;

// `genesis` has been checked and is the one the chain must start from. `progress` is called after
// every block, on the calling thread.
[[nodiscard]] ReplayReport replay(ChainSource& source, const ledger::Genesis& genesis,
                                  const ReplayOptions& options, const ProgressSink& progress = {});

}  // namespace huangpu::tools
