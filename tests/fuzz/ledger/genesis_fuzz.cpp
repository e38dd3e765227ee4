// No text crashes the genesis reader, and what it accepts is stable under writing and reading.
#include <cstddef>
#include <cstdint>

#include "crypto/base/assert.hpp"
#include "ledger/genesis/genesis.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  using namespace huangpu;
  using namespace huangpu::ledger;
  const auto genesis = parse_genesis(as_text(ByteView(data, size_bytes)));
  if (!genesis) {
    HP_ASSERT(!genesis.error().message.empty(), "a refusal without a reason");
    return 0;
  }
  const std::string text = to_json(*genesis);
  const auto again = parse_genesis(text);
  HP_ASSERT(again.has_value() && *again == *genesis, "a written genesis does not read back");
  HP_ASSERT(chain_id(*again) == chain_id(*genesis), "a chain id is not stable");
  return 0;
}
