#include "ledger/state/tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "ledger/state/reader.hpp"
#include "tests/unit/ledger_state/helpers.hpp"

namespace huangpu::ledger {
namespace {

using crypto::Digest;
using test::Entries;
using test::kSuite;
using test::naive_root;
using test::random_digest;
using test::Rng;
using Block = std::map<Digest, std::optional<Digest>>;

// A key hash that starts with the given bits, zeros behind.
Digest key_with_prefix(std::initializer_list<int> bits, std::uint8_t last_byte = 0) {
  Digest::Array bytes{};
  std::size_t i = 0;
  for (const int bit : bits) {
    if (bit != 0) bytes[i / 8] = static_cast<std::uint8_t>(bytes[i / 8] | (0x80U >> (i % 8)));
    ++i;
  }
  bytes.back() = last_byte;
  return Digest(bytes);
}

TEST(StateTree, IsTheZeroDigestWhenEmpty) {
  const StateTree tree(kSuite);

  EXPECT_TRUE(tree.root().is_zero());
  EXPECT_EQ(tree.size(), 0U);
}

TEST(StateTree, OfOneEntryIsItsLeaf) {
  Rng rng(1);
  Entries model;
  StateTree tree(kSuite);

  tree.apply(Height(1), test::to_changes({{random_digest(rng), random_digest(rng)}}, model));

  EXPECT_EQ(tree.root(), naive_root(model));
}

// Method: random blocks of inserts, overwrites and deletes over a small key space against the
// definition.
TEST(StateTree, HasTheRootOfItsDefinitionAfterEveryBlock) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Rng rng(seed);
    std::vector<Digest> keys(60);
    for (Digest& key : keys) key = random_digest(rng);
    // Some keys share long prefixes.
    for (std::size_t i = 0; i < 10; ++i) {
      Digest::Array close = keys[i].array();
      close[31] = static_cast<std::uint8_t>(close[31] ^ (1U << (rng() % 8)));
      keys[20 + i] = Digest(close);
    }
    Entries model;
    StateTree tree(kSuite);
    for (std::uint64_t height = 1; height <= 60; ++height) {
      Block block;
      for (std::uint64_t n = rng() % 12; n > 0; --n) {
        const Digest& key = keys[rng() % keys.size()];
        block[key] = rng() % 3 == 0 ? std::nullopt : std::optional(random_digest(rng));
      }
      const Digest root = tree.apply(Height(height), test::to_changes(block, model));
      ASSERT_EQ(root, naive_root(model)) << "seed " << seed << " height " << height;
      ASSERT_EQ(tree.size(), model.size());
    }
  }
}

TEST(StateTree, DependsOnTheEntriesAndNotOnTheirHistory) {
  Rng rng(7);
  Entries model;
  Block all;
  for (int i = 0; i < 500; ++i) all[random_digest(rng)] = random_digest(rng);
  StateTree at_once(kSuite);
  at_once.apply(Height(1), test::to_changes(all, model));

  StateTree one_by_one(kSuite);
  std::vector<std::pair<Digest, Digest>> shuffled(model.begin(), model.end());
  std::ranges::shuffle(shuffled, rng);
  std::uint64_t height = 0;
  for (const auto& [key, value] : shuffled) {
    one_by_one.apply(Height(++height), std::vector<LeafChange>{{key, value}});
  }
  StateTree rebuilt(kSuite);
  std::vector<LeafChange> leaves;
  for (const auto& [key, value] : shuffled) leaves.push_back({key, value});
  rebuilt.rebuild(Height(9), leaves);

  EXPECT_EQ(one_by_one.root(), at_once.root());
  EXPECT_EQ(rebuilt.root(), at_once.root());
  EXPECT_EQ(rebuilt.height(), Height(9));
}

TEST(StateTree, CollapsesWhenTheLastNeighbourGoes) {
  const Digest a = key_with_prefix({0, 1, 1, 0, 1}, 1);
  const Digest b = key_with_prefix({0, 1, 1, 0, 1}, 2);
  const Digest value = key_with_prefix({1});
  StateTree tree(kSuite);
  const Digest alone = tree.apply(Height(1), std::vector<LeafChange>{{a, value}});
  tree.apply(Height(2), std::vector<LeafChange>{{b, value}});

  const Digest after = tree.apply(Height(3), std::vector<LeafChange>{{b, std::nullopt}});

  EXPECT_EQ(after, alone);
  EXPECT_EQ(tree.usage().inner_nodes, 0U);
  EXPECT_EQ(tree.usage().leaves, 1U);
}

