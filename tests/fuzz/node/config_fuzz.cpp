// No text crashes the reader of configuration files, and what it accepts is written so that it
// reads back.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "crypto/base/assert.hpp"
#include "node/config/config.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  using namespace huangpu::node;
  const std::string_view text(reinterpret_cast<const char*>(data), size_bytes);
  const auto config = parse_config(text, "/srv/node");
  if (!config) {
    HP_ASSERT(!config.error().message.empty(), "a refusal without a reason");
    return 0;
  }
  const auto written = config_text(*config);
  const auto again = parse_config(written, "/srv/node");
  HP_ASSERT(again.has_value(), "what was accepted is written so that it is refused");
  HP_ASSERT(config_text(*again) == written, "what was written reads back differently");
  return 0;
}
