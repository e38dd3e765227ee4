// The hash rules of the state tree, shared by the tree and by the verifier of proofs (SPEC T-4).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "crypto/hash/digest.hpp"
#include "crypto/hash/hasher.hpp"

namespace huangpu::ledger::state_detail {

inline constexpr std::uint8_t kLeafPrefix = 0x00;
inline constexpr std::uint8_t kInnerPrefix = 0x01;

[[nodiscard]] inline crypto::Digest hash_pair(crypto::SuiteId suite, std::uint8_t prefix,
                                              const crypto::Digest& a, const crypto::Digest& b) {
  std::array<std::uint8_t, 1 + 2 * crypto::Digest::kSizeBytes> input;
  input[0] = prefix;
  std::memcpy(input.data() + 1, a.array().data(), crypto::Digest::kSizeBytes);
  std::memcpy(input.data() + 1 + crypto::Digest::kSizeBytes, b.array().data(),
              crypto::Digest::kSizeBytes);
  return crypto::hash(suite, ByteView(input));
}

[[nodiscard]] inline crypto::Digest leaf_hash(crypto::SuiteId suite, const crypto::Digest& key_hash,
                                              const crypto::Digest& value_hash) {
  return hash_pair(suite, kLeafPrefix, key_hash, value_hash);
}

[[nodiscard]] inline crypto::Digest inner_hash(crypto::SuiteId suite, const crypto::Digest& left,
                                               const crypto::Digest& right) {
  return hash_pair(suite, kInnerPrefix, left, right);
}

// Bit `depth` of a key hash, most significant first: true = right child.
[[nodiscard]] inline bool key_bit(const crypto::Digest& key_hash, std::size_t depth) {
  return ((key_hash.array()[depth / 8] >> (7 - depth % 8)) & 1) != 0;
}

}  // namespace huangpu::ledger::state_detail
