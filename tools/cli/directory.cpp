#include "tools/cli/directory.hpp"

#include <algorithm>

namespace huangpu::tools {
namespace {

constexpr std::uint64_t kNamedNumbers = 32;
constexpr std::size_t kNamedParticipantsMax = 300;

}  // namespace

Directory::Directory(const ledger::Genesis& genesis) : genesis_(genesis) {
  const std::size_t count = std::min(genesis.participants.size(), kNamedParticipantsMax);
  for (std::size_t i = 0; i < count; ++i) {
    const ledger::GenesisParticipant& owner = genesis.participants[i];
    for (std::uint64_t number = 0; number < kNamedNumbers; ++number) {
      accounts_[ledger::account_id(genesis.suite, owner.id, number)] = {owner.id, number};
    }
  }
}

std::string Directory::participant(ledger::ParticipantId id) const {
  for (const ledger::GenesisParticipant& entry : genesis_.participants) {
    if (entry.id == id) return entry.code;
  }
  return "participant " + std::to_string(id.value());
}

const ledger::GenesisAsset* Directory::find(ledger::AssetId id) const {
  for (const ledger::GenesisAsset& entry : genesis_.assets) {
    if (entry.id == id) return &entry;
  }
  return nullptr;
}

std::string Directory::asset(ledger::AssetId id) const {
  const auto* const known = find(id);
  return known != nullptr ? known->code : "asset " + std::to_string(id.value());
}

std::string Directory::amount(ledger::AssetId asset, Amount amount) const {
  const auto* const known = find(asset);
  return amount.to_string(known != nullptr ? known->decimals : 0);
}

std::string Directory::money(ledger::AssetId id, Amount units) const {
  if (find(id) == nullptr) return amount(id, units) + " units of " + asset(id);
  return amount(id, units) + " " + asset(id);
}

std::string Directory::account(const ledger::AccountId& id) const {
  const auto known = numbered(id);
  return known ? participant(known->owner) + ":" + std::to_string(known->number) : address(id);
}

std::string Directory::address(const ledger::AccountId& id) const {
  return ledger::format_address(address_format(genesis_), id);
}

std::optional<AccountText::Numbered> Directory::numbered(const ledger::AccountId& id) const {
  const auto found = accounts_.find(id);
  if (found == accounts_.end()) return std::nullopt;
  return found->second;
}

void Directory::remember(const AccountText& account) {
  const auto* const number = std::get_if<AccountText::Numbered>(&account.numbered);
  if (number != nullptr) accounts_[account.id] = *number;
}

ledger::Names Directory::names() const {
  ledger::Names names;
  names.participant = [this](ledger::ParticipantId id) { return participant(id); };
  names.account = [this](const ledger::AccountId& id) { return account(id); };
  names.money = [this](ledger::AssetId id, Amount units) { return money(id, units); };
  return names;
}

}  // namespace huangpu::tools
