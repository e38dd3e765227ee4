// The vote log: what a validator is about to sign, on disk before the signature exists (SPEC
// C-65..C-69).
//
// Pure: bytes in, bytes out; segment files belong to the driver. A log is one folder per epoch with
// segments numbered from 1. A segment is a header block, then frames, then zeros (preallocated
// space). Header and frames start at multiples of kLogBlockBytes, so a torn write never reaches
// back into a frame that was synced. The driver appends frame k+1 only after the sync of frame k
// has returned; a frame never spans two segments.
//
// A frame is written twice, one copy behind the other. A write that a crash cut short and a synced
// frame that the disk damaged later look alike in a single copy, and mistaking the second for the
// first forgets a vote that was sent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "consensus/types/message.hpp"
#include "crypto/base/bytes.hpp"
#include "crypto/base/result.hpp"
#include "crypto/sign/public_key.hpp"

namespace huangpu::consensus {

inline constexpr std::size_t kLogBlockBytes = 4'096;
inline constexpr std::size_t kFrameBytesMax = 64u << 20;  // both copies, with their padding

// Identity of one segment file. `nonce` is random, drawn by the driver per segment:
// it enters every frame's checksum, so that bytes a peer chose (a block inside a record) can never
// pass for a frame.
//
// A segment may be deleted once a synced FLOOR in a later segment is at or above every view voted
// for in it.
struct SegmentHeader {
  Digest genesis;
  crypto::KeyId key;
  Epoch epoch{kFirstEpoch};
  std::uint64_t number{1};     // from 1, without gaps while the segments exist
  std::uint64_t first_seq{1};  // sequence number of its first frame
  std::uint64_t nonce{0};

  friend bool operator==(const SegmentHeader&, const SegmentHeader&) = default;
};

// Exactly kLogBlockBytes.
[[nodiscard]] Bytes encode_segment_header(const SegmentHeader& header);
// kCorrupt if damaged (or never written), kUnsupportedVersion for a later format.
[[nodiscard]] Result<SegmentHeader> decode_segment_header(ByteView block);

// Records. Numbers are stored; never reused.
struct ProposeRecord {  // P: the own proposal, complete, so that a restart can send exactly it
                        // again
  View view{0};
  Digest digest;
  Block block;
  Justification justification;
  friend bool operator==(const ProposeRecord&, const ProposeRecord&) = default;
};
struct NotarizeRecord {  // N: with the block it votes for, unless a P of the same view already
                         // holds it
  View view{0};
  Digest digest;
  std::optional<StoredBlock> block;
  friend bool operator==(const NotarizeRecord&, const NotarizeRecord&) = default;
};
struct NullifyRecord {  // Z
  View view{0};
  friend bool operator==(const NullifyRecord&, const NullifyRecord&) = default;
};
struct FinalizeRecord {  // F
  View view{0};
  Digest digest;
  friend bool operator==(const FinalizeRecord&, const FinalizeRecord&) = default;
};
struct CertificateRecord {  // stands before the votes it enables
  Certificate certificate;
  friend bool operator==(const CertificateRecord&, const CertificateRecord&) = default;
};
struct FloorRecord {  // everything at or below this finalized view may be forgotten; no vote there,
                      // ever
  View view{0};
  Height height{0};
  Digest digest;
  bool rejoin{
      false};  // written when a quarantine ends: what stands before it does not count any more
  bool lane_closed{false};  // the own lane stays closed for the rest of the epoch
  friend bool operator==(const FloorRecord&, const FloorRecord&) = default;
};
struct EpochEndRecord {  // the boundary is certified: nothing of this epoch is voted for after it
  CommitCertificate certificate;
  friend bool operator==(const EpochEndRecord&, const EpochEndRecord&) = default;
};
using LogRecord = std::variant<ProposeRecord, NotarizeRecord, NullifyRecord, FinalizeRecord,
                               CertificateRecord, FloorRecord, EpochEndRecord>;

struct Frame {
  std::uint64_t seq{0};
  Epoch epoch{kFirstEpoch};
  std::vector<LogRecord> records;

  friend bool operator==(const Frame&, const Frame&) = default;
};

// One frame ready to be written. The checksums need the segment's nonce, so the bytes are made by
// seal_frame when the driver knows the segment.
struct FrameBody {
  std::uint64_t seq{0};
  Epoch epoch{kFirstEpoch};
  View highest_view{0};  // of its votes
  View floor{0};         // of the FLOOR in it, 0 if none
  Bytes records;         // encoded, one after the other

  // Bytes the sealed frame takes in a segment with both its copies, a multiple of kLogBlockBytes.
  [[nodiscard]] std::size_t sealed_bytes() const;

  friend bool operator==(const FrameBody&, const FrameBody&) = default;
};

[[nodiscard]] Bytes encode_record(const LogRecord& record);
// Both copies.
[[nodiscard]] Bytes seal_frame(const FrameBody& body, std::uint64_t nonce);

// One copy of a frame at the start of `bytes`, and the bytes it takes. kCorrupt for anything else.
struct FrameCopy {
  Frame frame;
  std::size_t size_bytes{0};
};
[[nodiscard]] Result<FrameCopy> read_frame_copy(ByteView bytes, std::uint64_t nonce);

}  // namespace huangpu::consensus
