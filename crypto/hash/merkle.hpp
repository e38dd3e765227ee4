// Merkle tree over a list of byte strings, and proofs of one element (SPEC K-30..K-34).
//
//   leaf = H(00 ‖ data)    inner = H(01 ‖ left ‖ right)    top = tree of RFC 6962 (left part a full
//   power of two) root = H(02 ‖ count:u64 ‖ top); the root of nothing is 32 zero bytes
//
// The last step binds the number of leaves, so that a path proves "element `index` of exactly
// `count`".
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "crypto/base/bytes.hpp"
#include "crypto/base/codec.hpp"
#include "crypto/base/result.hpp"
#include "crypto/hash/digest.hpp"
#include "crypto/suite.hpp"

namespace huangpu::crypto {

// The hashes of the tree, for those who keep a tree of their own.
[[nodiscard]] Digest merkle_leaf(SuiteId suite, ByteView data);
[[nodiscard]] Digest merkle_inner(SuiteId suite, const Digest& left, const Digest& right);
// Top of a tree from the tops of its full subtrees, largest first. Requires at least one.
[[nodiscard]] Digest merkle_bag(SuiteId suite, std::span<const Digest> peaks);
// The root of `count` leaves whose tree ends in `top`.
[[nodiscard]] Digest merkle_seal(SuiteId suite, std::uint64_t count, const Digest& top);

// Root of leaves that come one by one; keeps one digest per level.
class MerkleBuilder {
 public:
  explicit MerkleBuilder(SuiteId suite) : suite_(suite) {}

  void add(ByteView leaf);
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  [[nodiscard]] Digest root() const;

 private:
  SuiteId suite_;
  std::uint64_t count_ = 0;
  std::vector<Digest>
      peaks_;  // tops of the full subtrees, largest first: one per set bit of count_
};

[[nodiscard]] Digest merkle_root(SuiteId suite, std::span<const ByteView> leaves);
[[nodiscard]] Digest merkle_root(SuiteId suite, std::span<const Bytes> leaves);

struct MerklePath {
  std::uint64_t index = 0;
  std::uint64_t count = 0;
  std::vector<Digest> siblings;  // from the leaf upwards; their number follows from index and count

  friend bool operator==(const MerklePath&, const MerklePath&) = default;
};

// Trees of more than 2^63 leaves do not exist, so no path has more siblings than this.
inline constexpr std::size_t kMerkleSiblingsMax = 63;

// How many siblings a path of this shape has. Requires index < count.
[[nodiscard]] std::size_t merkle_path_size(std::uint64_t index, std::uint64_t count);

// Requires index < leaves.size().
[[nodiscard]] MerklePath merkle_path(SuiteId suite, std::span<const ByteView> leaves,
                                     std::uint64_t index);
[[nodiscard]] MerklePath merkle_path(SuiteId suite, std::span<const Bytes> leaves,
                                     std::uint64_t index);

// True only for the one path that proves `leaf` to be element path.index of path.count under
// `root`. Total: any path may be given.
[[nodiscard]] bool verify_merkle_path(SuiteId suite, const Digest& root, ByteView leaf,
                                      const MerklePath& path);

// index:u64 ‖ count:u64 ‖ siblings. write/read embed a path in a larger layout, encode/decode stand
// alone.
void write_merkle_path(Writer& writer, const MerklePath& path);
[[nodiscard]] MerklePath read_merkle_path(Reader& reader);
[[nodiscard]] Bytes encode_merkle_path(const MerklePath& path);
[[nodiscard]] Result<MerklePath> decode_merkle_path(ByteView bytes);

}  // namespace huangpu::crypto
