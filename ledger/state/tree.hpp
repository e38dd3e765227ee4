// The state commitment: a canonical collapsed binary sparse Merkle tree (SPEC T-4..T-9).
//
//   key_hash = H(key)   value_hash = H(value)
//   leaf     = H(0x00 ‖ key_hash ‖ value_hash)      inner = H(0x01 ‖ left ‖ right)      empty = 32
//   zero bytes a subtree with one key is its leaf; bit i of key_hash, most significant first,
//   chooses the child
//
// The root depends on the set of entries only, never on the order in which they came.
//
// Copy on write: apply() makes new nodes for the paths it touches and retires the replaced ones, so
// that the roots of pinned heights stay readable. Memory: 64 bytes per entry plus about 1.44 inner
// nodes of 40 bytes, plus what pinned heights still need.
//
// Thread: pure and unsynchronised. const members may run together; apply, rebuild, pin and unpin
// need exclusion from everything else. An owner that serves proofs on other threads holds a shared
// mutex around the tree (shared for prove and root_at, exclusive for the rest).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "crypto/base/ids.hpp"
#include "crypto/base/result.hpp"
#include "crypto/hash/digest.hpp"
#include "crypto/suite.hpp"
#include "ledger/state/delta.hpp"
#include "ledger/state/proof.hpp"

namespace huangpu::ledger {

struct LeafChange {
  crypto::Digest key_hash;
  std::optional<crypto::Digest> value_hash;  // nothing = deleted

  friend bool operator==(const LeafChange&, const LeafChange&) = default;
};

// The tree's view of a delta: auxiliary keys left out, keys and values hashed, ascending by key
// hash.
[[nodiscard]] std::vector<LeafChange> leaf_changes(crypto::SuiteId suite, const StateDelta& delta);
[[nodiscard]] LeafChange leaf_change(crypto::SuiteId suite, ByteView key, ByteView value);

class StateTree {
 public:
  explicit StateTree(crypto::SuiteId suite);
  ~StateTree();
  StateTree(StateTree&&) noexcept;
  StateTree& operator=(StateTree&&) noexcept;

  // Applies the changes of one block and returns the new root. `sorted` is strictly ascending by
  // key_hash and `height` is above the height of the last call: both come from our own execution,
  // so a violation is an assertion. Deleting an absent key changes nothing.
  crypto::Digest apply(Height height, std::span<const LeafChange> sorted);

  // Replaces the whole content by `leaves` (any order, distinct keys, no deletions), as of
  // `height`: the start-up path, about one hash per node. Drops all pins. Two entries of one key
  // are an assertion.
  crypto::Digest rebuild(Height height, std::vector<LeafChange> leaves);

  // Root after the last apply or rebuild, the zero digest when empty; and the height of that call.
  [[nodiscard]] crypto::Digest root() const;
  [[nodiscard]] Height height() const;

  // Number of entries.
  [[nodiscard]] std::uint64_t size() const;

  // Keeps the current version readable until unpinned as often as pinned. Fails with kNotFound when
  // `height` is neither the current height nor pinned already.
  [[nodiscard]] Status pin(Height height);
  void unpin(Height height);

  // Answers for the current height and for pinned heights, otherwise kNotFound.
  [[nodiscard]] Result<crypto::Digest> root_at(Height height) const;
  [[nodiscard]] Result<StateProof> prove(Height height, const crypto::Digest& key_hash) const;

  // The value hash under a key hash at the current height.
  [[nodiscard]] std::optional<crypto::Digest> find(const crypto::Digest& key_hash) const;

  // Nodes held (live and retired) and bytes allocated, for metrics and tests.
  struct Usage {
    std::uint64_t inner_nodes = 0;
    std::uint64_t leaves = 0;
    std::uint64_t retired = 0;
    std::uint64_t bytes = 0;
  };
  [[nodiscard]] Usage usage() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace huangpu::ledger
