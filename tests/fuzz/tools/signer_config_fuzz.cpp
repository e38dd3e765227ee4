// No text crashes the reader of signer.toml, and what it accepts is written so that it reads back.
#include <cstddef>
#include <cstdint>

#include "crypto/base/assert.hpp"
#include "crypto/base/bytes.hpp"
#include "tools/signer/signer_config.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  using namespace huangpu;
  using namespace huangpu::tools;
  const auto config = parse_signer_config(as_text({data, size_bytes}), "/srv/signer");
  if (!config) {
    HP_ASSERT(!config.error().message.empty(), "a refusal without a reason");
    return 0;
  }
  const std::string written = signer_config_text(*config, "/srv/signer");
  const auto again = parse_signer_config(written, "/srv/signer");
  HP_ASSERT(again.has_value(), "what was accepted is written so that it is refused");
  HP_ASSERT(signer_config_text(*again, "/srv/signer") == written,
            "what was written reads back differently");
  return 0;
}
