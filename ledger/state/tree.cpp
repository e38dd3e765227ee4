#include "ledger/state/tree.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <string>
#include <utility>

#include "crypto/base/assert.hpp"
#include "crypto/hash/hasher.hpp"
#include "ledger/state/node_hash.hpp"
#include "ledger/state/node_pool.hpp"
#include "ledger/state/reader.hpp"

namespace huangpu::ledger {

using crypto::Digest;
using state_detail::InnerNode;
using state_detail::is_leaf;
using state_detail::kEmpty;
using state_detail::key_bit;
using state_detail::kLeafBit;
using state_detail::LeafNode;
using state_detail::NodePool;
using state_detail::NodeRef;

LeafChange leaf_change(crypto::SuiteId suite, ByteView key, ByteView value) {
  return {crypto::hash(suite, key), crypto::hash(suite, value)};
}

std::vector<LeafChange> leaf_changes(crypto::SuiteId suite, const StateDelta& delta) {
  std::vector<LeafChange> leaves;
  leaves.reserve(delta.changes.size());
  for (const Change& change : delta.changes) {
    if (!is_tree_key(change.key)) continue;
    LeafChange leaf{crypto::hash(suite, ByteView(change.key)), std::nullopt};
    if (change.value) leaf.value_hash = crypto::hash(suite, ByteView(*change.value));
    leaves.push_back(leaf);
  }
  std::ranges::sort(leaves, {}, &LeafChange::key_hash);
  return leaves;
}

class StateTree::Impl {
 public:
  explicit Impl(crypto::SuiteId suite) : suite_(suite) {}

  Digest apply(Height height, std::span<const LeafChange> sorted) {
    HP_ASSERT(!started_ || height > height_, "the state tree was applied twice at one height");
    for (std::size_t i = 1; i < sorted.size(); ++i) {
      HP_ASSERT(sorted[i - 1].key_hash < sorted[i].key_hash, "tree changes are not ascending");
    }
    begin_version(height);
    root_ref_ = update(root_ref_, sorted, 0);
    root_ = hash_of(root_ref_);
    collect();
    return root_;
  }

  Digest rebuild(Height height, std::vector<LeafChange> leaves) {
    std::ranges::sort(leaves, {}, &LeafChange::key_hash);
    inner_ = {};
    leaves_ = {};
    pins_.clear();
    retired_.clear();
    retired_count_ = 0;
    started_ = true;
    height_ = height;

    std::vector<NodeRef> refs;
    refs.reserve(leaves.size());
    for (std::size_t i = 0; i < leaves.size(); ++i) {
      HP_ASSERT(leaves[i].value_hash.has_value(), "a rebuilt tree has no deletions");
      HP_ASSERT(i == 0 || leaves[i - 1].key_hash < leaves[i].key_hash, "a key occurs twice");
      refs.push_back(make_leaf(leaves[i].key_hash, *leaves[i].value_hash));
    }
    size_ = refs.size();
    root_ref_ = build(refs, 0);
    root_ = hash_of(root_ref_);
    return root_;
  }

  Status pin(Height height) {
    if (const auto it = pins_.find(height); it != pins_.end()) {
      ++it->second.count;
      return {};
    }
    if (!started_ || height != height_) return no_version(height);
    pins_.emplace(height, Pin{root_ref_, root_, 1});
    return {};
  }

  void unpin(Height height) {
    const auto it = pins_.find(height);
    HP_ASSERT(it != pins_.end(), "a height was unpinned more often than pinned");
    if (--it->second.count > 0) return;
    pins_.erase(it);
    collect();
  }

  Result<Digest> root_at(Height height) const {
    HP_TRY_ASSIGN(const Version version, version_at(height));
    return version.root;
  }

  Result<StateProof> prove(Height height, const Digest& key_hash) const {
    HP_TRY_ASSIGN(const Version version, version_at(height));
    StateProof proof;
    NodeRef ref = version.ref;
    for (std::size_t depth = 0; ref != kEmpty && !is_leaf(ref); ++depth) {
      const InnerNode& node = inner_.at(ref);
      const bool right = key_bit(key_hash, depth);
      proof.siblings.push_back(hash_of(right ? node.left : node.right));
      ref = right ? node.right : node.left;
    }
    if (is_leaf(ref)) {
      const LeafNode& leaf = leaf_at(ref);
      proof.terminal = TerminalLeaf{leaf.key_hash, leaf.value_hash};
    }
    return proof;
  }

