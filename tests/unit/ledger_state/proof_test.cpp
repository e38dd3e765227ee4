#include "ledger/state/proof.hpp"

#include <gtest/gtest.h>

#include "crypto/hash/hasher.hpp"
#include "ledger/state/tree.hpp"
#include "tests/unit/ledger_state/helpers.hpp"

namespace huangpu::ledger {
namespace {

using crypto::Digest;
using test::key_of;
using test::kSuite;
using test::Rng;

// Keys 0 to count-1 with the value {number's low byte}.
struct World {
  explicit World(std::uint64_t count) : tree(kSuite) {
    std::vector<LeafChange> leaves;
    for (std::uint64_t i = 0; i < count; ++i)
      leaves.push_back(leaf_change(kSuite, key_of(i), value(i)));
    tree.rebuild(Height(1), leaves);
  }
  static Bytes value(std::uint64_t number) { return {1, static_cast<std::uint8_t>(number)}; }
  StateProof prove(std::uint64_t number) const {
    return tree.prove(Height(1), crypto::hash(kSuite, ByteView(key_of(number)))).value();
  }
  bool member(std::uint64_t number, const StateProof& proof) const {
    const Bytes bytes = value(number);
    return verify_state_proof(kSuite, tree.root(), key_of(number), ByteView(bytes), proof);
  }
  bool absent(std::uint64_t number, const StateProof& proof) const {
    return verify_state_proof(kSuite, tree.root(), key_of(number), std::nullopt, proof);
  }

