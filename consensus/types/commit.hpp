// Commit messages: what a validator states about an executed, finalized block, and the certificate
// of a quorum.
//
// The object that clients, auditors and foreign chains trust (SPEC C-30..C-33).
#pragma once

#include <vector>

#include "consensus/types/certificate.hpp"

namespace huangpu::consensus {

inline constexpr std::uint16_t kCommitVersion = 1;

struct CommitMessage {
  std::uint16_t version{kCommitVersion};
  Digest genesis;
  Epoch epoch{kFirstEpoch};
  Height height{0};
  Digest block_hash;
  TimestampMs timestamp{0};  // the block header's
  Digest state_root;
  Digest receipts_root;
  Digest history_root;     // mountain range over the digests of the commit messages 1 .. height-1;
                           // zero at height 1
  Digest bridge_root;      // zero where no bridge exists; SHA-256 in every suite
  Digest next_epoch_hash;  // zero unless the block is a boundary

  [[nodiscard]] bool is_boundary() const { return next_epoch_hash != Digest{}; }

  friend bool operator==(const CommitMessage&, const CommitMessage&) = default;
};

struct CommitVote {
  CommitMessage message;
  ValidatorIndex signer{0};
  Signature signature;  // kind commit, view field = height, digest = commit digest

  friend bool operator==(const CommitVote&, const CommitVote&) = default;
};

struct CommitCertificate {
  CommitMessage message;
  SignerSet signers;
  std::vector<Signature> signatures;  // in ascending order of the signers

  friend bool operator==(const CommitCertificate&, const CommitCertificate&) = default;
};

// Where the state says that the epoch ends: announced heights ahead and then frozen.
struct EpochEnd {
  Height height{0};        // of the boundary
  Digest next_epoch_hash;  // of the record that takes over

  friend bool operator==(const EpochEnd&, const EpochEnd&) = default;
};

// A member declares that it can run the next epoch's record (kind ready, view field 0).
struct Ready {
  Epoch epoch{kFirstEpoch};  // the epoch it is ready for
  Digest epoch_hash;
  ValidatorIndex signer{0};  // index in that epoch's set
  Signature signature;

  friend bool operator==(const Ready&, const Ready&) = default;
};

}  // namespace huangpu::consensus