  std::optional<Digest> find(const Digest& key_hash) const {
    NodeRef ref = root_ref_;
    for (std::size_t depth = 0; ref != kEmpty && !is_leaf(ref); ++depth) {
      const InnerNode& node = inner_.at(ref);
      ref = key_bit(key_hash, depth) ? node.right : node.left;
    }
    if (!is_leaf(ref) || leaf_at(ref).key_hash != key_hash) return std::nullopt;
    return leaf_at(ref).value_hash;
  }

  Usage usage() const {
    return {inner_.used(), leaves_.used(), retired_count_, inner_.bytes() + leaves_.bytes()};
  }

  const Digest& root() const { return root_; }
  Height height() const { return height_; }
  std::uint64_t size() const { return size_; }

 private:
  struct Version {
    NodeRef ref = kEmpty;
    Digest root;
  };
  struct Pin {
    NodeRef ref = kEmpty;
    Digest root;
    std::uint64_t count = 0;
  };
  // Nodes that the version at `height` no longer uses and the one before it did.
  struct Retired {
    Height height{0};
    std::vector<NodeRef> refs;
  };

  LeafNode& leaf_at(NodeRef ref) { return leaves_.at(ref & ~kLeafBit); }
  const LeafNode& leaf_at(NodeRef ref) const { return leaves_.at(ref & ~kLeafBit); }

  Digest hash_of(NodeRef ref) const {
    if (ref == kEmpty) return Digest();
    if (!is_leaf(ref)) return inner_.at(ref).hash;
    return state_detail::leaf_hash(suite_, leaf_at(ref).key_hash, leaf_at(ref).value_hash);
  }

  NodeRef make_leaf(const Digest& key_hash, const Digest& value_hash) {
    return leaves_.allocate({key_hash, value_hash}) | kLeafBit;
  }

  // The subtree of two children, collapsed when it holds no more than one leaf.
  NodeRef make_inner(NodeRef left, NodeRef right) {
    if (left == kEmpty && (right == kEmpty || is_leaf(right))) return right;
    if (right == kEmpty && is_leaf(left)) return left;
    return inner_.allocate(
        {state_detail::inner_hash(suite_, hash_of(left), hash_of(right)), left, right});
  }

  void retire(NodeRef ref) { retired_.back().refs.push_back(ref); }

  // The subtree over these leaves, ascending and distinct. Depth is bounded by the 256 bits of a
  // key.
  NodeRef build(std::span<const NodeRef> refs, std::size_t depth) {
    if (refs.empty()) return kEmpty;
    if (refs.size() == 1) return refs.front();
    HP_ASSERT(depth < kStateProofDepthMax, "two leaves share one key hash");
    const auto middle = std::ranges::partition_point(
        refs, [&](NodeRef ref) { return !key_bit(leaf_at(ref).key_hash, depth); });
    const auto left_count = static_cast<std::size_t>(middle - refs.begin());
    const NodeRef left = build(refs.first(left_count), depth + 1);
    const NodeRef right = build(refs.subspan(left_count), depth + 1);
    return make_inner(left, right);
  }

  NodeRef update(NodeRef ref, std::span<const LeafChange> changes, std::size_t depth) {
    if (changes.empty()) return ref;
    if (ref == kEmpty || is_leaf(ref)) return update_leaf(ref, changes, depth);

    const InnerNode node = inner_.at(ref);
    const auto middle = std::ranges::partition_point(
        changes, [&](const LeafChange& change) { return !key_bit(change.key_hash, depth); });
    const auto left_count = static_cast<std::size_t>(middle - changes.begin());
    const NodeRef left = update(node.left, changes.first(left_count), depth + 1);
    const NodeRef right = update(node.right, changes.subspan(left_count), depth + 1);
    if (left == node.left && right == node.right) return ref;
    retire(ref);
    return make_inner(left, right);
  }

