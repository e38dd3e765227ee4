// Votes and the certificates that a quorum of them makes.
#pragma once

#include <cstdint>
#include <vector>

#include "consensus/types/chain.hpp"
#include "consensus/types/signer_set.hpp"
#include "crypto/base/bytes.hpp"
#include "crypto/sign/signature.hpp"

namespace huangpu::consensus {

using crypto::Signature;

// What a consensus key signs (SPEC C-1). The numbers are part of every signed message and are never
// reused.
enum class SignedKind : std::uint8_t {
  kPropose = 1,
  kNotarize = 2,
  kNullify = 3,
  kFinalize = 4,
  kBatch = 5,
  kReady = 6,
  kCommit = 8,
};

// The subset that is cast per view and collected into certificates. Values equal those of
// SignedKind.
enum class VoteKind : std::uint8_t { kNotarize = 2, kNullify = 3, kFinalize = 4 };

[[nodiscard]] constexpr SignedKind signed_kind(VoteKind kind) {
  return static_cast<SignedKind>(kind);
}
[[nodiscard]] const char* to_string(VoteKind kind);
[[nodiscard]] const char* to_string(SignedKind kind);

struct Vote {
  VoteKind kind{VoteKind::kNotarize};
  Epoch epoch{kFirstEpoch};
  View view{0};
  Digest digest;  // block hash; zero for nullify
  ValidatorIndex signer{0};
  Signature signature;

  friend bool operator==(const Vote&, const Vote&) = default;
};

// A quorum of equal votes. `signatures[i]` belongs to the i-th member of `signers` in ascending
// order.
struct Certificate {
  VoteKind kind{VoteKind::kNotarize};
  Epoch epoch{kFirstEpoch};
  View view{0};
  Digest digest;
  SignerSet signers;
  std::vector<Signature> signatures;

  // Different signer subsets prove the same thing: use this, not ==, to ask whether two
  // certificates agree.
  [[nodiscard]] bool proves_same(const Certificate& other) const {
    return kind == other.kind && epoch == other.epoch && view == other.view &&
           digest == other.digest;
  }

  friend bool operator==(const Certificate&, const Certificate&) = default;  // byte identity
};

}  // namespace huangpu::consensus
