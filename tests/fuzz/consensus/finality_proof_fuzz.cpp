// Finality proofs, as receipts carry them.
#include "consensus/light/finality_proof.hpp"
#include "crypto/base/assert.hpp"

using namespace huangpu;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  const ByteView bytes(data, size_bytes);
  if (const auto proof = consensus::decode_finality_proof(bytes)) {
    HP_ASSERT(equal(consensus::encode(*proof), bytes), "a finality proof has a second encoding");
  }
  return 0;
}
