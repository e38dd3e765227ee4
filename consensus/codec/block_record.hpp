// A finalized block as stores and archives keep it: with justification, finalization if held, and
// the tips of all lanes after it, which the header's cut_root commits to (SPEC C-46).
//
// The tips let a node start from its newest block, and an auditor from any, without reading the
// chain from the beginning.
#pragma once

#include <vector>

#include "consensus/types/message.hpp"
#include "crypto/base/result.hpp"

namespace huangpu::consensus {

struct BlockRecord {
  StoredBlock stored;
  std::vector<LaneTip> tips;  // one per lane, after this block

  friend bool operator==(const BlockRecord&, const BlockRecord&) = default;
};

// tips: count u16, each pos u64 ‖ digest; then the stored block.
[[nodiscard]] Bytes encode(const BlockRecord& record);
// Total. That the tips agree with cut_root is for whoever uses them.
[[nodiscard]] Result<BlockRecord> decode_block_record(ByteView bytes);

}  // namespace huangpu::consensus
