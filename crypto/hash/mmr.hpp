// Merkle mountain range: the same tree as hash/merkle.hpp, grown one leaf at a time for ever (SPEC
// K-35..K-38).
//
// Bagging the peaks from the right gives exactly the RFC 6962 tree over the leaves, so roots and
// paths are those of merkle.hpp with the 32 bytes of each leaf digest as leaf data, and one
// verifier serves both.
//
// An Mmr keeps the peaks only (at most 63 digests): enough to append and to know the root. Paths
// need old nodes. append() reports each new node with its position; whoever stores them can answer
// a NodeSource later, for the present count or any smaller one. Nodes never change once written.
// Pure: no storage of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "crypto/base/result.hpp"
#include "crypto/hash/digest.hpp"
#include "crypto/hash/merkle.hpp"
#include "crypto/suite.hpp"

namespace huangpu::crypto {

// Position counts nodes in the order in which appending creates them: leaf 0 is 0, leaf 1 is 1,
// their parent is 2.
struct MmrNode {
  std::uint64_t position = 0;
  Digest digest;

  friend bool operator==(const MmrNode&, const MmrNode&) = default;
};

// The node stored at a position, or nothing if it is not there.
using MmrNodeSource = std::function<std::optional<Digest>(std::uint64_t position)>;

using MmrPath = MerklePath;

class Mmr {
 public:
  explicit Mmr(SuiteId suite) : suite_(suite) {}

  // Continues from what an earlier run kept. kCorrupt unless there is one peak per set bit of
  // count.
  [[nodiscard]] static Result<Mmr> from_peaks(SuiteId suite, std::uint64_t count,
                                              std::vector<Digest> peaks);
  // Continues from stored nodes. kCorrupt if a peak is missing.
  [[nodiscard]] static Result<Mmr> load(SuiteId suite, std::uint64_t count,
                                        const MmrNodeSource& source);

  // Adds leaf number count(). The new nodes, the leaf's first, are appended to `created` if given.
  void append(const Digest& leaf, std::vector<MmrNode>* created = nullptr);

  [[nodiscard]] SuiteId suite() const noexcept { return suite_; }
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  // Largest mountain first.
  [[nodiscard]] std::span<const Digest> peaks() const noexcept { return peaks_; }
  // 32 zero bytes while empty.
  [[nodiscard]] Digest root() const;
  // Path of a leaf under the present root. kOutOfRange if index >= count(), kCorrupt if the source
  // lacks a node.
  [[nodiscard]] Result<MmrPath> path(std::uint64_t index, const MmrNodeSource& source) const;

  friend bool operator==(const Mmr&, const Mmr&) = default;

 private:
  SuiteId suite_;
  std::uint64_t count_ = 0;
  std::vector<Digest> peaks_;
};

// Path of leaf `index` under the root the range had at `count` leaves. Errors as Mmr::path.
[[nodiscard]] Result<MmrPath> mmr_path(SuiteId suite, std::uint64_t index, std::uint64_t count,
                                       const MmrNodeSource& source);

// True only if the digest `leaf` is number path.index of path.count under `root`. Total.
[[nodiscard]] bool verify_mmr_path(SuiteId suite, const Digest& root, const Digest& leaf,
                                   const MmrPath& path);

// Where append() puts things. Requires leaf_index < 2^62 and count <= 2^62.
[[nodiscard]] std::uint64_t mmr_leaf_position(std::uint64_t leaf_index);
[[nodiscard]] std::uint64_t mmr_node_count(std::uint64_t count);

}  // namespace huangpu::crypto
