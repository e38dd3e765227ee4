// State proofs: one encoding per proof, and nothing but the tree's own proof verifies.
//
// First byte: number of the key, of which 0..15 are in the tree. The rest is an encoded proof.
#include <cstddef>
#include <cstdint>

#include "crypto/base/assert.hpp"
#include "crypto/hash/hasher.hpp"
#include "ledger/state/tree.hpp"

namespace {

using namespace huangpu;
using namespace huangpu::ledger;

constexpr auto kSuite = crypto::SuiteId::kEd25519Sha256;
constexpr std::uint8_t kKeys = 16;

Bytes key_of(std::uint8_t number) { return {'A', number}; }
Bytes value_of(std::uint8_t number) { return {1, number}; }

const StateTree& world() {
  static const StateTree tree = [] {
    StateTree result(kSuite);
    std::vector<LeafChange> leaves;
    for (std::uint8_t i = 0; i < kKeys; ++i) {
      leaves.push_back(leaf_change(kSuite, key_of(i), value_of(i)));
    }
    result.rebuild(Height(0), std::move(leaves));
    return result;
  }();
  return tree;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  if (size_bytes < 1) return 0;
  const std::uint8_t number = data[0] % (2 * kKeys);
  const ByteView input = ByteView(data, size_bytes).subspan(1);
  const auto proof = decode_state_proof(input);
  if (!proof) return 0;
  HP_ASSERT(equal(encode(*proof), input), "a state proof has two encodings");

  const Bytes key = key_of(number);
  const Bytes value = value_of(number);
  const bool member = verify_state_proof(kSuite, world().root(), key, ByteView(value), *proof);
  const bool absent = verify_state_proof(kSuite, world().root(), key, std::nullopt, *proof);
  const auto expected = world().prove(Height(0), crypto::hash(kSuite, ByteView(key)));
  HP_ASSERT(member == (number < kKeys && *proof == *expected), "a false membership proof");
  HP_ASSERT(absent == (number >= kKeys && *proof == *expected), "a false absence proof");
  return 0;
}