  // The changes meet a subtree of at most one leaf.
  NodeRef update_leaf(NodeRef old, std::span<const LeafChange> changes, std::size_t depth) {
    std::vector<NodeRef> refs;
    refs.reserve(changes.size() + 1);
    bool old_stands = old != kEmpty;
    const auto keep_old_before = [&](const Digest& key_hash) {
      if (!old_stands || !(leaf_at(old).key_hash < key_hash)) return;
      refs.push_back(old);
      old_stands = false;
    };
    for (const LeafChange& change : changes) {
      keep_old_before(change.key_hash);
      if (old_stands && leaf_at(old).key_hash == change.key_hash) {
        old_stands = false;
        if (change.value_hash == leaf_at(old).value_hash) {
          refs.push_back(old);
          continue;
        }
        retire(old);
        --size_;
      }
      if (change.value_hash) {
        refs.push_back(make_leaf(change.key_hash, *change.value_hash));
        ++size_;
      }
    }
    if (old_stands) refs.push_back(old);
    return build(refs, depth);
  }

  void begin_version(Height height) {
    started_ = true;
    height_ = height;
    retired_.push_back({height, {}});
  }

  // Frees what no version that can still be read uses. A node retired at height h serves versions
  // below h.
  void collect() {
    retired_count_ = 0;
    const Height oldest = pins_.empty() ? height_ : std::min(pins_.begin()->first, height_);
    while (!retired_.empty() && retired_.front().height <= oldest) {
      for (const NodeRef ref : retired_.front().refs) {
        if (is_leaf(ref)) {
          leaves_.release(ref & ~kLeafBit);
        } else {
          inner_.release(ref);
        }
      }
      retired_.pop_front();
    }
    for (const Retired& retired : retired_) retired_count_ += retired.refs.size();
  }

  Result<Version> version_at(Height height) const {
    if (started_ && height == height_) return Version{root_ref_, root_};
    const auto it = pins_.find(height);
    if (it == pins_.end()) return no_version(height);
    return Version{it->second.ref, it->second.root};
  }

  static tl::unexpected<Error> no_version(Height height) {
    return fail(Errc::kNotFound,
                "state tree: height " + std::to_string(height.value()) + " is not pinned");
  }

  crypto::SuiteId suite_;
  NodePool<InnerNode> inner_;
  NodePool<LeafNode> leaves_;
  NodeRef root_ref_ = kEmpty;
  Digest root_;
  std::uint64_t size_ = 0;
  bool started_ = false;
  Height height_{0};
  std::map<Height, Pin> pins_;
  std::deque<Retired> retired_;  // ascending heights
  std::uint64_t retired_count_ = 0;
};

StateTree::StateTree(crypto::SuiteId suite) : impl_(std::make_unique<Impl>(suite)) {}
StateTree::~StateTree() = default;
StateTree::StateTree(StateTree&&) noexcept = default;
StateTree& StateTree::operator=(StateTree&&) noexcept = default;

Digest StateTree::apply(Height height, std::span<const LeafChange> sorted) {
  return impl_->apply(height, sorted);
}
Digest StateTree::rebuild(Height height, std::vector<LeafChange> leaves) {
  return impl_->rebuild(height, std::move(leaves));
}
Digest StateTree::root() const { return impl_->root(); }
Height StateTree::height() const { return impl_->height(); }
std::uint64_t StateTree::size() const { return impl_->size(); }
Status StateTree::pin(Height height) { return impl_->pin(height); }
void StateTree::unpin(Height height) { impl_->unpin(height); }
Result<Digest> StateTree::root_at(Height height) const { return impl_->root_at(height); }
Result<StateProof> StateTree::prove(Height height, const Digest& key_hash) const {
  return impl_->prove(height, key_hash);
}
std::optional<Digest> StateTree::find(const Digest& key_hash) const {
  return impl_->find(key_hash);
}
StateTree::Usage StateTree::usage() const { return impl_->usage(); }

}  // namespace huangpu::ledger
