// Opens a node's stores and brings the state to the newest stored block (SPEC N-30..N-36).
//
// The block store is the record; RocksDB is derived. What is damaged or disagrees in RocksDB is
// thrown away and executed again from the block store. A result of re-execution that contradicts
// the recorded commit message or a certificate means that this machine computes differently:
// kDiverged, and the node does not start.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "crypto/hash/mmr.hpp"
#include "ledger/executor/executor.hpp"
#include "ledger/genesis/genesis.hpp"
#include "ledger/state/tree.hpp"
#include "ledger/store/block_store.hpp"
#include "ledger/store/state_store.hpp"
#include "node/replica/chain_executor.hpp"

namespace huangpu::node {

// The parts refer to each other; they are destroyed in reverse order.
struct NodeStores {
  std::unique_ptr<ledger::BlockStore> blocks;
  std::unique_ptr<ledger::StateStore> state;
  std::unique_ptr<ledger::StateTree> tree;
  std::unique_ptr<ledger::Executor> executor;
  std::unique_ptr<ChainExecutor> chain;
};

struct NodeStoresOptions {
  std::string data_dir;
  std::uint64_t segment_bytes = 64ull << 20;
  std::uint64_t state_cache_bytes = 256ull << 20;
  std::uint64_t rocksdb_cache_bytes = 256ull << 20;
  std::uint64_t rocksdb_memtable_bytes = 64ull << 20;
  std::uint32_t recent_heights = 256;
};

// Told about what an operator wants to see during a long start: one sentence each.
using RecoveryNote = std::function<void(const std::string&)>;

[[nodiscard]] Result<NodeStores> open_stores(ledger::FileSystem& files,
                                             const NodeStoresOptions& options,
                                             const ledger::Genesis& genesis,
                                             const RecoveryNote& note);

// Executes the stored blocks above the executor's height again and hands each outcome to `commit`,
// which puts it into the state that the executor reads. Recorded and certified results are compared
// (kDiverged); commit messages that were not recorded are. Uses blocks, executor and chain only.
[[nodiscard]] Status execute_stored_blocks(NodeStores& stores, const ledger::Genesis& genesis,
                                           const std::function<Status(const BlockOutcome&)>& commit,
                                           const RecoveryNote& note);

// What the state store keeps of one executed block.
[[nodiscard]] ledger::BlockCommit block_commit(const BlockOutcome& outcome);

}  // namespace huangpu::node
