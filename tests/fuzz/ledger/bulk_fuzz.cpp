// No bytes crash the record parser, and what it accepts is whole records that re-encode to
// themselves.
#include <cstddef>
#include <cstdint>

#include "crypto/base/assert.hpp"
#include "ledger/types/bulk_record.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  using namespace huangpu;
  using namespace huangpu::ledger;
  const ByteView input(data, size_bytes);
  for (const bool links_allowed : {false, true}) {
    const auto records = BulkRecords::parse(input, links_allowed);
    if (!records) continue;
    Bytes again;
    for (std::size_t i = 0; i < records->count(); ++i) append_record(again, records->at(i));
    HP_ASSERT(again == to_bytes(input), "accepted records do not re-encode to themselves");
    HP_ASSERT(!records->at(records->count() - 1).linked, "the last record is linked");
  }
  return 0;
}
