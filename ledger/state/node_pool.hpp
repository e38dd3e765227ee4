// Memory of the state tree: fixed-size nodes in chunks that never move, named by 32-bit references.
//
// Not synchronised; the tree's rules hold (ledger/state/tree.hpp).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "crypto/base/assert.hpp"
#include "crypto/hash/digest.hpp"

namespace huangpu::ledger::state_detail {

// A node by reference: 0 is the empty subtree, the top bit tells a leaf from an inner node.
using NodeRef = std::uint32_t;
inline constexpr NodeRef kEmpty = 0;
inline constexpr NodeRef kLeafBit = 0x80000000U;

[[nodiscard]] constexpr bool is_leaf(NodeRef ref) { return (ref & kLeafBit) != 0; }

struct InnerNode {
  crypto::Digest hash;
  NodeRef left = kEmpty;
  NodeRef right = kEmpty;
};
static_assert(sizeof(InnerNode) == 40);

// The leaf's own hash is not kept: it is needed only when a neighbour changes, and recomputing it
// then costs one hash where keeping it would cost half as much memory again.
struct LeafNode {
  crypto::Digest key_hash;
  crypto::Digest value_hash;
};
static_assert(sizeof(LeafNode) == 64);

template <class Node>
class NodePool {
 public:
  // Returns an index from 1 to 2^31 - 1.
  [[nodiscard]] std::uint32_t allocate(const Node& node) {
    std::uint32_t index;
    if (!free_.empty()) {
      index = free_.back();
      free_.pop_back();
    } else {
      HP_ASSERT(next_ < kLeafBit, "the state tree outgrew its 31-bit node references");
      index = next_++;
      if (index / kChunkNodes == chunks_.size()) {
        chunks_.push_back(std::make_unique<Node[]>(kChunkNodes));
      }
    }
    at(index) = node;
    return index;
  }

  void release(std::uint32_t index) { free_.push_back(index); }

  [[nodiscard]] Node& at(std::uint32_t index) {
    return chunks_[index / kChunkNodes][index % kChunkNodes];
  }
  [[nodiscard]] const Node& at(std::uint32_t index) const {
    return chunks_[index / kChunkNodes][index % kChunkNodes];
  }

  // Nodes in use, retired ones included.
  [[nodiscard]] std::uint64_t used() const { return next_ - 1 - free_.size(); }
  [[nodiscard]] std::uint64_t bytes() const {
    return chunks_.size() * kChunkNodes * sizeof(Node) + free_.capacity() * sizeof(std::uint32_t);
  }

 private:
  static constexpr std::uint32_t kChunkNodes = 1U << 12;

  std::vector<std::unique_ptr<Node[]>> chunks_;
  std::vector<std::uint32_t> free_;
  std::uint32_t next_ = 1;
};

}  // namespace huangpu::ledger::state_detail
