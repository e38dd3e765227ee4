#include "ledger/types/address.hpp"

#include "crypto/base/bech32.hpp"
#include "crypto/base/codec.hpp"

namespace huangpu::ledger {
namespace {

constexpr std::size_t kPayloadBytes = 1 + crypto::Digest::kSizeBytes;
// The shortest address has 61 characters; some may have been lost on the way.
constexpr std::size_t kMeantCharsMin = 40;
constexpr std::size_t kHexIdChars = 2 * crypto::Digest::kSizeBytes;

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

}  // namespace

std::string address_prefix(std::string_view chain_name) {
  return std::string(chain_name.substr(0, kAddressPrefixCharsMax));
}

std::string format_address(const AddressFormat& format, const AccountId& account) {
  Writer payload(kPayloadBytes);
  payload.u8(static_cast<std::uint8_t>(format.suite)).digest(account.value());
  return bech32m_encode(format.prefix, bech32_symbols_of(payload.view()));
}

bool looks_like_address(std::string_view text) {
  if (text.find(':') != std::string_view::npos || text.size() < kMeantCharsMin) return false;
  return !(text.size() == kHexIdChars && is_hex(text));
}

Result<AccountId> parse_address(const AddressFormat& format, std::string_view text) {
  HP_TRY_ASSIGN(const Bech32Symbols decoded, bech32m_decode(text));
  // The checksum holds, so this is no slip of the finger.
  if (decoded.prefix != format.prefix) {
    return fail(Errc::kWrongChain, "is of the chain \"" + decoded.prefix + "\", this chain is \"" +
                                       format.prefix + "\"");
  }
  HP_TRY_ASSIGN(const Bytes payload, bech32_bytes_of(decoded.symbols));
  if (payload.size() != kPayloadBytes) {
    return fail(Errc::kMalformed, "holds " + std::to_string(payload.size()) +
                                      " bytes where an account's address has " +
                                      std::to_string(kPayloadBytes));
  }
  HP_TRY_ASSIGN(const crypto::SuiteId suite, crypto::parse_suite(payload[0]));
  if (suite != format.suite) {
    return fail(Errc::kWrongChain, "was made with the hash of " +
                                       std::string(crypto::suite_name(suite)) +
                                       ", this chain hashes with that of " +
                                       std::string(crypto::suite_name(format.suite)));
  }
  return AccountId{crypto::Digest::from(ByteView(payload).subspan(1))};
}

}  // namespace huangpu::ledger
