#include "ledger/rules/reserves.hpp"

#include <vector>

#include "crypto/base/assert.hpp"
#include "crypto/base/civil.hpp"
#include "ledger/types/limits.hpp"

namespace huangpu::ledger {
namespace {

constexpr ResultCode kProceed = ResultCode::kSettled;

BalanceId position_of(const FundsReserve& reserve) {
  return {reserve.terms.debit, reserve.terms.asset};
}

Amount less(Amount from, Amount amount) {
  const auto rest = from.checked_sub(amount);
  HP_ASSERT(rest.has_value(), "more was given back than is reserved");
  return *rest;
}

// SPEC Q-101, in this order.
ResultCode check_reserve(PaymentContext& context, const ReserveFunds& op) {
  Overlay& state = context.tx.state;
  const BalanceSlot& debit = state.get(BalanceId{op.debit, op.asset});
  if (!debit.asset->exists) return ResultCode::kAssetUnknown;
  if (!debit.account->exists) return ResultCode::kDebitAccountUnknown;
  if (!state.get(op.credit).exists) return ResultCode::kCreditAccountUnknown;
  if (op.debit == op.credit) return ResultCode::kSameAccount;
  const auto right = check_right(context.tx.actor, DebitAccount{debit.account->value});
  if (right != kProceed) return right;
  if (op.poster == Poster::kThird && !state.get(op.third).exists) {
    return ResultCode::kParticipantUnknown;
  }
  if (op.amount.is_zero()) return ResultCode::kAmountZero;
  if (const auto code = check_expiry(op.expires, context.tx.time); code != kProceed) return code;
  if (debit.value.available() < op.amount) return ResultCode::kInsufficientFunds;
  const ReserveBook& reserves = context.book.reserves();
  if (reserves.open() >= kReservesMax ||
      reserves.open_of(context.tx.actor.participant) >= kReservesPerParticipantMax) {
    return ResultCode::kReservesFull;
  }
  return kProceed;
}

ResultCode may_post(PaymentContext& context, const ReserveFunds& terms) {
  const auto authority_of = [&context](const AccountId& account) {
    return check_right(context.tx.actor, DebitAccount{context.tx.state.get(account).value});
  };
  switch (terms.poster) {
    case Poster::kDebtor:
      return authority_of(terms.debit);
    case Poster::kBeneficiary:
      return authority_of(terms.credit);
    case Poster::kThird:
      return context.tx.actor.participant == terms.third ? kProceed : ResultCode::kReserveForeign;
  }
  return ResultCode::kReserveForeign;
}

// Whoever may post may give up, and so may the beneficiary. The debtor cannot take back what others
// rely on (SPEC Q-105).
ResultCode may_void(PaymentContext& context, const ReserveFunds& terms) {
  const ResultCode code = may_post(context, terms);
  if (code == kProceed) return code;
  const AccountSlot& credit = context.tx.state.get(terms.credit);
  return check_right(context.tx.actor, DebitAccount{credit.value}) == kProceed ? kProceed : code;
}

struct Ending {
  Step step;
  ResultCode reason;
  TxId cause;
  ParticipantId participant;
};

// The entry goes; `amount` is what the last step moved or gave back.
void end_reserve(SettlementBook& book, const FundsReserve& reserve, const Ending& ending,
                 Amount amount) {
  StepEvent step;
  step.subject = reserve.id;
  step.step = ending.step;
  step.reason = ending.reason;
  step.cause = ending.cause;
  step.participant = ending.participant;
  step.amount = amount;
  book.record(step);
  book.reserves().remove(reserve.id);
}

void give_back(Overlay& state, const FundsReserve& reserve, Amount amount) {
  BalanceSlot& slot = state.get(position_of(reserve));
  state.set_pending(slot, less(slot.value.debits_pending, amount));
}

void book_transfer(PaymentContext& context, const FundsReserve& reserve, Amount amount) {
  Overlay& state = context.tx.state;
  HistoryEntry line;
  line.height = context.tx.height;
  line.index = context.tx.index;
  line.amount = amount;
  line.end_to_end = reserve.terms.end_to_end;
  line.purpose = reserve.terms.purpose;
  line.kind = EntryKind::kDebit;
  line.counterparty = reserve.terms.credit;
  state.post(state.get(position_of(reserve)), line);
  line.kind = EntryKind::kCredit;
  line.counterparty = reserve.terms.debit;
  state.post(state.get(BalanceId{reserve.terms.credit, reserve.terms.asset}), line);
}

}  // namespace

ResultCode check_expiry(TimestampMs expires, TimestampMs now) {
  const bool ahead = expires > now && expires.value() - now.value() <= kExpiryDaysMax * kMsPerDay;
  return ahead ? kProceed : ResultCode::kExpiryNotAhead;
}

ResultCode apply_payment_operation(PaymentContext& context, const ReserveFunds& op) {
  if (const auto code = check_reserve(context, op); code != kProceed) return code;
  BalanceSlot& slot = context.tx.state.get(BalanceId{op.debit, op.asset});
  const auto pending = slot.value.debits_pending.checked_add(op.amount);
  HP_ASSERT(pending.has_value(), "what is reserved is part of a balance");
  context.tx.state.set_pending(slot, *pending);
  StepEvent step;
  step.subject = context.txid;
  step.step = Step::kReserved;
  step.cause = context.txid;
  step.participant = context.tx.actor.participant;
  step.amount = op.amount;
  context.book.record(step);
  context.book.reserves().add(FundsReserve{context.txid, context.tx.actor.participant,
                                           context.tx.height, context.tx.index, op, op.amount});
  return ResultCode::kSettled;
}

ResultCode apply_payment_operation(PaymentContext& context, const PostReserved& op) {
  const FundsReserve* const found = context.book.reserves().find(op.reserve);
  if (found == nullptr) return ResultCode::kReserveUnknown;
  FundsReserve reserve = *found;
  if (const auto code = may_post(context, reserve.terms); code != kProceed) return code;
  if (reserve.terms.expires < context.tx.time) return ResultCode::kReserveExpired;
  if (op.amount.is_zero()) return ResultCode::kAmountZero;
  if (op.amount > reserve.left) return ResultCode::kReserveExceeded;
  const BalanceSlot& credit =
      context.tx.state.get(BalanceId{reserve.terms.credit, reserve.terms.asset});
  if (!credit.value.credits_posted.checked_add(op.amount)) return ResultCode::kAmountOverflow;

  const Amount rest = less(reserve.left, op.amount);
  const bool open = op.keep_rest && !rest.is_zero();
  give_back(context.tx.state, reserve, open ? op.amount : reserve.left);
  book_transfer(context, reserve, op.amount);
  const ParticipantId actor = context.tx.actor.participant;
  if (!open) {
    end_reserve(context.book, reserve,
                Ending{Step::kPosted, ResultCode::kSettled, context.txid, actor}, op.amount);
    return ResultCode::kSettled;
  }
  StepEvent step;
  step.subject = reserve.id;
  step.step = Step::kPartlyPosted;
  step.cause = context.txid;
  step.participant = actor;
  step.amount = op.amount;
  context.book.record(step);
  reserve.left = rest;
  context.book.reserves().replace(std::move(reserve));
  return ResultCode::kSettled;
}

ResultCode apply_payment_operation(PaymentContext& context, const VoidReserved& op) {
  const FundsReserve* const found = context.book.reserves().find(op.reserve);
  if (found == nullptr) return ResultCode::kReserveUnknown;
  if (const auto code = may_void(context, found->terms); code != kProceed) return code;
  give_back(context.tx.state, *found, found->left);
  end_reserve(
      context.book, *found,
      Ending{Step::kVoided, ResultCode::kReserveVoided, context.txid, context.tx.actor.participant},
      found->left);
  return ResultCode::kSettled;
}

void touch_payment_operation(Overlay& state, const ReserveFunds& op) {
  state.touch(BalanceId{op.debit, op.asset});
  state.touch(op.credit);
}

void expire_reserves(Overlay& state, SettlementBook& book) {
  ReserveBook& reserves = book.reserves();
  for (std::size_t acts = 0; acts < kExpiriesPerBlock; ++acts) {
    const FundsReserve* const reserve = reserves.first_expired(book.time());
    if (reserve == nullptr) return;
    give_back(state, *reserve, reserve->left);
    end_reserve(book, *reserve,
                Ending{Step::kReserveExpired, ResultCode::kReserveExpired, TxId(), {}},
                reserve->left);
  }
}

}  // namespace huangpu::ledger
