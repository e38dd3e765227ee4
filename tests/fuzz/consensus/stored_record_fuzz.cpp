// What stores and archives hold of the chain: batch, block and commit message records. Auditors
// decode them from files of strangers.
#include "consensus/codec/batch_record.hpp"
#include "consensus/codec/block_record.hpp"
#include "consensus/codec/certificate_codec.hpp"
#include "crypto/base/assert.hpp"

using namespace huangpu;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  const ByteView bytes(data, size_bytes);
  if (const auto block = consensus::decode_block_record(bytes)) {
    HP_ASSERT(equal(consensus::encode(*block), bytes), "a block record has a second encoding");
  }
  if (const auto message = consensus::decode_commit_message(bytes)) {
    HP_ASSERT(equal(consensus::encode(*message), bytes), "a commit message has a second encoding");
  }
  const auto owned = std::make_shared<const Bytes>(to_bytes(bytes));
  if (const auto batch = consensus::decode_batch_record(owned)) {
    HP_ASSERT(equal(consensus::encode_batch_record(batch->header, batch->envelopes), bytes),
              "a batch record has a second encoding");
  }
  return 0;
}
