// Block and batch headers.
#include "consensus/codec/batch_codec.hpp"
#include "consensus/codec/block_codec.hpp"
#include "crypto/base/assert.hpp"

using namespace huangpu;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  const ByteView bytes(data, size_bytes);
  if (const auto header = consensus::decode_block_header(bytes)) {
    HP_ASSERT(equal(consensus::encode(*header), bytes), "a block header has a second encoding");
  }
  if (const auto header = consensus::decode_batch_header(bytes)) {
    HP_ASSERT(equal(consensus::encode(*header), bytes), "a batch header has a second encoding");
  }
  return 0;
}
