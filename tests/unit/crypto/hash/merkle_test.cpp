// The model is the recursive definition of RFC 6962, 2.1; the code under test is iterative.
#include "crypto/hash/merkle.hpp"

#include <gtest/gtest.h>

#include <random>

#include "crypto/hash/hasher.hpp"
#include "tests/support/test_suite.hpp"
#include "tests/unit/crypto/helpers.hpp"

namespace huangpu::crypto {
namespace {

const SuiteId kSuite = test::test_suite();

std::size_t split_of(std::size_t count) {
  std::size_t left = 1;
  while (left * 2 < count) left *= 2;
  return left;
}

Digest model_top(std::span<const Bytes> leaves) {
  if (leaves.size() == 1) {
    Bytes input = {0};
    append(input, leaves[0]);
    return hash(kSuite, input);
  }
  const std::size_t left = split_of(leaves.size());
  Bytes input = {1};
  append(input, model_top(leaves.first(left)).bytes());
  append(input, model_top(leaves.subspan(left)).bytes());
  return hash(kSuite, input);
}

Digest model_root(std::span<const Bytes> leaves) {
  if (leaves.empty()) return Digest::zero();
  Writer writer;
  writer.u8(2).u64(leaves.size()).digest(model_top(leaves));
  return hash(kSuite, writer.view());
}

std::vector<Digest> model_siblings(std::span<const Bytes> leaves, std::size_t index) {
  if (leaves.size() == 1) return {};
  const std::size_t left = split_of(leaves.size());
  const bool goes_left = index < left;
  auto path = goes_left ? model_siblings(leaves.first(left), index)
                        : model_siblings(leaves.subspan(left), index - left);
  path.push_back(model_top(goes_left ? leaves.subspan(left) : leaves.first(left)));
  return path;
}

std::vector<Bytes> random_leaves(std::mt19937_64& rng, std::size_t count) {
  std::vector<Bytes> leaves;
  for (std::size_t i = 0; i < count; ++i) leaves.push_back(test::random_bytes(rng, rng() % 80));
  return leaves;
}

TEST(Merkle, RootsAndPathsAreThoseOfTheRecursiveDefinition) {
  std::mt19937_64 rng(5);
  for (std::size_t count = 0; count <= 40; ++count) {
    const auto leaves = random_leaves(rng, count);
    const Digest root = merkle_root(kSuite, leaves);
    ASSERT_EQ(root, model_root(leaves)) << count;
    for (std::size_t index = 0; index < count; ++index) {
      const MerklePath path = merkle_path(kSuite, leaves, index);
      ASSERT_EQ(path.siblings, model_siblings(leaves, index)) << index << " of " << count;
      ASSERT_EQ(path.siblings.size(), merkle_path_size(index, count));
      ASSERT_TRUE(verify_merkle_path(kSuite, root, leaves[index], path));
      ASSERT_EQ(decode_merkle_path(encode_merkle_path(path)), path);
    }
  }
}

TEST(Merkle, RootsOfViewsAndOfBytesAgree) {
  const std::vector<Bytes> leaves = {{1}, {2, 2}, {}};
  const std::vector<ByteView> views(leaves.begin(), leaves.end());
  EXPECT_EQ(merkle_root(kSuite, views), merkle_root(kSuite, leaves));
  EXPECT_EQ(merkle_path(kSuite, views, 1), merkle_path(kSuite, leaves, 1));
}

TEST(Merkle, NoChangeOfAnyPartOfAProofIsAccepted) {
  std::mt19937_64 rng(6);
  for (std::size_t count = 1; count <= 20; ++count) {
    const auto leaves = random_leaves(rng, count);
    const Digest root = merkle_root(kSuite, leaves);
    for (std::size_t index = 0; index < count; ++index) {
      const MerklePath good = merkle_path(kSuite, leaves, index);
      const Bytes& leaf = leaves[index];
      const auto refused = [&](const MerklePath& path) {
        return !verify_merkle_path(kSuite, root, leaf, path);
      };

      for (std::uint64_t other_count = 0; other_count <= 2 * count + 2; ++other_count) {
        for (std::uint64_t other_index = 0; other_index <= other_count + 1; ++other_index) {
          if (other_index == index && other_count == count) continue;
          ASSERT_TRUE(refused({other_index, other_count, good.siblings}))
              << index << "/" << count << " passed as " << other_index << "/" << other_count;
        }
      }
      for (std::size_t i = 0; i < good.siblings.size(); ++i) {
        MerklePath changed = good;
        Digest::Array bytes = changed.siblings[i].array();
        bytes[rng() % 32] ^= static_cast<std::uint8_t>(1U << (rng() % 8));
        changed.siblings[i] = Digest(bytes);
        ASSERT_TRUE(refused(changed));

        MerklePath shorter = good;
        shorter.siblings.erase(shorter.siblings.begin() + static_cast<std::ptrdiff_t>(i));
        ASSERT_TRUE(refused(shorter));
      }
      MerklePath longer = good;
      longer.siblings.push_back(Digest::zero());
      ASSERT_TRUE(refused(longer));

      Bytes other_leaf = leaf;
      other_leaf.push_back(0);
      ASSERT_FALSE(verify_merkle_path(kSuite, root, other_leaf, good));
      ASSERT_FALSE(verify_merkle_path(test::other_suite(), root, leaf, good));
    }
  }
}

TEST(Merkle, AnInnerNodeCannotPassForALeaf) {
  const std::vector<Bytes> leaves = {{1}, {2}, {3}, {4}};
  Bytes inner = to_bytes(merkle_leaf(kSuite, leaves[0]).bytes());
  append(inner, merkle_leaf(kSuite, leaves[1]).bytes());
  const Digest right =
      merkle_inner(kSuite, merkle_leaf(kSuite, leaves[2]), merkle_leaf(kSuite, leaves[3]));
  EXPECT_FALSE(verify_merkle_path(kSuite, merkle_root(kSuite, leaves), inner, {0, 2, {right}}));
}

TEST(Merkle, DecodingIsTotalAndAcceptsOnlyItsOwnEncoding) {
  std::mt19937_64 rng(8);
  for (int round = 0; round < 5000; ++round) {
    Bytes bytes = test::random_bytes(rng, rng() % 150);
    // Small numbers, so that shapes are sometimes possible.
    for (std::size_t i = 0; i < std::min<std::size_t>(bytes.size(), 15); ++i) {
      if (i != 7 && rng() % 8 != 0) bytes[i] = 0;
    }
    const auto path = decode_merkle_path(bytes);
    if (path) {
      ASSERT_EQ(encode_merkle_path(*path), bytes);
    }
  }
  Writer impossible;
  impossible.u64(0).u64(~std::uint64_t{0});
  EXPECT_FALSE(decode_merkle_path(impossible.view()).has_value());
}

TEST(Merkle, TheLargestShapesVerifyToFalseInsteadOfFailing) {
  const std::uint64_t most = std::uint64_t{1} << 63;
  EXPECT_EQ(merkle_path_size(most - 1, most), kMerkleSiblingsMax);
  const MerklePath path{most - 1, most, std::vector<Digest>(kMerkleSiblingsMax)};
  EXPECT_FALSE(verify_merkle_path(kSuite, Digest::zero(), Bytes{}, path));
  EXPECT_FALSE(verify_merkle_path(kSuite, Digest::zero(), Bytes{}, {0, most + 1, {}}));
  EXPECT_FALSE(verify_merkle_path(kSuite, Digest::zero(), Bytes{}, {}));
}

}  // namespace
}  // namespace huangpu::crypto