TEST(StateTree, IsUnchangedByDeletingWhatIsNotThereAndByWritingTheSameValue) {
  Rng rng(3);
  Entries model;
  Block block;
  for (int i = 0; i < 50; ++i) block[random_digest(rng)] = random_digest(rng);
  StateTree tree(kSuite);
  const Digest root = tree.apply(Height(1), test::to_changes(block, model));
  const auto [key, value] = *model.begin();

  EXPECT_EQ(tree.apply(Height(2), std::vector<LeafChange>{{random_digest(rng), std::nullopt}}),
            root);
  EXPECT_EQ(tree.apply(Height(3), std::vector<LeafChange>{{key, value}}), root);
  EXPECT_EQ(tree.apply(Height(4), {}), root);
  EXPECT_EQ(tree.usage().retired, 0U);
}

TEST(StateTree, HoldsNoNodeThatNoReadableVersionUses) {
  Rng rng(5);
  StateTree tree(kSuite);
  Entries model;
  Block block;
  for (int i = 0; i < 200; ++i) block[random_digest(rng)] = random_digest(rng);
  tree.apply(Height(1), test::to_changes(block, model));
  for (std::uint64_t height = 2; height < 50; ++height) {
    Block some;
    for (int i = 0; i < 20; ++i) {
      some[std::next(model.begin(), static_cast<std::ptrdiff_t>(rng() % model.size()))->first] =
          random_digest(rng);
    }
    tree.apply(Height(height), test::to_changes(some, model));
  }
  StateTree fresh(kSuite);
  std::vector<LeafChange> leaves;
  for (const auto& [key, value] : model) leaves.push_back({key, value});
  fresh.rebuild(Height(1), leaves);

  EXPECT_EQ(tree.usage().inner_nodes, fresh.usage().inner_nodes);
  EXPECT_EQ(tree.usage().leaves, fresh.usage().leaves);
  EXPECT_EQ(tree.usage().retired, 0U);
}

// Method: pins come and go at random; every pinned root must keep proving every entry of its own
// model.
TEST(StateTree, KeepsPinnedHeightsReadableUntilTheyAreUnpinned) {
  Rng rng(11);
  StateTree tree(kSuite);
  Entries model;
  std::map<std::uint64_t, Entries> pinned;
  for (std::uint64_t height = 1; height <= 120; ++height) {
    Block block;
    for (int i = 0; i < 8; ++i) {
      if (!model.empty() && rng() % 2 == 0) {
        const auto it = std::next(model.begin(), static_cast<std::ptrdiff_t>(rng() % model.size()));
        block[it->first] = rng() % 2 == 0 ? std::nullopt : std::optional(random_digest(rng));
      } else {
        block[random_digest(rng)] = random_digest(rng);
      }
    }
    tree.apply(Height(height), test::to_changes(block, model));
    if (rng() % 3 == 0) {
      ASSERT_TRUE(tree.pin(Height(height)));
      pinned[height] = model;
    }
    if (!pinned.empty() && rng() % 4 == 0) {
      const auto it = std::next(pinned.begin(), static_cast<std::ptrdiff_t>(rng() % pinned.size()));
      tree.unpin(Height(it->first));
      const bool current = it->first == height;
      EXPECT_EQ(tree.root_at(Height(it->first)).has_value(), current);
      pinned.erase(it);
    }
    for (const auto& [pinned_height, entries] : pinned) {
      ASSERT_EQ(tree.root_at(Height(pinned_height)).value(), naive_root(entries));
      for (const auto& [key, value] : entries) {
        const auto proof = tree.prove(Height(pinned_height), key);
        ASSERT_TRUE(proof.has_value());
        ASSERT_EQ(proof->terminal, (TerminalLeaf{key, value}));
      }
    }
  }
}

