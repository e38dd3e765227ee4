// Batches of a lane: hash-linked lists of opaque envelopes, sealed and signed by the lane's owner
// (SPEC C-40..C-43).
//
// A batch is 1-4 MiB and is read by several parts of a node, so its envelopes are spans into one
// shared, immutable buffer; copying a Batch copies two pointers and the span table is shared as
// well.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "consensus/types/certificate.hpp"

namespace huangpu::consensus {

inline constexpr std::uint16_t kBatchVersion = 1;
inline constexpr std::size_t kBatchEnvelopesMax =
    65'536;  // decoder bound; the epoch's parameters are stricter
inline constexpr std::size_t kBatchHeaderBytes = 2 + 32 + 8 + 2 + 8 + 32 + 8 + 4 + 4 + 4 + 32;
inline constexpr std::size_t kBatchBytesMax =
    4u << 20;  // all envelope bytes together; no epoch's parameters may exceed it
inline constexpr std::size_t kEnvelopeBytesMax =
    (1u << 20) + 4096;  // a canonical envelope is at most 1 MiB

// Immutable list of byte strings over one shared buffer. Thread-safe to read.
class EnvelopeList {
 public:
  struct Extent {
    std::uint32_t offset;
    std::uint32_t size;
  };

  EnvelopeList();
  // Extents must lie inside the buffer.
  EnvelopeList(std::shared_ptr<const Bytes> buffer, std::vector<Extent> extents);
  [[nodiscard]] static EnvelopeList copy_of(std::span<const Bytes> envelopes);

  [[nodiscard]] std::size_t size() const { return extents_->size(); }
  [[nodiscard]] bool empty() const { return extents_->empty(); }
  [[nodiscard]] ByteView operator[](std::size_t i) const;
  [[nodiscard]] std::uint64_t total_bytes() const { return total_bytes_; }
  // Views in order; valid while this list (or a copy of it) lives.
  [[nodiscard]] std::vector<ByteView> views() const;

  friend bool operator==(const EnvelopeList& a, const EnvelopeList& b);

 private:
  std::shared_ptr<const Bytes> buffer_;
  std::shared_ptr<const std::vector<Extent>> extents_;
  std::uint64_t total_bytes_{0};
};

struct BatchHeader {
  std::uint16_t version{kBatchVersion};
  Digest genesis;
  Epoch epoch{kFirstEpoch};
  ValidatorIndex lane{0};  // the owner
  LanePosition pos{0};     // from 1 in every epoch
  Digest prev_digest;      // zero at pos 1
  TimestampMs created{0};  // the owner's clock, for people only
  std::uint32_t envelope_count{0};
  std::uint32_t transfer_count{
      0};                       // as the owner counts; verified by whoever decodes the envelopes
  std::uint32_t byte_count{0};  // sum of the envelope sizes
  Digest envelope_root;         // Merkle root over the envelopes in order

  friend bool operator==(const BatchHeader&, const BatchHeader&) = default;
};

struct Batch {
  BatchHeader header;
  Signature signature;  // kind batch, view field = pos, digest = batch digest, by the lane's owner
  EnvelopeList envelopes;

  friend bool operator==(const Batch&, const Batch&) = default;
};

}  // namespace huangpu::consensus
