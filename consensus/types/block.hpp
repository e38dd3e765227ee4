// Blocks and what justifies them (SPEC C-20..C-27).
//
// A block orders batch digests, one advance per lane at most, and carries no execution result:
// results are certified by commit messages (commit.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "consensus/types/certificate.hpp"

namespace huangpu::consensus {

inline constexpr std::uint16_t kBlockVersion = 1;
inline constexpr std::size_t kSystemItemsMax = 64;
inline constexpr std::size_t kSystemBytesMax = 64u << 10;  // all items of one block together

enum BlockFlags : std::uint8_t {
  kBlockBoundary = 1,   // last block of its epoch
  kBlockHeartbeat = 2,  // made because the heartbeat interval elapsed
};

struct BlockHeader {
  std::uint16_t version{kBlockVersion};
  Digest genesis;
  Epoch epoch{kFirstEpoch};
  Digest epoch_hash;
  View view{0};
  Height height{0};
  Digest parent_hash;
  View parent_view{
      0};  // view of the parent's certificate in the justification; 0 = the epoch's genesis
  ValidatorIndex proposer{0};
  TimestampMs timestamp{0};
  Digest cut_root;   // tips of all lanes after this block
  Digest body_root;  // cut and system items
  std::uint8_t flags{0};
  Digest next_epoch_hash;  // zero unless boundary

  friend bool operator==(const BlockHeader&, const BlockHeader&) = default;
};

// A lane that this block advances, up to and including `pos`.
struct CutEntry {
  ValidatorIndex lane{0};
  LanePosition pos{0};
  Digest digest;  // of the batch at `pos`

  friend bool operator==(const CutEntry&, const CutEntry&) = default;
};

// The newest ordered batch of a lane; pos 0 with the zero digest before the first.
struct LaneTip {
  LanePosition pos{0};
  Digest digest;

  friend bool operator==(const LaneTip&, const LaneTip&) = default;
};

struct Block {
  BlockHeader header;
  std::vector<CutEntry> cut;  // ascending by lane, each lane at most once
  std::vector<Bytes> system;  // membership, parameters, evidence: opaque here

  friend bool operator==(const Block&, const Block&) = default;
};

// Proof that a proposal's parent is certified and that every view between is nullified.
// Self-authenticating, not hashed into the block, stored with it by every voter.
struct Justification {
  std::optional<Certificate>
      parent;  // notarization or finalization; absent iff the parent is the epoch's genesis
  std::vector<Certificate> nullifications;  // ascending by view, the gap without holes

  // The view the justification starts from: 0 without a parent certificate.
  [[nodiscard]] View parent_view() const { return parent ? parent->view : View{0}; }

  friend bool operator==(const Justification&, const Justification&) = default;
};

// The leader's message. `block.header.view < view` means a re-proposal of that block (SPEC C-26).
struct Proposal {
  Epoch epoch{kFirstEpoch};
  View view{0};
  Block block;
  Justification justification;
  Signature signature;  // kind propose over (epoch, view, block hash), by the leader of `view`

  [[nodiscard]] bool is_reproposal() const { return block.header.view != view; }

  friend bool operator==(const Proposal&, const Proposal&) = default;
};

}  // namespace huangpu::consensus
