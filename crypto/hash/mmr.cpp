#include "crypto/hash/mmr.hpp"

#include <bit>
#include <string>
#include <utility>

#include "crypto/base/assert.hpp"

namespace huangpu::crypto {
namespace {

constexpr std::uint64_t kCountMax = std::uint64_t{1} << 62;

// A full subtree: 2^level leaves, of which the first is number `first`.
struct Mountain {
  unsigned level;
  std::uint64_t first;
};

// Largest first: one per set bit of count.
std::vector<Mountain> mountains_of(std::uint64_t count) {
  std::vector<Mountain> mountains;
  std::uint64_t first = 0;
  for (unsigned level = 63; level-- > 0;) {
    if ((count >> level & 1) == 0) continue;
    mountains.push_back({level, first});
    first += std::uint64_t{1} << level;
  }
  return mountains;
}

// A node is created right after the last leaf below it and the nodes of lower levels above that
// leaf.
std::uint64_t position_of(const Mountain& mountain) {
  const std::uint64_t last_leaf = mountain.first + (std::uint64_t{1} << mountain.level) - 1;
  return mmr_leaf_position(last_leaf) + mountain.level;
}

Result<Digest> node_at(const MmrNodeSource& source, const Mountain& mountain) {
  const std::uint64_t position = position_of(mountain);
  if (const auto digest = source(position)) return *digest;
  return fail(Errc::kCorrupt, "history tree node " + std::to_string(position) + " is missing");
}

}  // namespace

std::uint64_t mmr_leaf_position(std::uint64_t leaf_index) { return mmr_node_count(leaf_index); }

std::uint64_t mmr_node_count(std::uint64_t count) {
  HP_ASSERT(count <= kCountMax, "a history tree has at most 2^62 leaves");
  return 2 * count - static_cast<std::uint64_t>(std::popcount(count));
}

Result<Mmr> Mmr::from_peaks(SuiteId suite, std::uint64_t count, std::vector<Digest> peaks) {
  if (count > kCountMax || peaks.size() != static_cast<std::size_t>(std::popcount(count))) {
    return fail(Errc::kCorrupt, "history tree of " + std::to_string(count) +
                                    " leaves cannot have " + std::to_string(peaks.size()) +
                                    " peaks");
  }
  Mmr mmr(suite);
  mmr.count_ = count;
  mmr.peaks_ = std::move(peaks);
  return mmr;
}

Result<Mmr> Mmr::load(SuiteId suite, std::uint64_t count, const MmrNodeSource& source) {
  if (count > kCountMax) return fail(Errc::kCorrupt, "history tree has an impossible leaf count");
  std::vector<Digest> peaks;
  for (const Mountain& mountain : mountains_of(count)) {
    HP_TRY_ASSIGN(const Digest peak, node_at(source, mountain));
    peaks.push_back(peak);
  }
  return from_peaks(suite, count, std::move(peaks));
}

void Mmr::append(const Digest& leaf, std::vector<MmrNode>* created) {
  std::uint64_t position = mmr_leaf_position(count_);
  Digest node = merkle_leaf(suite_, leaf.bytes());
  if (created != nullptr) created->push_back({position, node});

  for (std::uint64_t rest = count_; rest % 2 == 1; rest /= 2) {
    node = merkle_inner(suite_, peaks_.back(), node);
    peaks_.pop_back();
    if (created != nullptr) created->push_back({++position, node});
  }
  peaks_.push_back(node);
  ++count_;
}

Digest Mmr::root() const {
  if (count_ == 0) return Digest::zero();
  return merkle_seal(suite_, count_, merkle_bag(suite_, peaks_));
}

Result<MmrPath> Mmr::path(std::uint64_t index, const MmrNodeSource& source) const {
  return mmr_path(suite_, index, count_, source);
}

Result<MmrPath> mmr_path(SuiteId suite, std::uint64_t index, std::uint64_t count,
                         const MmrNodeSource& source) {
  if (index >= count || count > kCountMax) {
    return fail(Errc::kOutOfRange, "history tree of " + std::to_string(count) +
                                       " leaves has no leaf " + std::to_string(index));
  }
  const std::vector<Mountain> mountains = mountains_of(count);
  std::size_t own = 0;
  while (index - mountains[own].first >= std::uint64_t{1} << mountains[own].level) ++own;

  // Inside the mountain, then all smaller ones as one node, then each larger one.
  MmrPath path{index, count, {}};
  for (unsigned level = 0; level < mountains[own].level; ++level) {
    const std::uint64_t sibling = (index >> level) ^ 1;
    HP_TRY_ASSIGN(const Digest node, node_at(source, {level, sibling << level}));
    path.siblings.push_back(node);
  }
  std::vector<Digest> smaller;
  for (std::size_t i = own + 1; i < mountains.size(); ++i) {
    HP_TRY_ASSIGN(const Digest peak, node_at(source, mountains[i]));
    smaller.push_back(peak);
  }
  if (!smaller.empty()) path.siblings.push_back(merkle_bag(suite, smaller));
  for (std::size_t i = own; i-- > 0;) {
    HP_TRY_ASSIGN(const Digest peak, node_at(source, mountains[i]));
    path.siblings.push_back(peak);
  }
  return path;
}

bool verify_mmr_path(SuiteId suite, const Digest& root, const Digest& leaf, const MmrPath& path) {
  return verify_merkle_path(suite, root, leaf.bytes(), path);
}

}  // namespace huangpu::crypto
