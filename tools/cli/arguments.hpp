// What people type for money, accounts, dates and references (SPEC W-10..W-13).
//
// Strict: one spelling per value, no guessing, never floating point. Pure; any input gives a value
// or a sentence that says what was expected.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "crypto/base/amount.hpp"
#include "crypto/base/result.hpp"
#include "ledger/genesis/genesis.hpp"
#include "ledger/types/address.hpp"
#include "ledger/types/bulk_record.hpp"
#include "ledger/types/ids.hpp"

namespace huangpu::tools {

// "1250.00 CNY" taken apart; the amount is read once the asset's decimals are known.
struct MoneyText {
  std::string amount;
  std::string asset;
  friend bool operator==(const MoneyText&, const MoneyText&) = default;
};
[[nodiscard]] Result<MoneyText> split_money(std::string_view text);

// Never zero: nobody pays nothing.
[[nodiscard]] Result<Amount> parse_amount(std::string_view text, unsigned decimals);

// Assets and participants by their code or by their number.
[[nodiscard]] Result<ledger::GenesisAsset> find_asset(const ledger::Genesis& genesis,
                                                      std::string_view text);
[[nodiscard]] Result<ledger::ParticipantId> find_participant(const ledger::Genesis& genesis,
                                                             std::string_view text);

// Addresses of the chain that the document describes.
[[nodiscard]] ledger::AddressFormat address_format(const ledger::Genesis& genesis);

// "3" (an own account), "BANKB:3" or "102:3", an address, or the 64 digits of an account id.
struct AccountText {
  struct Numbered {
    ledger::ParticipantId owner;
    std::uint64_t number = 0;
    friend bool operator==(const Numbered&, const Numbered&) = default;
  };
  ledger::AccountId id;
  std::variant<std::monostate, Numbered> numbered;  // monostate: an id or address was given
  friend bool operator==(const AccountText&, const AccountText&) = default;
};
[[nodiscard]] Result<AccountText> parse_account(const ledger::Genesis& genesis,
                                                ledger::ParticipantId self, std::string_view text);

// Decimal digits without sign, leading zero or space.
[[nodiscard]] Result<std::uint64_t> parse_number(std::string_view text);

// A UETR ("8-4-4-4-12" hexadecimal digits) or 32 hexadecimal digits; empty is none.
[[nodiscard]] Result<ledger::EndToEndId> parse_end_to_end(std::string_view text);
// Four of A-Z 0-9; empty is none.
[[nodiscard]] Result<ledger::Purpose> parse_purpose(std::string_view text);

// 64 hexadecimal digits.
[[nodiscard]] Result<ledger::TxId> parse_txid(std::string_view text);

}  // namespace huangpu::tools
