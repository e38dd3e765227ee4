// Cards of validators: reading is total, and a card that was read is read alike after it is written
// again.
#include <cstddef>
#include <cstdint>

#include "crypto/base/assert.hpp"
#include "tools/admin/card.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  using namespace huangpu;
  const auto card = tools::parse_card(as_text({data, size_bytes}), "card");
  if (!card) return 0;
  const auto again = tools::parse_card(tools::to_json(*card), "card");
  HP_ASSERT(again && *again == *card, "a card changes when it is written");
  return 0;
}
