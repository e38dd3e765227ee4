// Batch journals: reading is total, and the whole lines of what is accepted say the same again.
#include <cstddef>
#include <cstdint>

#include "crypto/base/assert.hpp"
#include "tools/wallet/batch/journal.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  using namespace huangpu;
  using namespace huangpu::tools;
  const std::string_view text = as_text({data, size_bytes});
  const auto content = parse_journal(text);
  if (!content) return 0;
  std::string again = format_header(content->header);
  for (const auto& [part, result] : content->results) again += format_result(part, result);
  const auto back = parse_journal(again);
  HP_ASSERT(back && back->header == content->header && back->results == content->results,
            "a journal changed in a round trip");
  return 0;
}
