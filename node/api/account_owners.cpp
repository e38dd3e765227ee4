#include "node/api/account_owners.hpp"

#include "ledger/types/state_key.hpp"
#include "ledger/types/state_value.hpp"

namespace huangpu::node {
namespace {

constexpr std::size_t kOwnersMax = 200'000;

}  // namespace

Result<std::optional<ledger::ParticipantId>> AccountOwners::owner(
    const ledger::AccountId& account) {
  {
    const std::scoped_lock lock(mutex_);
    const auto found = owners_.find(account);
    if (found != owners_.end()) return std::optional(found->second);
  }
  HP_TRY_ASSIGN(const auto answer,
                backend_.query(ledger::account_key(account), std::nullopt, false));
  if (!answer.value) return std::optional<ledger::ParticipantId>();
  HP_TRY_ASSIGN(const auto value, ledger::AccountValue::decode(*answer.value));
  const std::scoped_lock lock(mutex_);
  if (owners_.size() >= kOwnersMax) owners_.clear();
  owners_.emplace(account, value.owner);
  return std::optional(value.owner);
}

}  // namespace huangpu::node