  StateTree tree;
};

TEST(StateProof, ShowsMembershipOfEveryEntryAndOfNothingElse) {
  for (const std::uint64_t count : {1ULL, 2ULL, 3ULL, 100ULL}) {
    const World world(count);
    for (std::uint64_t i = 0; i < count; ++i) {
      const StateProof proof = world.prove(i);
      EXPECT_TRUE(world.member(i, proof));
      EXPECT_FALSE(world.absent(i, proof));
      EXPECT_FALSE(world.member(i + 1, proof));
      const Bytes other = {1, static_cast<std::uint8_t>(i + 1)};
      EXPECT_FALSE(
          verify_state_proof(kSuite, world.tree.root(), key_of(i), ByteView(other), proof));
    }
  }
}

TEST(StateProof, ShowsAbsenceOfEveryOtherKey) {
  std::size_t by_leaf = 0;
  std::size_t by_emptiness = 0;
  for (const std::uint64_t count : {0ULL, 1ULL, 2ULL, 3ULL, 100ULL}) {
    const World world(count);
    for (std::uint64_t i = count; i < count + 200; ++i) {
      const StateProof proof = world.prove(i);
      ++(proof.terminal ? by_leaf : by_emptiness);
      EXPECT_TRUE(world.absent(i, proof)) << i;
      EXPECT_FALSE(world.member(i, proof)) << i;
    }
  }
  // The empty tree gives 200 proofs by emptiness alone: both kinds must come up beyond that.
  EXPECT_GT(by_leaf, 200U);
  EXPECT_GT(by_emptiness, 200U);
}

TEST(StateProof, OfAnAbsentKeyDoesNotServeForAKeyElsewhere) {
  const World world(100);
  const StateProof proof = world.prove(500);
  ASSERT_TRUE(world.absent(500, proof));

  std::size_t accepted = 0;
  for (std::uint64_t i = 0; i < 100; ++i) accepted += world.absent(i, proof) ? 1U : 0U;

  EXPECT_EQ(accepted, 0U);
}

TEST(StateProof, DecodesToItselfAndEncodesCanonically) {
  const World world(300);
  for (std::uint64_t i = 0; i < 600; ++i) {
    const StateProof proof = world.prove(i);
    const Bytes bytes = encode(proof);

    const auto decoded = decode_state_proof(bytes);

    ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
    EXPECT_EQ(*decoded, proof);
    EXPECT_EQ(encode(*decoded), bytes);
    EXPECT_LE(bytes.size(), kStateProofBytesMax);
  }
}

// Goal: no bit of a proof is free. Method: flip every bit of encoded proofs of each shape.
TEST(StateProof, DoesNotVerifyWithAnyBitFlipped) {
  const World world(40);
  for (const std::uint64_t number :
       {0ULL, 17ULL, 39ULL, 40ULL, 41ULL, 42ULL, 43ULL, 44ULL, 45ULL}) {
    const bool is_member = number < 40;
    const Bytes good = encode(world.prove(number));
    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
      Bytes bad = good;
      bad[bit / 8] = static_cast<std::uint8_t>(bad[bit / 8] ^ (1U << (bit % 8)));
      const auto decoded = decode_state_proof(bad);
      if (!decoded) continue;
      EXPECT_FALSE(is_member ? world.member(number, *decoded) : world.absent(number, *decoded))
          << "key " << number << " bit " << bit;
    }
  }
}

TEST(StateProof, DoesNotVerifyAfterRandomSurgery) {
  const World world(200);
  Rng rng(99);
  for (int round = 0; round < 3000; ++round) {
    const std::uint64_t number = rng() % 400;
    StateProof proof = world.prove(number);
    const StateProof good = proof;
    switch (rng() % 6) {
      case 0:
        proof.siblings.push_back(Digest::zero());
        break;
      case 1:
        if (!proof.siblings.empty()) proof.siblings.pop_back();
        break;
      case 2:
        proof.siblings[rng() % proof.siblings.size()] = test::random_digest(rng);
        break;
      case 3:
        proof.terminal.reset();
        break;
      case 4:
        std::swap(proof.siblings.front(), proof.siblings.back());
        break;
      default:
        proof = world.prove(rng() % 400);
        break;
    }
    if (proof == good) continue;
    if (number < 200) {
      EXPECT_FALSE(world.member(number, proof)) << round;
      EXPECT_FALSE(world.absent(number, proof)) << round;
    } else {
      EXPECT_FALSE(world.member(number, proof)) << round;
    }
  }
}

TEST(StateProof, IsRefusedWhenItsEncodingIsNotCanonical) {
  const World world(50);
  const Bytes good = encode(world.prove(3));
  Bytes longer = good;
  longer.push_back(0);
  Bytes version = good;
  version[0] = 2;
  Bytes deep = good;
  deep[1] = 1;
  deep[2] = 1;  // depth 257

  EXPECT_EQ(decode_state_proof(longer).error().code, Errc::kMalformed);
  EXPECT_EQ(decode_state_proof(version).error().code, Errc::kUnsupportedVersion);
  EXPECT_EQ(decode_state_proof(deep).error().code, Errc::kMalformed);
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(decode_state_proof(ByteView(good).first(size)).has_value()) << size;
  }
  // One level, its sibling marked present but zero; then a spare bit of the bitmap set.
  Bytes spelled = {1, 0, 1, 0x80};
  spelled.insert(spelled.end(), 32, 0);
  spelled.push_back(0);
  EXPECT_EQ(decode_state_proof(spelled).error().code, Errc::kMalformed);
  EXPECT_EQ(decode_state_proof(Bytes{1, 0, 1, 0x40, 0}).error().code, Errc::kMalformed);
  EXPECT_TRUE(decode_state_proof(Bytes{1, 0, 1, 0x00, 0}).has_value());
}

TEST(StateProof, SurvivesRandomBytes) {
  Rng rng(4);
  for (int round = 0; round < 20000; ++round) {
    Bytes bytes(rng() % 200);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(rng());
    if (!bytes.empty()) bytes[0] = 1;
    if (bytes.size() > 1) bytes[1] = 0;
    const auto decoded = decode_state_proof(bytes);
    if (decoded) {
      EXPECT_EQ(encode(*decoded), bytes);
    }
  }
}

}  // namespace
}  // namespace huangpu::ledger
