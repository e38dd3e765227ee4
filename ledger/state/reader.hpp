// Read access to the current state, as execution sees it (SPEC T-1, T-2).
//
// Keys are `tag ‖ id` byte strings. Keys whose tag is below 0x80 are leaves of the state tree; keys
// with a tag of 0x80 and above are auxiliary: execution reads and writes them, but the tree holds
// only digests over them (replay identifiers, client references).
//
// Thread: one executor thread owns a reader. Implementations: the RocksDB store (ledger/store),
// maps in tests.
#pragma once

#include <functional>
#include <optional>
#include <span>

#include "crypto/base/bytes.hpp"
#include "crypto/base/result.hpp"

namespace huangpu::ledger {

inline constexpr std::uint8_t kFirstAuxTag = 0x80;

// True when the key is a leaf of the state tree, false for auxiliary keys and for the empty key.
[[nodiscard]] inline bool is_tree_key(ByteView key) {
  return !key.empty() && key.front() < kFirstAuxTag;
}

class StateReader {
 public:
  // Returns false to stop the scan.
  using Visitor = std::function<bool(ByteView key, ByteView value)>;

  virtual ~StateReader() = default;

  // The value under `key`, or nothing when the key is absent. A reader that cannot tell (a failed
  // disk read) answers nothing and latches the failure in health(): see there.
  [[nodiscard]] virtual std::optional<Bytes> get(ByteView key) const = 0;

  // Visits the entries whose key starts with `prefix`, in ascending key order. Meant for auxiliary
  // keys at start-up and for expiring buckets; never for the balances of a large state.
  virtual void scan(ByteView prefix, const Visitor& visit) const = 0;

  // A hint that these keys are read next; duplicates and absent keys are allowed.
  virtual void prefetch(std::span<const Bytes> /*keys*/) {}

  // The first read failure since construction. Execution asks once after each block and discards
  // the block when this is an error, so that a failed read can never pass for an absent entry.
  [[nodiscard]] virtual Status health() const { return {}; }
};

}  // namespace huangpu::ledger
