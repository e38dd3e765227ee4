// Holds the tree and its proofs to tests/vectors/state, which was computed without our code.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "crypto/hash/hasher.hpp"
#include "ledger/state/tree.hpp"

namespace huangpu::ledger {
namespace {

Bytes hex(const nlohmann::json& text) { return from_hex(text.get<std::string>()).value(); }

TEST(StateTreeVectors, HoldForRootsAndProofs) {
  std::ifstream file("tests/vectors/state/state_tree.json");
  ASSERT_TRUE(file.is_open()) << "run from the root of the repository";
  const auto vectors = nlohmann::json::parse(file);
  ASSERT_EQ(vectors["cases"].size(), 10U);

  for (const auto& vector : vectors["cases"]) {
    const auto suite = crypto::parse_suite(vector["suite"].get<std::uint64_t>()).value();
    std::vector<LeafChange> leaves;
    for (const auto& entry : vector["entries"]) {
      leaves.push_back(leaf_change(suite, hex(entry["key"]), hex(entry["value"])));
    }
    StateTree tree(suite);
    tree.rebuild(Height(0), leaves);
    EXPECT_EQ(tree.root().hex(), vector["root"].get<std::string>());

    for (const auto& probe : vector["proofs"]) {
      const Bytes key = hex(probe["key"]);
      const Bytes expected = hex(probe["proof"]);
      EXPECT_EQ(encode(tree.prove(Height(0), crypto::hash(suite, ByteView(key))).value()),
                expected);
      const auto proof = decode_state_proof(expected);
      ASSERT_TRUE(proof.has_value());
      const Bytes value = probe["value"].is_null() ? Bytes{} : hex(probe["value"]);
      std::optional<ByteView> claim;
      if (!probe["value"].is_null()) claim = ByteView(value);
      EXPECT_TRUE(verify_state_proof(suite, tree.root(), key, claim, *proof));
    }
  }
}

}  // namespace
}  // namespace huangpu::ledger
