// Two-phase transfers: funds are reserved, posted, given back or expire (SPEC Q-100..Q-109).
//
// A reserve adds to the pending debits of its position and changes no balance, so that supply is
// conserved as it stands. Every debit is judged by what is available.
#pragma once

#include "ledger/rules/payments.hpp"

namespace huangpu::ledger {

// At most this many reserves, and as many settlements, expire in one block; the next one goes on.
inline constexpr std::size_t kExpiriesPerBlock = 10'000;

[[nodiscard]] ResultCode apply_payment_operation(PaymentContext& context, const ReserveFunds& op);
[[nodiscard]] ResultCode apply_payment_operation(PaymentContext& context, const PostReserved& op);
[[nodiscard]] ResultCode apply_payment_operation(PaymentContext& context, const VoidReserved& op);

void touch_payment_operation(Overlay& state, const ReserveFunds& op);
inline void touch_payment_operation(Overlay&, const PostReserved&) {}
inline void touch_payment_operation(Overlay&, const VoidReserved&) {}

// Before the first envelope: gives back what expired before this block (SPEC Q-106).
void expire_reserves(Overlay& state, SettlementBook& book);

// kSettled, or kExpiryNotAhead: not after the block, or too far ahead (SPEC ).
[[nodiscard]] ResultCode check_expiry(TimestampMs expires, TimestampMs now);

}  // namespace huangpu::ledger
