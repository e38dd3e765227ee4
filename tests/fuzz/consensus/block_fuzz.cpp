// Blocks with their justification as stores and peers hold them.
#include "consensus/codec/block_codec.hpp"
#include "crypto/base/assert.hpp"

using namespace huangpu;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  const ByteView bytes(data, size_bytes);
  if (const auto block = consensus::decode_block(bytes)) {
    HP_ASSERT(equal(consensus::encode(*block), bytes), "a block has a second encoding");
  }
  if (const auto stored = consensus::decode_stored_block(bytes)) {
    HP_ASSERT(equal(consensus::encode(*stored), bytes), "a stored block has a second encoding");
  }
  return 0;
}
