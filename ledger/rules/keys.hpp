// A participant's signing keys: register, rotate, revoke (SPEC L-111..L-113).
#pragma once

#include "ledger/rules/context.hpp"
#include "ledger/types/result_code.hpp"
#include "ledger/types/transaction.hpp"

namespace huangpu::ledger {

[[nodiscard]] ResultCode apply_register_key(TxContext& context, const RegisterKey& operation);
[[nodiscard]] ResultCode apply_rotate_key(TxContext& context, const RotateKey& operation);
[[nodiscard]] ResultCode apply_revoke_key(TxContext& context, const RevokeKey& operation);

// The key an operation introduces, which may sign before it is registered.
[[nodiscard]] const crypto::PublicKey* introduced_key(const Operation& operation);

}  // namespace huangpu::ledger
