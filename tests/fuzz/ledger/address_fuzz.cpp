// No text crashes the reader of addresses, and what it accepts is the one spelling of its account,
// but for case.
#include <cstddef>
#include <cstdint>
#include <string>

#include "crypto/base/assert.hpp"
#include "crypto/base/bech32.hpp"
#include "ledger/types/address.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size_bytes) {
  using namespace huangpu;
  const std::string_view text = as_text(ByteView(data, size_bytes));
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;

  if (const auto decoded = bech32m_decode(text)) {
    HP_ASSERT(bech32m_encode(decoded->prefix, decoded->symbols) == lower,
              "a bech32m text has a second spelling");
  }
  for (const auto suite : crypto::kAllSuites) {
    const ledger::AddressFormat format{"demo", suite};
    const auto account = ledger::parse_address(format, text);
    HP_ASSERT(account || !account.error().message.empty(), "a refusal without a reason");
    HP_ASSERT(!account || ledger::format_address(format, *account) == lower,
              "an address has a second spelling");
  }
  return 0;
}
