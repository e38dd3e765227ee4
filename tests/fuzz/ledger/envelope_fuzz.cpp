// No bytes crash the envelope decoder, and what it accepts is canonical.
#include <cstddef>
#include <cstdint>

#include "crypto/base/assert.hpp"
#include "ledger/codec/envelope.hpp"
#include "ledger/types/describe.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  using namespace huangpu;
  using namespace huangpu::ledger;
  const ByteView input(data, size_bytes);

  if (const auto body = decode_body(input)) {
    HP_ASSERT(encode_body(*body).value() == to_bytes(input), "an accepted body is not canonical");
    HP_ASSERT(!describe(*body).empty(), "an accepted body has no description");
  }
  // The chain of the seeds: tests/vectors/ledger.
  const ChainInfo chain{crypto::SuiteId::kEd25519Sha256,
                        ChainId(crypto::Digest::from(Bytes(32, 0xc0)))};
  if (const auto envelope = decode_envelope(chain, input)) {
    const auto body = envelope_body(input).value();
    HP_ASSERT(encode_envelope(body, envelope->signatures) == to_bytes(input),
              "an accepted envelope is not canonical");
    HP_ASSERT(transaction_id(chain, body) == envelope->txid, "an id is not that of its body");
  }
  return 0;
}
