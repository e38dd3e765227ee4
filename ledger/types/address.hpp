// Addresses of accounts for people (SPEC L-3a): Bech32m text with the chain's prefix, the suite
// whose hash made the account id, the id, and a checksum. Pure.
//
//   huangpu-local1q9k2…  =  prefix ‖ "1" ‖ 5-bit groups of (suite:u8 ‖ account id) ‖ checksum
//
// An account id is made from owner and number only, so an address stays while keys come and go, of
// whatever suite they are.
#pragma once

#include <string>
#include <string_view>

#include "crypto/base/result.hpp"
#include "crypto/suite.hpp"
#include "ledger/types/ids.hpp"

namespace huangpu::ledger {

inline constexpr std::size_t kAddressPrefixCharsMax = 30;  // leaves room for the rest in 90

// The first 30 characters of the chain's name, which is of a-z 0-9 and -.
[[nodiscard]] std::string address_prefix(std::string_view chain_name);

// What is needed to read and write addresses of one chain.
struct AddressFormat {
  std::string prefix;
  crypto::SuiteId suite = crypto::SuiteId::kEd25519Sha256;
};

[[nodiscard]] std::string format_address(const AddressFormat& format, const AccountId& account);

// Whether a text is meant as an address rather than as a number, CODE:NUMBER or 64 hexadecimal
// digits; also when it is damaged.
[[nodiscard]] bool looks_like_address(std::string_view text);

// kMalformed says what is wrong with the text, kWrongChain that it is an address of another chain
// or made by another hash.
[[nodiscard]] Result<AccountId> parse_address(const AddressFormat& format, std::string_view text);

}  // namespace huangpu::ledger
