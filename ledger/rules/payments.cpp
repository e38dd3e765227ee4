#include "ledger/rules/payments.hpp"

#include <array>
#include <utility>

#include "ledger/rules/settlement_run.hpp"
#include "ledger/types/limits.hpp"

namespace huangpu::ledger {
namespace {

constexpr ResultCode kProceed = ResultCode::kSettled;
constexpr Amount kQueuedAmountMax = Amount::from_u64(settlement::kLegAmountMax);

ResultCode check_priority(const Actor& actor, PriorityClass priority) {
  if (priority != PriorityClass::kSystem || actor.roles.has(Role::kIssuer)) return kProceed;
  return ResultCode::kPriorityNotAllowed;
}

// SPEC Q-21, in this order.
ResultCode check_entry(PaymentContext& context, const Payment& op) {
  const BalanceSlot& debit = context.tx.state.get(BalanceId{op.debit, op.asset});
  const BalanceSlot& credit = context.tx.state.get(BalanceId{op.credit, op.asset});
  if (!debit.asset->exists) return ResultCode::kAssetUnknown;
  if (!debit.account->exists) return ResultCode::kDebitAccountUnknown;
  if (!credit.account->exists) return ResultCode::kCreditAccountUnknown;
  if (op.debit == op.credit) return ResultCode::kSameAccount;
  const auto right = check_right(context.tx.actor, DebitAccount{debit.account->value});
  if (right != kProceed) return right;
  if (const auto code = check_priority(context.tx.actor, op.priority); code != kProceed)
    return code;
  if (op.amount.is_zero()) return ResultCode::kAmountZero;
  if (op.amount > kQueuedAmountMax) return ResultCode::kAmountOverflow;
  if (op.latest.value() != 0 && op.latest < context.tx.time) return ResultCode::kLatestTimePassed;
  return kProceed;
}

// The head of the payee's queue, if it is a payment back to the payer (SPEC Q-23).
const WaitingPayment* counter_payment(const PaymentContext& context, const Payment& op) {
  const WaitingPayment* head = context.book.head(BalanceId{op.credit, op.asset});
  return head != nullptr && head->payment.credit == op.debit ? head : nullptr;
}

enum class Disposition { kSettled, kWaits, kRefused };

// SPEC Q-22: settle at once, settle against the counterparty's head, or wait.
Disposition try_to_settle(PaymentContext& context, const WaitingPayment& payment) {
  Overlay& state = context.tx.state;
  const Payment& op = payment.payment;
  const BalanceId position{op.debit, op.asset};
  Settler settler(state, context.book);
  const SettlementCause cause{context.tx.index, context.txid};
  PaymentProblem alone(state, context.book);
  if (!alone.add(payment)) return Disposition::kRefused;
  const WaitingPayment* head = context.book.head(position);
  if (head != nullptr && head->payment.priority <= op.priority) return Disposition::kWaits;
  if (alone.problem().fits(0)) {
    const std::array only = {&payment};
    settler.settle(only, cause, 0);
    context.book.mark(BalanceId{op.credit, op.asset});
    return Disposition::kSettled;
  }
  const WaitingPayment* counter = counter_payment(context, op);
  if (counter == nullptr) return Disposition::kWaits;
  PaymentProblem pair(state, context.book);
  const bool first = payment.place() < counter->place();
  if (!pair.add(first ? payment : *counter) || !pair.add(first ? *counter : payment)) {
    return Disposition::kWaits;
  }
  settlement::Batch batch = settlement::settle_multilateral(pair.problem());
  if (batch.settled.size() != 2) return Disposition::kWaits;
  batch.stage = settlement::Stage::kOffset;
  settler.settle_batch(pair, batch, cause);
  return Disposition::kSettled;
}

// What cancel, hold, release and change of priority check first (SPEC Q-25).
struct Found {
  ResultCode code = kProceed;
  const WaitingPayment* payment = nullptr;
};

Found find_own(PaymentContext& context, const TxId& id) {
  const WaitingPayment* payment = context.book.find(id);
  if (payment == nullptr) return {ResultCode::kPaymentUnknown, nullptr};
  if (payment->participant != context.tx.actor.participant) {
    return {ResultCode::kPaymentForeign, nullptr};
  }
  const AccountSlot& account = context.tx.state.get(payment->payment.debit);
  return {check_right(context.tx.actor, DebitAccount{account.value}), payment};
}

// Account, asset and the right to debit, for what governs a position.
ResultCode check_position(PaymentContext& context, const BalanceId& position) {
  const BalanceSlot& slot = context.tx.state.get(position);
  if (!slot.asset->exists) return ResultCode::kAssetUnknown;
  if (!slot.account->exists) return ResultCode::kAccountUnknown;
  return check_right(context.tx.actor, DebitAccount{slot.account->value});
}

}  // namespace

ResultCode apply_payment_operation(PaymentContext& context, const Payment& op) {
  if (const auto code = check_entry(context, op); code != kProceed) return code;
  WaitingPayment payment;
  payment.id = context.txid;
  payment.participant = context.tx.actor.participant;
  payment.height = context.tx.height;
  payment.index = context.tx.index;
  payment.payment = op;
  payment.reference = context.body.reference->id;
  payment.reference_date = context.body.reference->date;
  const bool earmarked = context.tx.time < op.earliest;
  if (!earmarked) {
    switch (try_to_settle(context, payment)) {
      case Disposition::kSettled:
        return ResultCode::kSettled;
      case Disposition::kRefused:
        return ResultCode::kAmountOverflow;
      case Disposition::kWaits:
        break;
    }
  }
  if (context.book.waiting() >= kWaitingPaymentsMax ||
      context.book.waiting_of(payment.participant) >= kWaitingPaymentsPerParticipantMax) {
    return ResultCode::kQueueFull;
  }
  payment.status = earmarked ? PaymentStatus::kEarmarked : PaymentStatus::kQueued;
  const ResultCode code = earmarked ? ResultCode::kEarmarked : ResultCode::kQueued;
  context.book.add(std::move(payment), code);
  return code;
}

ResultCode apply_payment_operation(PaymentContext& context, const CancelPayment& op) {
  if (const auto found = find_own(context, op.payment); found.code != kProceed) return found.code;
  context.book.remove(op.payment, PaymentStatus::kCancelled, ResultCode::kCancelledByOwner,
                      context.txid, 0);
  return ResultCode::kSettled;
}

ResultCode apply_payment_operation(PaymentContext& context, const HoldPayment& op) {
  const auto found = find_own(context, op.payment);
  if (found.code != kProceed) return found.code;
  if (found.payment->status == PaymentStatus::kHeld) return ResultCode::kPaymentHeld;
  context.book.set_status(op.payment, PaymentStatus::kHeld, context.txid);
  return ResultCode::kSettled;
}

ResultCode apply_payment_operation(PaymentContext& context, const ReleasePayment& op) {
  const auto found = find_own(context, op.payment);
  if (found.code != kProceed) return found.code;
  if (found.payment->status != PaymentStatus::kHeld) return ResultCode::kPaymentNotHeld;
  const bool early = context.tx.time < found.payment->payment.earliest;
  context.book.set_status(op.payment, early ? PaymentStatus::kEarmarked : PaymentStatus::kQueued,
                          context.txid);
  return ResultCode::kSettled;
}

ResultCode apply_payment_operation(PaymentContext& context, const ChangePriority& op) {
  const auto found = find_own(context, op.payment);
  if (found.code != kProceed) return found.code;
  const auto allowed = check_priority(context.tx.actor, op.priority);
  if (allowed != kProceed) return allowed;
  context.book.set_priority(op.payment, op.priority, context.txid);
  return ResultCode::kSettled;
}

ResultCode apply_payment_operation(PaymentContext& context, const SetReservation& op) {
  const BalanceId position{op.account, op.asset};
  if (const auto code = check_position(context, position); code != kProceed) return code;
  LiquidityValue value = context.book.liquidity(position);
  if (op.priority == PriorityClass::kHighlyUrgent) {
    value.reserved_highly_urgent = op.amount;
    value.used_highly_urgent = Amount::zero();
  } else {
    value.reserved_urgent = op.amount;
    value.used_urgent = Amount::zero();
  }
  context.book.set_liquidity(position, value);
  context.book.mark(position);
  return ResultCode::kSettled;
}

ResultCode apply_payment_operation(PaymentContext& context, const SetBilateralLimit& op) {
  const BalanceId position{op.account, op.asset};
  if (const auto code = check_position(context, position); code != kProceed) return code;
  if (!context.tx.state.get(op.counterparty).exists) return ResultCode::kCreditAccountUnknown;
  if (op.counterparty == op.account) return ResultCode::kSameAccount;
  std::optional<BilateralLimitValue> value;
  if (op.amount) {
    value = context.book.bilateral(position, op.counterparty).value_or(BilateralLimitValue{});
    value->day = context.book.today();
    value->limit = *op.amount;
  }
  context.book.set_bilateral(position, op.counterparty, value);
  context.book.mark(position);
  return ResultCode::kSettled;
}

ResultCode apply_payment_operation(PaymentContext& context, const SetMultilateralLimit& op) {
  const BalanceId position{op.account, op.asset};
  if (const auto code = check_position(context, position); code != kProceed) return code;
  LiquidityValue value = context.book.liquidity(position);
  value.limit = op.amount;
  if (!op.amount) value.use = LimitUse{};
  context.book.set_liquidity(position, value);
  context.book.mark(position);
  return ResultCode::kSettled;
}

ResultCode apply_payment_operation(PaymentContext& context, const SetCreditLine& op) {
  const BalanceId position{op.account, op.asset};
  const BalanceSlot& slot = context.tx.state.get(position);
  if (!slot.asset->exists) return ResultCode::kAssetUnknown;
  if (!slot.account->exists) return ResultCode::kAccountUnknown;
  const auto right = check_right(context.tx.actor, IssueAsset{slot.asset->value});
  if (right != kProceed) return right;
  LiquidityValue value = context.book.liquidity(position);
  value.credit_line = op.amount;
  context.book.set_liquidity(position, value);
  context.book.mark(position);
  return ResultCode::kSettled;
}

ResultCode apply_payment_operation(PaymentContext& context, const RunResolution& /*op*/) {
  const auto right = check_right(context.tx.actor, OperateSystem{});
  if (right != kProceed) return right;
  context.book.request_run();
  return ResultCode::kSettled;
}

void touch_payment_operation(Overlay& state, const Payment& op) {
  state.touch(BalanceId{op.debit, op.asset});
  state.touch(BalanceId{op.credit, op.asset});
}

void touch_payment_operation(Overlay& state, const SetReservation& op) {
  state.touch(BalanceId{op.account, op.asset});
}

void touch_payment_operation(Overlay& state, const SetBilateralLimit& op) {
  state.touch(BalanceId{op.account, op.asset});
  state.touch(op.counterparty);
}

void touch_payment_operation(Overlay& state, const SetMultilateralLimit& op) {
  state.touch(BalanceId{op.account, op.asset});
}

void touch_payment_operation(Overlay& state, const SetCreditLine& op) {
  state.touch(BalanceId{op.account, op.asset});
}

}  // namespace huangpu::ledger
