// Names for the numbers and ids of a chain, from its genesis document (SPEC W-13).
#pragma once

#include <map>
#include <optional>
#include <string>

#include "ledger/genesis/genesis.hpp"
#include "ledger/types/describe.hpp"
#include "tools/cli/arguments.hpp"

namespace huangpu::tools {

class Directory {
 public:
  // The document outlives the directory.
  explicit Directory(const ledger::Genesis& genesis);

  [[nodiscard]] std::string participant(ledger::ParticipantId id) const;
  [[nodiscard]] std::string asset(ledger::AssetId id) const;
  // "1250.00", in the asset's decimals.
  [[nodiscard]] std::string amount(ledger::AssetId asset, Amount amount) const;
  // "1250.00 CNY"
  [[nodiscard]] std::string money(ledger::AssetId asset, Amount amount) const;
  // CODE:NUMBER for the first numbers of every participant and for what was remembered; else the
  // address, which nobody can turn back into a number.
  [[nodiscard]] std::string account(const ledger::AccountId& id) const;
  // The account's address, always.
  [[nodiscard]] std::string address(const ledger::AccountId& id) const;
  void remember(const AccountText& account);
  // Whose number the id stands for, where account() can tell.
  [[nodiscard]] std::optional<AccountText::Numbered> numbered(const ledger::AccountId& id) const;

  // Refers to this directory.
  [[nodiscard]] ledger::Names names() const;

 private:
  [[nodiscard]] const ledger::GenesisAsset* find(ledger::AssetId id) const;

  const ledger::Genesis& genesis_;
  std::map<ledger::AccountId, AccountText::Numbered> accounts_;
};

}  // namespace huangpu::tools
