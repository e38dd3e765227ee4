// Stateless rules of queued settlement, part of the format (SPEC Q-20).
#pragma once

#include "crypto/base/result.hpp"
#include "ledger/types/transaction.hpp"

namespace huangpu::ledger {

[[nodiscard]] Status check_payment_operation(const Payment& op);
[[nodiscard]] Status check_payment_operation(const ChangePriority& op);
[[nodiscard]] Status check_payment_operation(const SetReservation& op);
[[nodiscard]] inline Status check_payment_operation(const CancelPayment&) { return {}; }
[[nodiscard]] inline Status check_payment_operation(const HoldPayment&) { return {}; }
[[nodiscard]] inline Status check_payment_operation(const ReleasePayment&) { return {}; }
[[nodiscard]] inline Status check_payment_operation(const SetBilateralLimit&) { return {}; }
[[nodiscard]] inline Status check_payment_operation(const SetMultilateralLimit&) { return {}; }
[[nodiscard]] inline Status check_payment_operation(const SetCreditLine&) { return {}; }
[[nodiscard]] inline Status check_payment_operation(const RunResolution&) { return {}; }

// Whether the operation needs a client reference: what settles later must never settle twice.
[[nodiscard]] bool needs_reference(const Operation& operation);

}  // namespace huangpu::ledger
