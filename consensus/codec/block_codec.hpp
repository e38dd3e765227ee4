// Blocks, justifications and proposals as bytes (SPEC C-20..C-24). Stored and sent in the same
// form.
//
// `write` appends, `read` uses the reader's sticky error, `encode`/`decode` are whole-value forms
// that refuse trailing bytes.
#pragma once

#include "consensus/types/block.hpp"
#include "consensus/types/message.hpp"
#include "crypto/base/codec.hpp"

namespace huangpu::consensus {

inline constexpr std::size_t kNullificationsMax =
    1'024;  // gap of views one justification may bridge
inline constexpr std::size_t kJustificationBytesMax =
    3u << 20;  // whole justification, the tighter bound for large n
inline constexpr std::size_t kBlockBytesMax = 256u << 10;  // header, cut and system items

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
