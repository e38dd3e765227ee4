// Blocks, justifications and proposals as bytes (SPEC C-20..C-24). Stored and sent in the same
// form.
//
// `write` appends, `read` uses the reader's sticky error, `encode`/`decode` are whole-value forms
// that refuse trailing bytes.
//
// The bounds are derived from one another, so that whatever a leader may have to send fits into
// what a channel carries; message_codec.hpp asserts that it does.
#pragma once

#include <algorithm>

#include "consensus/codec/certificate_codec.hpp"
#include "consensus/types/block.hpp"
#include "consensus/types/message.hpp"
#include "crypto/base/codec.hpp"

namespace huangpu::consensus {

inline constexpr std::size_t kBlockHeaderBytes =
    2 + 32 + 8 + 32 + 8 + 8 + 32 + 8 + 2 + 8 + 32 + 32 + 1 + 32;
inline constexpr std::size_t kCutEntryBytes = 2 + 8 + 32;
inline constexpr std::size_t kBlockBytesMax = kBlockHeaderBytes +
                                              (4 + kValidatorsMax * kCutEntryBytes) +
                                              (4 + kSystemItemsMax * 4 + kSystemBytesMax);

inline constexpr std::size_t kNullificationsMax = 1'024;  // of one justification, in any set
inline constexpr std::size_t kJustificationBytesMax = 512u << 10;

// How many nullifications a justification carries at most in a set of that size: as many as always
// fit. A gap of more views is bridged by what its readers know already (SPEC C-25).
[[nodiscard]] constexpr std::size_t nullifications_max(std::size_t validators) {
  const std::size_t each = certificate_bytes_max(validators);
  return std::min(kNullificationsMax, (kJustificationBytesMax - 1 - 4 - each) / each);
}

// How many of them a justification for `view` has, whose certificate is of the earlier view `from`:
// the newest, up to view - 1.
[[nodiscard]] constexpr std::uint64_t nullifications_due(View from, View view,
                                                         std::size_t validators) {
  return std::min<std::uint64_t>(view.value() - from.value() - 1, nullifications_max(validators));
}

inline constexpr std::size_t kProposalBytesMax =
    8 + 8 + kBlockBytesMax + kJustificationBytesMax + Signature::kEncodedBytesMax;
inline constexpr std::size_t kStoredBlockBytesMax =
    kBlockBytesMax + kJustificationBytesMax + 1 + certificate_bytes_max(kValidatorsMax);

void write(Writer& out, const BlockHeader& header);
void write(Writer& out, const Block& block);
// Cut and system items alone: what body_root covers.
void write_body(Writer& out, const Block& block);
void write(Writer& out, const Justification& justification);
void write(Writer& out, const Proposal& proposal);
void write(Writer& out, const StoredBlock& stored);

[[nodiscard]] BlockHeader read_block_header(Reader& in);
[[nodiscard]] Block read_block(Reader& in);
[[nodiscard]] Justification read_justification(Reader& in);
[[nodiscard]] Proposal read_proposal(Reader& in);
[[nodiscard]] StoredBlock read_stored_block(Reader& in);

[[nodiscard]] Bytes encode(const BlockHeader& header);
[[nodiscard]] Bytes encode(const Block& block);
[[nodiscard]] Bytes encode(const Justification& justification);
[[nodiscard]] Bytes encode(const StoredBlock& stored);

[[nodiscard]] Result<BlockHeader> decode_block_header(ByteView bytes);
[[nodiscard]] Result<Block> decode_block(ByteView bytes);
[[nodiscard]] Result<Justification> decode_justification(ByteView bytes);
[[nodiscard]] Result<StoredBlock> decode_stored_block(ByteView bytes);

}  // namespace huangpu::consensus
