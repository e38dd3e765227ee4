#include "consensus/core/block_tree.hpp"

#include <iterator>
#include <utility>

#include "consensus/codec/hashing.hpp"
#include "crypto/base/assert.hpp"

namespace huangpu::consensus {
namespace {

// Height, time and lanes (SPEC C-108) as far as they concern the parent alone.
std::optional<std::vector<LaneTip>> apply(SuiteId suite, const BlockNode& parent,
                                          const Block& block) {
  const BlockHeader& header = block.header;
  if (header.parent_hash != parent.hash || header.height.value() != parent.height().value() + 1 ||
      header.timestamp <= parent.block.header.timestamp) {
    return std::nullopt;
  }
  std::vector<LaneTip> tips = *parent.tips;
  for (const CutEntry& entry : block.cut) {
    if (entry.lane.value() >= tips.size()) return std::nullopt;
    LaneTip& tip = tips[entry.lane.value()];
    if (entry.pos <= tip.pos) return std::nullopt;
    tip = {entry.pos, entry.digest};
  }
  if (cut_root(suite, tips) != header.cut_root) return std::nullopt;
  return tips;
}

}  // namespace

BlockTree::BlockTree(SuiteId suite, BlockNode root, std::size_t blocks_max)
    : suite_(suite), blocks_max_(blocks_max), root_(root.hash) {
  HP_ASSERT(root.tips.has_value(), "the root knows the lanes");
  nodes_.emplace(root.hash, std::move(root));
}

const BlockNode& BlockTree::root() const { return nodes_.at(root_); }

BlockNode* BlockTree::find(const Digest& hash) {
  const auto found = nodes_.find(hash);
  return found == nodes_.end() ? nullptr : &found->second;
}

const BlockNode* BlockTree::find(const Digest& hash) const {
  const auto found = nodes_.find(hash);
  return found == nodes_.end() ? nullptr : &found->second;
}

BlockNode* BlockTree::insert(const Block& block, const Digest& hash,
                             const std::optional<Justification>& justification, MonoMs now) {
  if (BlockNode* known = find(hash)) {
    if (!known->justification) known->justification = justification;
    return known;
  }
  if (nodes_.size() >= blocks_max_) return nullptr;
  if (body_root(suite_, block) != block.header.body_root) return nullptr;
  BlockNode node{.hash = hash,
                 .block = block,
                 .justification = justification,
                 .tips = std::nullopt,
                 .seen_ms = now};
  return &nodes_.emplace(hash, std::move(node)).first->second;
}

BlockTree::Resolved BlockTree::resolve(const Digest& hash) {
  std::vector<BlockNode*> unresolved;
  BlockNode* node = find(hash);
  Digest wanted = hash;
  for (;;) {
    if (node == nullptr) return {nullptr, wanted};
    if (node->tips || node->misfit) break;
    unresolved.push_back(node);
    wanted = node->block.header.parent_hash;
    // A branch that left the chain below the root can never be valid again.
    if (node->height() <= root().height()) {
      node->misfit = true;
      break;
    }
    node = find(wanted);
  }
  for (; !unresolved.empty(); unresolved.pop_back()) {
    BlockNode* child = unresolved.back();
    if (child == node) continue;
    if (!node->misfit) child->tips = apply(suite_, *node, child->block);
    child->misfit = !child->tips.has_value();
    node = child;
  }
  return {node, std::nullopt};
}

void BlockTree::advance(const Digest& hash) {
  const BlockNode* next = find(hash);
  HP_ASSERT(next != nullptr && next->tips && next->block.header.parent_hash == root_,
            "the chain grows by children of its tip");
  root_ = hash;
  const std::uint64_t height = next->height().value();
  for (auto it = nodes_.begin(); it != nodes_.end();) {
    const std::uint64_t theirs = it->second.height().value();
    it = theirs + kDeliveredKept < height ? nodes_.erase(it) : std::next(it);
  }
}

}  // namespace huangpu::consensus
