// Proof that a key signed what an honest validator never signs (SPEC C-60..C-62).
#pragma once

#include <optional>
#include <variant>

#include "consensus/types/batch.hpp"
#include "crypto/hash/merkle.hpp"

namespace huangpu::consensus {

// Numbers are stored; never reused.
enum class EvidenceKind : std::uint8_t {
  kDoublePropose = 1,
  kDoubleNotarize = 2,
  kDoubleFinalize = 3,
  kFinalizeAndNullify = 4,
  kLaneEquivocation = 5,
  kDoubleCommit = 6,  // goes to people: two libraries that compute differently look the same
  kBadBatch = 7,      // goes to people, for the same reason
};

// Exactly what a signature covers, besides genesis and epoch.
struct Statement {
  SignedKind kind{SignedKind::kNotarize};
  std::uint64_t position{0};  // view, lane position or height, by kind
  Digest digest;
  Signature signature;

  friend bool operator==(const Statement&, const Statement&) = default;
};

// Two statements of one key that exclude each other.
struct Conflict {
  Statement first;
  Statement second;

  friend bool operator==(const Conflict&, const Conflict&) = default;
};

// A batch whose owner signed over an envelope that no honest owner admits. That the envelope is bad
// is for the ledger to judge; this proves that the owner sealed it.
struct BadBatch {
  BatchHeader header;
  Signature signature;
  Bytes envelope;
  crypto::MerklePath path;  // of the envelope under header.envelope_root

  friend bool operator==(const BadBatch&, const BadBatch&) = default;
};

struct Evidence {
  Epoch epoch{kFirstEpoch};
  ValidatorIndex offender{0};
  std::variant<Conflict, BadBatch> proof;

  friend bool operator==(const Evidence&, const Evidence&) = default;
};

// What two statements of one key prove, or nothing if they are compatible. Does not check
// signatures.
[[nodiscard]] std::optional<EvidenceKind> classify(const Statement& first, const Statement& second);
// Nothing only for a Conflict that proves nothing.
[[nodiscard]] std::optional<EvidenceKind> kind_of(const Evidence& evidence);

[[nodiscard]] Statement statement_of(const Vote& vote);
[[nodiscard]] const char* to_string(EvidenceKind kind);

}  // namespace huangpu::consensus
