// Executor: one finalized block in, receipts, state changes and roots out (SPEC L-1, L-30..L-38).
//
// Deterministic and single-threaded: the same blocks on the same state give the same bytes
// everywhere. It keeps decoded accounts and balances between blocks as a cache; the cache never
// changes a result.
//
// Ownership: the reader and the tree outlive the executor. The reader must show every delta of
// earlier blocks; the caller commits `BlockOutput::delta` before the next execute().
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "crypto/base/ids.hpp"
#include "crypto/base/result.hpp"
#include "crypto/hash/digest.hpp"
#include "ledger/genesis/genesis.hpp"
#include "ledger/state/delta.hpp"
#include "ledger/state/reader.hpp"
#include "ledger/state/tree.hpp"
#include "ledger/types/governance.hpp"
#include "ledger/types/history_entry.hpp"
#include "ledger/types/receipt.hpp"
#include "ledger/types/transaction.hpp"

namespace huangpu::ledger {

struct BlockContext {
  Height height;
  TimestampMs time;
  Epoch epoch;
};

// Batches in execution order; their envelopes' signatures have been verified.
struct BlockInput {
  BlockContext context;
  std::vector<std::shared_ptr<const DecodedBatch>> batches;
  // Members of the pending settings that declared themselves ready in this block (SPEC L-127);
  // whoever executes has verified it. They count before the first envelope.
  std::vector<std::string> ready = {};
};

// What the block did to one asset; issued and redeemed as of the end of the block.
struct SupplyChange {
  AssetId asset;
  Amount issued;
  Amount redeemed;
  friend bool operator==(const SupplyChange&, const SupplyChange&) = default;
};

struct BlockOutput {
  crypto::Digest state_root;
  crypto::Digest receipts_root;
  std::vector<Receipt> receipts;        // one per envelope, in execution order
  std::vector<Bytes> encoded_receipts;  // the leaves of the receipts tree, same order
  StateDelta delta;
  std::vector<SupplyChange> supply;  // assets whose supply changed, ascending
  std::uint64_t settled_transfers = 0;
  bool epochs_changed = false;  // epochs() tells something new
};

// Told about every statement line of a block that was executed, after it was; for indexes and
// auditors.
class EntryObserver {
 public:
  virtual ~EntryObserver() = default;
  virtual void on_entry(const AccountId& account, AssetId asset, const HistoryEntry& entry) = 0;
};

struct ExecutorOptions {
  std::size_t cached_entries_max = 1'000'000;  // of any kind, kept decoded between blocks
  EntryObserver* observer = nullptr;           // outlives the executor
};

class Executor {
 public:
  // Reads the clock and the replay ring from `reader`. `tree` must hold the reader's state; see
  // open().
  [[nodiscard]] static Result<std::unique_ptr<Executor>> open(const Genesis& genesis,
                                                              StateReader& reader, StateTree& tree,
                                                              ExecutorOptions options = {});
  ~Executor();

  // On an error nothing has changed: not the tree, not the executor. Errors: kInvalidArgument (not
  // the next height, or time not after the last block's), kCorrupt (a stored value does not
  // decode), the reader's own failure, kDiverged (an asset is not conserved: the node must stop).
  [[nodiscard]] Result<BlockOutput> execute(const BlockInput& input);

  // Height and time of the last executed block; genesis at first.
  [[nodiscard]] Height height() const;
  [[nodiscard]] TimestampMs time() const;
  // After the last executed block: where the chain stands between epochs, and the settings of the
  // epoch that the next block belongs to. Valid until the next execute().
  [[nodiscard]] const EpochsValue& epochs() const;
  [[nodiscard]] const EpochSettings& settings() const;
  // Of any epoch up to that one. kCorrupt if the state does not have it.
  [[nodiscard]] Result<EpochValue> epoch_value(Epoch epoch) const;

 private:
  class Impl;
  explicit Executor(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Makes the tree and the entries of height 0. The caller stores the entries.
struct GenesisState {
  StateDelta entries;
  crypto::Digest state_root;
};
[[nodiscard]] Result<GenesisState> apply_genesis(const Genesis& genesis, StateTree& tree);

}  // namespace huangpu::ledger
