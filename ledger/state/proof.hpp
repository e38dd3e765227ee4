// Proofs that a state root contains, or does not contain, an entry (SPEC T-10..T-16).
//
// Pure and total: decoding and verification accept any bytes, allocate at most 256 digests and
// never assert. The encoding is canonical: one proof has one byte string.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "crypto/base/bytes.hpp"
#include "crypto/base/result.hpp"
#include "crypto/hash/digest.hpp"
#include "crypto/suite.hpp"

namespace huangpu::ledger {

inline constexpr std::uint16_t kStateProofDepthMax = 256;
inline constexpr std::size_t kStateProofBytesMax = 1 + 2 + 32 + 256 * 32 + 1 + 64;

// The entry that ends the path from the root.
struct TerminalLeaf {
  crypto::Digest key_hash;
  crypto::Digest value_hash;

  friend bool operator==(const TerminalLeaf&, const TerminalLeaf&) = default;
};

struct StateProof {
  // One per level, the root's children first; the zero digest stands for an empty sibling. The
  // encoding stores a bitmap and the non-empty ones.
  std::vector<crypto::Digest> siblings;

  // What stands at the end of the path: nothing (an empty subtree) or the only leaf of its subtree.
  std::optional<TerminalLeaf> terminal;

  friend bool operator==(const StateProof&, const StateProof&) = default;
};

[[nodiscard]] Bytes encode(const StateProof& proof);
[[nodiscard]] Result<StateProof> decode_state_proof(ByteView bytes);

// True when `proof` shows that, under `root`, `key` holds exactly `value`; with no value, that
// `key` is absent.
[[nodiscard]] bool verify_state_proof(crypto::SuiteId suite, const crypto::Digest& root,
                                      ByteView key, std::optional<ByteView> value,
                                      const StateProof& proof);

}  // namespace huangpu::ledger
