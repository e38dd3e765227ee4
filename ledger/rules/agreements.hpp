// Settlements that several parties agree on: proposed, approved over time, settled as one (SPEC
// Q-110..Q-119).
#pragma once

#include <vector>

#include "ledger/rules/payments.hpp"

namespace huangpu::ledger {

// Approved settlements that settle may give others their funds; a block looks at all of them again
// at most this often. The next block goes on.
inline constexpr std::size_t kApprovedRoundsMax = 8;

[[nodiscard]] ResultCode apply_payment_operation(PaymentContext& context,
                                                 const ProposeSettlement& op);
[[nodiscard]] ResultCode apply_payment_operation(PaymentContext& context,
                                                 const ApproveSettlement& op);
[[nodiscard]] ResultCode apply_payment_operation(PaymentContext& context,
                                                 const WithdrawApproval& op);
[[nodiscard]] ResultCode apply_payment_operation(PaymentContext& context,
                                                 const CancelSettlement& op);

void touch_payment_operation(Overlay& state, const ProposeSettlement& op);
inline void touch_payment_operation(Overlay&, const ApproveSettlement&) {}
inline void touch_payment_operation(Overlay&, const WithdrawApproval&) {}
inline void touch_payment_operation(Overlay&, const CancelSettlement&) {}

// The legs that could not be paid if all settled at one instant, as indexes, ascending: of the legs
// that debit a position, in their order, those that what is available and what the settlement
// itself brings no longer covers (SPEC Q-114).
[[nodiscard]] std::vector<std::size_t> lacking_legs(Overlay& state,
                                                    const std::vector<SettlementLeg>& legs);

// Before the first envelope (SPEC Q-117).
void expire_settlements(SettlementBook& book);
// After the last envelope: settlements that all approved and whose funds are there now (SPEC
// `record` numbers the first line; returns the number after the last one.
[[nodiscard]] std::uint32_t settle_approved(Overlay& state, SettlementBook& book,
                                            std::uint32_t record);

}  // namespace huangpu::ledger
