// Everything validators say to each other, as one variant (SPEC C-50..C-55).
//
// Control: proposals, votes, certificates, commits, acks, status. Bulk: batches, requests, replies,
// evidence.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "consensus/types/batch.hpp"
#include "consensus/types/block.hpp"
#include "consensus/types/commit.hpp"
#include "consensus/types/evidence.hpp"

namespace huangpu::consensus {

// Position of a lane in acks and status: the digest's first 8 bytes tell apart, they prove nothing.
struct LaneAck {
  ValidatorIndex lane{0};
  LanePosition pos{0};
  std::uint64_t prefix{0};

  friend bool operator==(const LaneAck&, const LaneAck&) = default;
};

// Cumulative: the sender holds, verified and durable, every batch of the lane up to pos. Not
// signed.
struct AckVector {
  Epoch epoch{kFirstEpoch};
  std::vector<LaneAck> lanes;  // ascending by lane, changed ones only

  friend bool operator==(const AckVector&, const AckVector&) = default;
};

struct PeerStatus {
  Epoch epoch{kFirstEpoch};
  View view{0};
  View final_view{0};
  Height final_height{0};
  View notarized_view{0};  // highest with a known notarization
  View nullified_view{0};  // highest with a known nullification
  Height executed_height{0};
  Height certified_height{0};  // newest commit certificate
  bool quarantined{false};
  std::optional<View>
      rejoin_view;             // a quarantined node waits for a finalization of at least this view
  std::vector<LaneAck> lanes;  // ascending by lane

  friend bool operator==(const PeerStatus&, const PeerStatus&) = default;
};

// Answered by a Certificate or CommitCertificate message, or by nothing.
enum class CertificateKind : std::uint8_t {
  kNotarization = 2,
  kNullification = 3,
  kFinalization = 4,
  kCommit = 8
};
struct GetCertificate {
  CertificateKind kind{CertificateKind::kNotarization};
  Epoch epoch{kFirstEpoch};
  std::uint64_t position{0};  // view; height for kCommit

  friend bool operator==(const GetCertificate&, const GetCertificate&) = default;
};

inline constexpr std::uint32_t kBlocksPerReplyMax = 256;
struct GetBlocks {
  Height from{0};
  std::uint32_t max_count{0};  // 1..kBlocksPerReplyMax

  friend bool operator==(const GetBlocks&, const GetBlocks&) = default;
};

struct GetBlockByHash {
  Digest hash;

  friend bool operator==(const GetBlockByHash&, const GetBlockByHash&) = default;
};

// One finalized (or, by hash, proposed) block as its voters store it.
struct StoredBlock {
  Block block;
  Justification justification;
  std::optional<Certificate> finalization;

  friend bool operator==(const StoredBlock&, const StoredBlock&) = default;
};

struct BlocksReply {
  std::vector<StoredBlock> blocks;                      // consecutive heights, ascending
  std::optional<CommitCertificate> commit_certificate;  // newest the sender holds

  friend bool operator==(const BlocksReply&, const BlocksReply&) = default;
};

inline constexpr std::uint64_t kBatchesPerRequestMax = 64;
// Answered by one Batch message per position.
struct GetBatches {
  Epoch epoch{kFirstEpoch};
  ValidatorIndex lane{0};
  LanePosition from{0};
  LanePosition to{0};  // inclusive, from <= to < from + kBatchesPerRequestMax

  friend bool operator==(const GetBatches&, const GetBatches&) = default;
};

// Asked by a quarantined node over a fresh connection; the nonce ties the answer to the question.
struct GetViewReport {
  std::uint64_t nonce{0};

  friend bool operator==(const GetViewReport&, const GetViewReport&) = default;
};
struct ViewReport {
  std::uint64_t nonce{0};
  Epoch epoch{kFirstEpoch};
  View view{0};
  bool quarantined{false};
  std::optional<Certificate> entered_by;  // of view - 1; absent iff view is 1

  friend bool operator==(const ViewReport&, const ViewReport&) = default;
};

// The alternative's number on the wire; never reused.
enum class MessageKind : std::uint8_t {
  kProposal = 1,
  kVote = 2,
  kCertificate = 3,
  kCommitVote = 4,
  kCommitCertificate = 5,
  kBatch = 6,
  kAckVector = 7,
  kStatus = 8,
  kGetCertificate = 9,
  kGetBlocks = 10,
  kGetBlockByHash = 11,
  kBlocksReply = 12,
  kGetBatches = 13,
  kEvidence = 14,
  kGetViewReport = 15,
  kViewReport = 16,
  kReady = 17,
};

using Message = std::variant<Proposal, Vote, Certificate, CommitVote, CommitCertificate, Batch,
                             AckVector, PeerStatus, GetCertificate, GetBlocks, GetBlockByHash,
                             BlocksReply, GetBatches, Evidence, GetViewReport, ViewReport, Ready>;

[[nodiscard]] MessageKind kind_of(const Message& message);

// The two connections between a pair of validators.
enum class Channel : std::uint8_t { kControl = 1, kBulk = 2 };
[[nodiscard]] Channel channel_of(MessageKind kind);

}  // namespace huangpu::consensus
