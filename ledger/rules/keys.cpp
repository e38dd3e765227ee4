#include "ledger/rules/keys.hpp"

#include <algorithm>

namespace huangpu::ledger {
namespace {

void add_key(TxContext& context, KeySlot& slot, const crypto::PublicKey& key,
             const crypto::KeyId& seat) {
  KeyValue& value = context.state.change(slot);
  value.participant = context.actor.participant;
  value.status = KeyStatus::kActive;
  value.seat = seat;
  value.registered = context.height;
  value.key = key;
}

// The key exists, is the submitter's and still active.
ResultCode check_own_active(const TxContext& context, const KeySlot& slot) {
  if (!slot.exists) return ResultCode::kKeyUnknown;
  if (slot.value.participant != context.actor.participant) return ResultCode::kKeyForeign;
  if (slot.value.status != KeyStatus::kActive) return ResultCode::kKeyInactive;
  return ResultCode::kSettled;
}

}  // namespace

ResultCode apply_register_key(TxContext& context, const RegisterKey& operation) {
  const crypto::KeyId id = operation.key.id();
  const ResultCode right = check_right(context.actor, IntroduceKey{id});
  if (right != ResultCode::kSettled) return right;
  KeySlot& slot = context.state.get(id);
  if (slot.exists) return ResultCode::kKeyExists;
  add_key(context, slot, operation.key, id);
  ++context.state.change(context.state.get(context.actor.participant)).active_keys;
  return ResultCode::kSettled;
}

ResultCode apply_rotate_key(TxContext& context, const RotateKey& operation) {
  KeySlot& old_slot = context.state.get(operation.old_key);
  if (const auto code = check_own_active(context, old_slot); code != ResultCode::kSettled) {
    return code;
  }
  const crypto::KeyId new_id = operation.new_key.id();
  const ResultCode right = check_right(context.actor, ReplaceKey{operation.old_key, new_id});
  if (right != ResultCode::kSettled) return right;
  KeySlot& new_slot = context.state.get(new_id);
  if (new_slot.exists) return ResultCode::kKeyExists;
  add_key(context, new_slot, operation.new_key, old_slot.value.seat);
  context.state.change(old_slot).status = KeyStatus::kRotated;
  return ResultCode::kSettled;
}

ResultCode apply_revoke_key(TxContext& context, const RevokeKey& operation) {
  KeySlot& slot = context.state.get(operation.key);
  if (const auto code = check_own_active(context, slot); code != ResultCode::kSettled) return code;
  const ResultCode right = check_right(context.actor, ManageKeys{});
  if (right != ResultCode::kSettled) return right;
  ParticipantSlot& participant = context.state.get(context.actor.participant);
  const std::uint32_t needed = std::max<std::uint32_t>(1, participant.value.management_threshold);
  if (participant.value.active_keys <= needed) return ResultCode::kLastKeys;
  --context.state.change(participant).active_keys;
  context.state.change(slot).status = KeyStatus::kRevoked;
  return ResultCode::kSettled;
}

const crypto::PublicKey* introduced_key(const Operation& operation) {
  if (const auto* op = std::get_if<RegisterKey>(&operation)) return &op->key;
  if (const auto* op = std::get_if<RotateKey>(&operation)) return &op->new_key;
  return nullptr;
}

}  // namespace huangpu::ledger