TEST(StateTree, RefusesToPinOrProveAHeightItDoesNotHold) {
  StateTree tree(kSuite);
  Rng rng(1);
  EXPECT_FALSE(tree.pin(Height(0)));
  tree.apply(Height(1), std::vector<LeafChange>{{random_digest(rng), random_digest(rng)}});
  tree.apply(Height(2), std::vector<LeafChange>{{random_digest(rng), random_digest(rng)}});

  EXPECT_EQ(tree.pin(Height(1)).error().code, Errc::kNotFound);
  EXPECT_EQ(tree.prove(Height(1), Digest()).error().code, Errc::kNotFound);
  EXPECT_EQ(tree.root_at(Height(3)).error().code, Errc::kNotFound);
  EXPECT_TRUE(tree.root_at(Height(2)).has_value());
}

TEST(StateTree, PinsCount) {
  StateTree tree(kSuite);
  Rng rng(1);
  tree.apply(Height(1), std::vector<LeafChange>{{random_digest(rng), random_digest(rng)}});
  ASSERT_TRUE(tree.pin(Height(1)));
  ASSERT_TRUE(tree.pin(Height(1)));
  tree.apply(Height(2), std::vector<LeafChange>{{random_digest(rng), random_digest(rng)}});

  tree.unpin(Height(1));
  EXPECT_TRUE(tree.root_at(Height(1)).has_value());
  tree.unpin(Height(1));
  EXPECT_FALSE(tree.root_at(Height(1)).has_value());
}

TEST(StateTree, FindsValueHashes) {
  Rng rng(2);
  Entries model;
  Block block;
  for (int i = 0; i < 100; ++i) block[random_digest(rng)] = random_digest(rng);
  StateTree tree(kSuite);
  tree.apply(Height(1), test::to_changes(block, model));

  for (const auto& [key, value] : model) EXPECT_EQ(tree.find(key), value);
  EXPECT_EQ(tree.find(random_digest(rng)), std::nullopt);
}

TEST(StateTree, UsesTheHashOfItsSuite) {
  Rng rng(2);
  Entries model;
  Block block;
  for (int i = 0; i < 20; ++i) block[random_digest(rng)] = random_digest(rng);
  StateTree tree(crypto::SuiteId::kSm2Sm3);

  tree.apply(Height(1), test::to_changes(block, model));

  EXPECT_EQ(tree.root(), naive_root(model, crypto::SuiteId::kSm2Sm3));
}

TEST(StateDelta, LeavesAuxiliaryKeysOutOfTheTree) {
  StateDelta delta;
  delta.changes = {{{'A', 1}, Bytes{9}}, {{'B', 1}, std::nullopt}, {{0x81, 1}, Bytes{7}}};

  const auto leaves = leaf_changes(kSuite, delta);

  ASSERT_EQ(leaves.size(), 2U);
  EXPECT_TRUE(std::ranges::is_sorted(leaves, {}, &LeafChange::key_hash));
  EXPECT_THAT(leaves, testing::Contains(leaf_change(kSuite, Bytes{'A', 1}, Bytes{9})));
  EXPECT_THAT(leaves, testing::Contains(
                          LeafChange{crypto::hash(kSuite, ByteView(Bytes{'B', 1})), std::nullopt}));
}

TEST(StateDelta, IsRefusedWhenItsKeysAreNotStrictlyAscending) {
  StateDelta good;
  good.changes = {{{'A', 1}, Bytes{}}, {{'A', 1, 0}, Bytes{}}, {{'A', 2}, std::nullopt}};
  good.erased_aux_prefixes = {{0x81, 5}};
  StateDelta repeated;
  repeated.changes = {{{'A', 1}, Bytes{}}, {{'A', 1}, Bytes{}}};
  StateDelta backwards;
  backwards.changes = {{{'B'}, Bytes{}}, {{'A'}, Bytes{}}};
  StateDelta empty_key;
  empty_key.changes = {{{}, Bytes{}}};
  StateDelta tree_prefix;
  tree_prefix.erased_aux_prefixes = {{'A'}};

  EXPECT_TRUE(check_delta(good));
  for (const StateDelta& bad : {repeated, backwards, empty_key, tree_prefix}) {
    EXPECT_EQ(check_delta(bad).error().code, Errc::kInvalidArgument);
  }
}

}  // namespace
}  // namespace huangpu::ledger
