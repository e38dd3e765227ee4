// Blocks between the delivered tip and the newest proposals, with the lanes' tips after each (SPEC
// C-113).
//
// Holds the delivered tip as its root, a few delivered blocks below it for peers that ask by hash,
// and whatever was proposed or fetched above. A block is entered once its body matches its header;
// whether it fits its parent is told by resolve(), which needs the ancestors.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <vector>

#include "consensus/core/params.hpp"
#include "consensus/types/message.hpp"

namespace huangpu::consensus {

struct BlockNode {
  Digest hash;
  Block block;
  std::optional<Justification> justification;  // of the block itself, not of a re-proposal
  std::optional<std::vector<LaneTip>> tips;    // once resolved
  bool misfit{false};                          // contradicts its parent: height, time, or lanes
  MonoMs seen_ms{0};

  [[nodiscard]] Height height() const { return block.header.height; }
};

class BlockTree {
 public:
  static constexpr std::uint64_t kDeliveredKept = 64;

  // Holds up to `blocks_max` blocks.
  BlockTree(SuiteId suite, BlockNode root, std::size_t blocks_max);

  [[nodiscard]] const BlockNode& root() const;
  [[nodiscard]] BlockNode* find(const Digest& hash);
  [[nodiscard]] const BlockNode* find(const Digest& hash) const;

  // Nothing if the body does not match the header, or the tree is full. A justification is added to
  // a known block that has none.
  BlockNode* insert(const Block& block, const Digest& hash,
                    const std::optional<Justification>& justification, MonoMs now);

  struct Resolved {
    BlockNode* node{nullptr};       // resolved, or misfit
    std::optional<Digest> missing;  // the ancestor to fetch
  };
  // Computes the lanes' tips after `hash` from its ancestors down to the root.
  [[nodiscard]] Resolved resolve(const Digest& hash);

  // `hash` is a resolved child of the root and becomes the root.
  void advance(const Digest& hash);
  // Forgets undelivered blocks of views up to `view` that `keep` does not want.
  template <class Keep>
  void prune(View view, Keep keep) {
    for (auto it = nodes_.begin(); it != nodes_.end();) {
      const BlockNode& node = it->second;
      const bool old =
          node.height() > root().height() && node.block.header.view <= view && !keep(it->first);
      it = old ? nodes_.erase(it) : std::next(it);
    }
  }
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }

 private:
  SuiteId suite_;
  std::size_t blocks_max_;
  Digest root_;
  std::map<Digest, BlockNode> nodes_;
};

}  // namespace huangpu::consensus
