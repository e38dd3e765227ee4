#include "tools/cli/arguments.hpp"

#include <algorithm>
#include <charconv>

#include "tools/cli/output.hpp"

namespace huangpu::tools {
namespace {

constexpr std::size_t kDigestDigits = 64;

tl::unexpected<Error> refuse(std::string_view what, std::string_view text, std::string_view hint) {
  return fail(Errc::kInvalidArgument,
              std::string(what) + " \"" + printable(text, 80) + "\" " + std::string(hint));
}

bool is_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

Result<MoneyText> split_money(std::string_view text) {
  const std::size_t space = text.find(' ');
  if (space == 0 || space == std::string_view::npos || space + 1 == text.size() ||
      text.find(' ', space + 1) != std::string_view::npos) {
    return refuse("money", text,
                  "must be an amount, one space and an asset, such as \"1250.00 CNY\"");
  }
  return MoneyText{std::string(text.substr(0, space)), std::string(text.substr(space + 1))};
}

Result<Amount> parse_amount(std::string_view text, unsigned decimals) {
  const auto amount = Amount::parse(text, decimals);
  if (!amount) {
    return refuse("amount", text,
                  "must be digits with at most " + std::to_string(decimals) +
                      " after the point, such as " + Amount::from_u64(125'000).to_string(decimals));
  }
  if (amount->is_zero()) return refuse("amount", text, "must be more than zero");
  return *amount;
}

Result<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const bool canonical = is_digits(text) && (text.size() == 1 || text[0] != '0');
  if (canonical) {
    const auto parsed = std::from_chars(text.data(), end, number);
    if (parsed.ec == std::errc{} && parsed.ptr == end) return number;
  }
  return refuse("number", text, "must be decimal digits and fit 64 bits");
}

Result<ledger::GenesisAsset> find_asset(const ledger::Genesis& genesis, std::string_view text) {
  for (const ledger::GenesisAsset& asset : genesis.assets) {
    if (asset.code == text) return asset;
  }
  if (const auto number = parse_number(text)) {
    for (const ledger::GenesisAsset& asset : genesis.assets) {
      if (asset.id.value() == *number) return asset;
    }
  }
  std::string known;
  for (std::size_t i = 0; i < std::min<std::size_t>(genesis.assets.size(), 20); ++i) {
    known += (known.empty() ? "" : ", ") + genesis.assets[i].code;
  }
  return refuse("asset", text, "is not known; there are: " + known);
}

Result<ledger::ParticipantId> find_participant(const ledger::Genesis& genesis,
                                               std::string_view text) {
  for (const ledger::GenesisParticipant& participant : genesis.participants) {
    if (participant.code == text) return participant.id;
  }
  if (const auto number = parse_number(text)) {
    for (const ledger::GenesisParticipant& participant : genesis.participants) {
      if (participant.id.value() == *number) return participant.id;
    }
  }
  return refuse("participant", text, "is not in the genesis document");
}

ledger::AddressFormat address_format(const ledger::Genesis& genesis) {
  return {ledger::address_prefix(genesis.chain_name), genesis.suite};
}

Result<AccountText> parse_account(const ledger::Genesis& genesis, ledger::ParticipantId self,
                                  std::string_view text) {
  if (text.size() == kDigestDigits) {
    if (const auto digest = crypto::Digest::parse_hex(text)) {
      return AccountText{ledger::AccountId{*digest}, {}};
    }
  }
  if (ledger::looks_like_address(text)) {
    const auto id = ledger::parse_address(address_format(genesis), text);
    if (!id) return refuse("address", text, id.error().message);
    return AccountText{*id, {}};
  }
  const std::size_t colon = text.find(':');
  ledger::ParticipantId owner = self;
  if (colon != std::string_view::npos) {
    HP_TRY_ASSIGN(owner, find_participant(genesis, text.substr(0, colon)));
  }
  const auto number = parse_number(colon == std::string_view::npos ? text : text.substr(colon + 1));
  if (!number) {
    return refuse(
        "account", text,
        "must be an own account's number, CODE:NUMBER, an address, or 64 hexadecimal digits");
  }
  return AccountText{ledger::account_id(genesis.suite, owner, *number),
                     AccountText::Numbered{owner, *number}};
}

Result<ledger::EndToEndId> parse_end_to_end(std::string_view text) {
  ledger::EndToEndId id{};
  if (text.empty()) return id;
  std::string digits(text);
  constexpr std::size_t kUetrChars = 36;
  if (text.size() == kUetrChars && text[8] == '-' && text[13] == '-' && text[18] == '-' &&
      text[23] == '-') {
    std::erase(digits, '-');
  }
  const auto bytes = from_hex(digits);
  if (!bytes || bytes->size() != id.size()) {
    return refuse("end-to-end id", text, "must be a UETR or 32 hexadecimal digits");
  }
  std::copy(bytes->begin(), bytes->end(), id.begin());
  return id;
}

Result<ledger::Purpose> parse_purpose(std::string_view text) {
  ledger::Purpose purpose{};
  if (text.empty()) return purpose;
  if (text.size() == purpose.size()) {
    std::copy(text.begin(), text.end(), purpose.begin());
    if (ledger::is_valid_purpose(purpose) && purpose != ledger::Purpose{}) return purpose;
  }
  return refuse("purpose", text, "must be four of A-Z and 0-9, such as SALA");
}

Result<ledger::TxId> parse_txid(std::string_view text) {
  const auto digest = crypto::Digest::parse_hex(text);
  if (!digest) return refuse("transaction id", text, "must be 64 hexadecimal digits");
  return ledger::TxId{*digest};
}

}  // namespace huangpu::tools
