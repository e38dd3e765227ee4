// Payments with queues: entry, what their owner may do while they wait, reserves, limits and credit
// lines (SPEC Q-20..Q-28, Q-40..Q-43).
#pragma once

#include "ledger/rules/context.hpp"
#include "ledger/rules/settlement_book.hpp"
#include "ledger/types/result_code.hpp"
#include "ledger/types/transaction.hpp"

namespace huangpu::ledger {

// What these operations need besides TxContext.
struct PaymentContext {
  TxContext& tx;
  SettlementBook& book;
  const TransactionBody& body;
  TxId txid;
};

// Settles, queues, earmarks or refuses.
[[nodiscard]] ResultCode apply_payment_operation(PaymentContext& context, const Payment& op);
[[nodiscard]] ResultCode apply_payment_operation(PaymentContext& context, const CancelPayment& op);
[[nodiscard]] ResultCode apply_payment_operation(PaymentContext& context, const HoldPayment& op);
[[nodiscard]] ResultCode apply_payment_operation(PaymentContext& context, const ReleasePayment& op);
[[nodiscard]] ResultCode apply_payment_operation(PaymentContext& context, const ChangePriority& op);
[[nodiscard]] ResultCode apply_payment_operation(PaymentContext& context, const SetReservation& op);
[[nodiscard]] ResultCode apply_payment_operation(PaymentContext& context,
                                                 const SetBilateralLimit& op);
[[nodiscard]] ResultCode apply_payment_operation(PaymentContext& context,
                                                 const SetMultilateralLimit& op);
[[nodiscard]] ResultCode apply_payment_operation(PaymentContext& context, const SetCreditLine& op);
[[nodiscard]] ResultCode apply_payment_operation(PaymentContext& context, const RunResolution& op);

// Names the entries the operation reads first.
void touch_payment_operation(Overlay& state, const Payment& op);
void touch_payment_operation(Overlay& state, const SetReservation& op);
void touch_payment_operation(Overlay& state, const SetBilateralLimit& op);
void touch_payment_operation(Overlay& state, const SetMultilateralLimit& op);
void touch_payment_operation(Overlay& state, const SetCreditLine& op);
inline void touch_payment_operation(Overlay&, const CancelPayment&) {}
inline void touch_payment_operation(Overlay&, const HoldPayment&) {}
inline void touch_payment_operation(Overlay&, const ReleasePayment&) {}
inline void touch_payment_operation(Overlay&, const ChangePriority&) {}
inline void touch_payment_operation(Overlay&, const RunResolution&) {}

}  // namespace huangpu::ledger
