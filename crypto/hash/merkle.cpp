#include "crypto/hash/merkle.hpp"

#include <utility>

#include "crypto/base/assert.hpp"
#include "crypto/hash/hasher.hpp"

namespace huangpu::crypto {
namespace {

constexpr std::uint8_t kLeafPrefix[] = {0};
constexpr std::uint8_t kInnerPrefix[] = {1};
constexpr std::uint8_t kSealPrefix[] = {2};

constexpr std::uint64_t kCountMax = std::uint64_t{1} << kMerkleSiblingsMax;

// Walks from a leaf to the top the way RFC 9162, 2.1.3.2 does: `index` and `last` are the places of
// the node and of the last node on the present level. One step() per sibling.
class Climb {
 public:
  Climb(std::uint64_t index, std::uint64_t count) : index_(index), last_(count - 1) {}

  [[nodiscard]] bool at_top() const { return last_ == 0; }
  [[nodiscard]] bool sibling_is_left() const { return index_ % 2 == 1 || index_ == last_; }

  void step() {
    // The last node of an odd level has no sibling there and rises unchanged until it is a right
    // child.
    if (index_ == last_) {
      while (index_ % 2 == 0) rise();
    }
    rise();
  }

 private:
  void rise() {
    index_ /= 2;
    last_ /= 2;
  }

  std::uint64_t index_;
  std::uint64_t last_;
};

bool shape_exists(std::uint64_t index, std::uint64_t count) {
  return index < count && count <= kCountMax;
}

template <class Leaf>
Digest root_of(SuiteId suite, std::span<const Leaf> leaves) {
  MerkleBuilder builder(suite);
  for (const Leaf& leaf : leaves) builder.add(leaf);
  return builder.root();
}

template <class Leaf>
MerklePath path_of(SuiteId suite, std::span<const Leaf> leaves, std::uint64_t index) {
  HP_ASSERT(index < leaves.size(), "a Merkle path was asked for a leaf beyond the last");

  std::vector<Digest> level;
  level.reserve(leaves.size());
  for (const Leaf& leaf : leaves) level.push_back(merkle_leaf(suite, leaf));

  MerklePath path{index, leaves.size(), {}};
  for (; level.size() > 1; index /= 2) {
    const std::uint64_t sibling = index ^ 1;
    if (sibling < level.size()) path.siblings.push_back(level[sibling]);

    const std::size_t pairs = level.size() / 2;
    for (std::size_t i = 0; i < pairs; ++i) {
      level[i] = merkle_inner(suite, level[2 * i], level[2 * i + 1]);
    }
    if (level.size() % 2 == 1) level[pairs] = level.back();
    level.resize(pairs + level.size() % 2);
  }
  return path;
}

}  // namespace

Digest merkle_leaf(SuiteId suite, ByteView data) { return hash(suite, {kLeafPrefix, data}); }

Digest merkle_inner(SuiteId suite, const Digest& left, const Digest& right) {
  return hash(suite, {kInnerPrefix, left.bytes(), right.bytes()});
}

Digest merkle_bag(SuiteId suite, std::span<const Digest> peaks) {
  HP_ASSERT(!peaks.empty(), "a tree without leaves has no top");
  Digest top = peaks.back();
  for (std::size_t i = peaks.size() - 1; i-- > 0;) top = merkle_inner(suite, peaks[i], top);
  return top;
}

Digest merkle_seal(SuiteId suite, std::uint64_t count, const Digest& top) {
  Writer writer(8);
  writer.u64(count);
  return hash(suite, {kSealPrefix, writer.view(), top.bytes()});
}

void MerkleBuilder::add(ByteView leaf) {
  Digest node = merkle_leaf(suite_, leaf);
  // Each set low bit of the count is a full subtree as large as the node at hand: join them.
  for (std::uint64_t rest = count_; rest % 2 == 1; rest /= 2) {
    node = merkle_inner(suite_, peaks_.back(), node);
    peaks_.pop_back();
  }
  peaks_.push_back(node);
  ++count_;
}

Digest MerkleBuilder::root() const {
  if (count_ == 0) return Digest::zero();
  return merkle_seal(suite_, count_, merkle_bag(suite_, peaks_));
}

Digest merkle_root(SuiteId suite, std::span<const ByteView> leaves) {
  return root_of(suite, leaves);
}
Digest merkle_root(SuiteId suite, std::span<const Bytes> leaves) { return root_of(suite, leaves); }

std::size_t merkle_path_size(std::uint64_t index, std::uint64_t count) {
  HP_ASSERT(shape_exists(index, count), "no Merkle path has this index and count");
  std::size_t size = 0;
  for (Climb climb(index, count); !climb.at_top(); climb.step()) ++size;
  return size;
}

MerklePath merkle_path(SuiteId suite, std::span<const ByteView> leaves, std::uint64_t index) {
  return path_of(suite, leaves, index);
}
MerklePath merkle_path(SuiteId suite, std::span<const Bytes> leaves, std::uint64_t index) {
  return path_of(suite, leaves, index);
}

bool verify_merkle_path(SuiteId suite, const Digest& root, ByteView leaf, const MerklePath& path) {
  if (!shape_exists(path.index, path.count)) return false;
  if (path.siblings.size() != merkle_path_size(path.index, path.count)) return false;

  Digest node = merkle_leaf(suite, leaf);
  Climb climb(path.index, path.count);
  for (const Digest& sibling : path.siblings) {
    node = climb.sibling_is_left() ? merkle_inner(suite, sibling, node)
                                   : merkle_inner(suite, node, sibling);
    climb.step();
  }
  return merkle_seal(suite, path.count, node) == root;
}

void write_merkle_path(Writer& writer, const MerklePath& path) {
  writer.u64(path.index).u64(path.count);
  for (const Digest& sibling : path.siblings) writer.digest(sibling);
}

MerklePath read_merkle_path(Reader& reader) {
  MerklePath path;
  path.index = reader.u64();
  path.count = reader.u64();
  if (!reader.ok()) return {};
  if (!shape_exists(path.index, path.count)) {
    reader.mark_failed("has a tree path of an impossible shape");
    return {};
  }
  path.siblings.resize(merkle_path_size(path.index, path.count));
  for (Digest& sibling : path.siblings) sibling = reader.digest();
  return path;
}

Bytes encode_merkle_path(const MerklePath& path) {
  Writer writer(16 + path.siblings.size() * Digest::kSizeBytes);
  write_merkle_path(writer, path);
  return writer.take();
}

Result<MerklePath> decode_merkle_path(ByteView bytes) {
  Reader reader(bytes);
  MerklePath path = read_merkle_path(reader);
  HP_TRY(reader.finish("tree path"));
  return path;
}

}  // namespace huangpu::crypto
