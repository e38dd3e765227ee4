#include "ledger/rules/accounts.hpp"

#include <algorithm>

namespace huangpu::ledger {

ResultCode apply_open_accounts(TxContext& context, const OpenAccounts& open) {
  const ResultCode right = check_right(context.actor, HoldAccounts{});
  if (right != ResultCode::kSettled) return right;
  std::vector<AccountSlot*> slots;
  slots.reserve(open.count);
  for (std::uint32_t i = 0; i < open.count; ++i) {
    slots.push_back(&context.state.touch(
        account_id(context.state.suite(), context.actor.participant, open.first_number + i)));
  }
  context.state.load_touched({});
  if (std::ranges::any_of(slots, &AccountSlot::exists)) return ResultCode::kAccountExists;
  for (std::uint32_t i = 0; i < open.count; ++i) {
    AccountValue& account = context.state.change(*slots[i]);
    account.owner = context.actor.participant;
    account.number = open.first_number + i;
    account.opened = context.height;
  }
  return ResultCode::kSettled;
}

ResultCode apply_set_account_authority(TxContext& context, const SetAccountAuthority& authority) {
  AccountSlot& account = context.state.get(authority.account);
  if (!account.exists) return ResultCode::kAccountUnknown;
  const ResultCode right = check_right(context.actor, ChangeAuthority{account.value});
  if (right != ResultCode::kSettled) return right;
  std::vector<crypto::KeyId> seats;
  for (const auto& id : authority.keys) {
    const KeySlot& key = context.state.get(id);
    if (!key.exists) return ResultCode::kKeyUnknown;
    if (key.value.status != KeyStatus::kActive) return ResultCode::kKeyInactive;
    seats.push_back(key.value.seat);
  }
  std::ranges::sort(seats);
  if (std::ranges::adjacent_find(seats) != seats.end()) return ResultCode::kSeatRepeated;
  AccountValue& value = context.state.change(account);
  value.threshold = authority.threshold;
  value.seats = std::move(seats);
  return ResultCode::kSettled;
}

}  // namespace huangpu::ledger
