// Shared by the tests of ledger/state: a seeded generator, random leaves, and the root by
// definition.
#pragma once

#include <map>
#include <optional>
#include <random>
#include <vector>

#include "crypto/hash/hasher.hpp"
#include "ledger/state/tree.hpp"
#include "tests/support/test_suite.hpp"

namespace huangpu::test {

inline const crypto::SuiteId kSuite = huangpu::test::test_suite();

using Rng = std::mt19937_64;
// The model: every entry, by key hash.
using Entries = std::map<crypto::Digest, crypto::Digest>;

inline crypto::Digest random_digest(Rng& rng) {
  crypto::Digest::Array bytes;
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(rng());
  return crypto::Digest(bytes);
}

inline Bytes key_of(std::uint64_t number) {
  Bytes key = {'A'};
  for (int shift = 56; shift >= 0; shift -= 8) {
    key.push_back(static_cast<std::uint8_t>(number >> shift));
  }
  return key;
}

// The root straight from its definition, over the full list of entries.
inline crypto::Digest naive_root(std::span<const std::pair<crypto::Digest, crypto::Digest>> entries,
                                 std::size_t depth = 0, crypto::SuiteId suite = kSuite) {
  if (entries.empty()) return crypto::Digest::zero();
  const std::uint8_t leaf_prefix = 0;
  const std::uint8_t inner_prefix = 1;
  if (entries.size() == 1) {
    return crypto::hash(
        suite, {ByteView(&leaf_prefix, 1), entries[0].first.bytes(), entries[0].second.bytes()});
  }
  std::size_t middle = 0;
  while (middle < entries.size() &&
         (entries[middle].first.bytes()[depth / 8] & (0x80U >> (depth % 8))) == 0) {
    ++middle;
  }
  const auto left = naive_root(entries.first(middle), depth + 1, suite);
  const auto right = naive_root(entries.subspan(middle), depth + 1, suite);
  return crypto::hash(suite, {ByteView(&inner_prefix, 1), left.bytes(), right.bytes()});
}

inline crypto::Digest naive_root(const Entries& entries, crypto::SuiteId suite = kSuite) {
  const std::vector<std::pair<crypto::Digest, crypto::Digest>> list(entries.begin(), entries.end());
  return naive_root(std::span(list), 0, suite);
}

// Changes of one block in the order the tree wants, applied to the model as well.
inline std::vector<ledger::LeafChange> to_changes(
    const std::map<crypto::Digest, std::optional<crypto::Digest>>& block, Entries& model) {
  std::vector<ledger::LeafChange> changes;
  for (const auto& [key_hash, value_hash] : block) {
    changes.push_back({key_hash, value_hash});
    if (value_hash) {
      model[key_hash] = *value_hash;
    } else {
      model.erase(key_hash);
    }
  }
  return changes;
}

}  // namespace huangpu::test
