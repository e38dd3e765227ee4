// Certificates in PEM and DER, as a peer or a file presents them.
#include <cstddef>
#include <cstdint>

#include "crypto/base/assert.hpp"
#include "crypto/tls/certificate.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  using namespace huangpu;
  const ByteView input(data, size_bytes);
  const std::string_view text = as_text(input);
  const auto pin = crypto::spki_pin(text);
  if (pin) HP_ASSERT(!pin->is_zero(), "a certificate has no pin");
  static_cast<void>(crypto::not_after(text));
  static_cast<void>(crypto::not_before(text));
  static_cast<void>(crypto::check_key_matches(text, text));
  static_cast<void>(crypto::spki_pin_der(input));
  return 0;
}
