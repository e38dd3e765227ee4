// ReplayRing: the ids of transactions whose validity window is still open, one bucket per second of
// valid_until (SPEC L-31..L-34).
//
// In memory for lookups; in the state as one digest per bucket ('R') and the ids themselves as
// auxiliary entries, from which load() restores the ring and checks the digests. Changes of a block
// are kept apart until accept(), so that a block that fails leaves no trace.
#pragma once

#include <absl/container/flat_hash_set.h>

#include <cstdint>
#include <map>
#include <vector>

#include "crypto/base/ids.hpp"
#include "crypto/base/result.hpp"
#include "crypto/suite.hpp"
#include "ledger/state/delta.hpp"
#include "ledger/state/reader.hpp"
#include "ledger/types/ids.hpp"
#include "ledger/types/state_value.hpp"

namespace huangpu::ledger {

class ReplayRing {
 public:
  explicit ReplayRing(crypto::SuiteId suite) : suite_(suite) {}

  // From the stored state. kCorrupt when the ids do not give the digests.
  [[nodiscard]] Status load(const StateReader& reader);

  [[nodiscard]] bool contains(const TxId& txid, TimestampMs valid_until) const;
  // Requires that it is not contained.
  void add(const TxId& txid, TimestampMs valid_until);

  // Writes the block's changes: new ids with their digests, and the end of buckets that `now` has
  // passed.
  void write_changes(Height height, TimestampMs now, StateDelta& delta) const;

  // The block stands: expired buckets go, new ids stay.
  void accept(Height height, TimestampMs now);
  // The block does not stand: new ids go.
  void undo();

  [[nodiscard]] std::size_t size() const;

 private:
  struct Bucket {
    BucketValue value;
    absl::flat_hash_set<TxId> ids;
    std::vector<TxId> added;  // by the current block, in execution order
  };

  [[nodiscard]] BucketValue value_after(const Bucket& bucket, Height height) const;

  crypto::SuiteId suite_;
  std::map<std::uint64_t, Bucket> buckets_;  // by second
};

}  // namespace huangpu::ledger
