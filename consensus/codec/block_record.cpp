#include "consensus/codec/block_record.hpp"

#include "consensus/codec/block_codec.hpp"
#include "consensus/types/signer_set.hpp"
#include "crypto/base/codec.hpp"

namespace huangpu::consensus {

Bytes encode(const BlockRecord& record) {
  Writer out;
  out.u16(static_cast<std::uint16_t>(record.tips.size()));
  for (const LaneTip& tip : record.tips) out.u64(tip.pos.value()).digest(tip.digest);
  write(out, record.stored);
  return std::move(out).take();
}

Result<BlockRecord> decode_block_record(ByteView bytes) {
  Reader in(bytes);
  BlockRecord record;
  const std::size_t count = in.u16();
  if (count > kValidatorsMax) return fail(Errc::kMalformed, "block record: too many lanes");
  for (std::size_t i = 0; i < count && in.ok(); ++i) {
    LaneTip tip;
    tip.pos = LanePosition{in.u64()};
    tip.digest = in.digest();
    record.tips.push_back(tip);
  }
  record.stored = read_stored_block(in);
  HP_TRY(in.finish("block record"));
  return record;
}

}  // namespace huangpu::consensus
