// The oracle is the tree of merkle.hpp over the same leaves, itself held to RFC 6962 by its own
// test.
#include "crypto/hash/mmr.hpp"

#include <gtest/gtest.h>

#include <map>

#include "crypto/hash/hasher.hpp"
#include "tests/support/test_suite.hpp"

namespace huangpu::crypto {
namespace {

const SuiteId kSuite = test::test_suite();

Digest leaf_at(std::uint64_t index) {
  Writer writer;
  writer.u64(index);
  return sha256(writer.view());
}

std::vector<Bytes> leaves_up_to(std::uint64_t count) {
  std::vector<Bytes> leaves;
  for (std::uint64_t i = 0; i < count; ++i) leaves.push_back(to_bytes(leaf_at(i).bytes()));
  return leaves;
}

// What a store would hold: every node ever created, by position.
class Nodes {
 public:
  void keep(const std::vector<MmrNode>& created) {
    for (const MmrNode& node : created) {
      EXPECT_EQ(node.position, by_position_.size()) << "positions have no gaps";
      by_position_.emplace(node.position, node.digest);
    }
  }
  MmrNodeSource source() const {
    return [this](std::uint64_t position) -> std::optional<Digest> {
      const auto found = by_position_.find(position);
      if (found == by_position_.end()) return std::nullopt;
      return found->second;
    };
  }
  void lose(std::uint64_t position) { by_position_.erase(position); }
  std::uint64_t size() const { return by_position_.size(); }

 private:
  std::map<std::uint64_t, Digest> by_position_;
};

TEST(Mmr, RootsAndPathsOfEveryPastCountAreThoseOfTheTree) {
  constexpr std::uint64_t kCount = 33;
  Mmr mmr(kSuite);
  Nodes nodes;
  EXPECT_EQ(mmr.root(), Digest::zero());
  for (std::uint64_t i = 0; i < kCount; ++i) {
    std::vector<MmrNode> created;
    mmr.append(leaf_at(i), &created);
    nodes.keep(created);
    ASSERT_EQ(mmr.count(), i + 1);
    ASSERT_EQ(mmr.root(), merkle_root(kSuite, leaves_up_to(i + 1)));
    ASSERT_EQ(nodes.size(), mmr_node_count(i + 1));
  }

  for (std::uint64_t count = 1; count <= kCount; ++count) {
    const auto leaves = leaves_up_to(count);
    const Digest root = merkle_root(kSuite, leaves);
    for (std::uint64_t index = 0; index < count; ++index) {
      const auto path = mmr_path(kSuite, index, count, nodes.source());
      ASSERT_TRUE(path.has_value());
      ASSERT_EQ(*path, merkle_path(kSuite, leaves, index)) << index << " of " << count;
      ASSERT_TRUE(verify_mmr_path(kSuite, root, leaf_at(index), *path));
      ASSERT_FALSE(verify_mmr_path(kSuite, root, leaf_at(index + 1), *path));
    }
  }
}

TEST(Mmr, GoesOnFromItsPeaksOrItsNodesAsIfNeverStopped) {
  Mmr whole(kSuite);
  Nodes nodes;
  for (std::uint64_t i = 0; i < 40; ++i) {
    const auto from_peaks =
        Mmr::from_peaks(kSuite, i, {whole.peaks().begin(), whole.peaks().end()});
    const auto from_nodes = Mmr::load(kSuite, i, nodes.source());
    ASSERT_EQ(from_peaks, whole);
    ASSERT_EQ(from_nodes, whole);

    Mmr resumed = *from_peaks;
    std::vector<MmrNode> created;
    std::vector<MmrNode> created_resumed;
    whole.append(leaf_at(i), &created);
    resumed.append(leaf_at(i), &created_resumed);
    ASSERT_EQ(resumed, whole);
    ASSERT_EQ(created_resumed, created);
    nodes.keep(created);
  }
}

TEST(Mmr, RefusesPeaksThatDoNotFitTheCount) {
  EXPECT_EQ(Mmr::from_peaks(kSuite, 3, {leaf_at(0)}).error().code, Errc::kCorrupt);
  EXPECT_EQ(Mmr::from_peaks(kSuite, 0, {leaf_at(0)}).error().code, Errc::kCorrupt);
  EXPECT_EQ(Mmr::from_peaks(kSuite, ~std::uint64_t{0}, std::vector<Digest>(64)).error().code,
            Errc::kCorrupt);
}

TEST(Mmr, NamesTheNodeItsStoreLacks) {
  Mmr mmr(kSuite);
  Nodes nodes;
  for (std::uint64_t i = 0; i < 5; ++i) {
    std::vector<MmrNode> created;
    mmr.append(leaf_at(i), &created);
    nodes.keep(created);
  }
  nodes.lose(1);
  EXPECT_EQ(mmr.path(0, nodes.source()).error(),
            (Error{Errc::kCorrupt, "history tree node 1 is missing"}));
  EXPECT_EQ(mmr.path(5, nodes.source()).error().code, Errc::kOutOfRange);
  nodes.lose(6);
  EXPECT_EQ(Mmr::load(kSuite, 5, nodes.source()).error().code, Errc::kCorrupt);
}

}  // namespace
}  // namespace huangpu::crypto
