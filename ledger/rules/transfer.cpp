#include "ledger/rules/transfer.hpp"

namespace huangpu::ledger {
namespace {

// Asked once per envelope and account, however many records debit it.
ResultCode debit_right(TxContext& context, AccountSlot& account) {
  if (account.judged_envelope != context.serial) {
    account.judged_envelope = context.serial;
    account.judgement = check_right(context.actor, DebitAccount{account.value});
  }
  return account.judgement;
}

ResultCode check(TxContext& context, const Movement& movement) {
  BalanceSlot& debit = movement.debit;
  BalanceSlot& credit = movement.credit;
  if (!debit.asset->exists) return ResultCode::kAssetUnknown;
  if (!debit.account->exists) return ResultCode::kDebitAccountUnknown;
  if (!credit.account->exists) return ResultCode::kCreditAccountUnknown;
  if (&debit == &credit) return ResultCode::kSameAccount;
  if (const auto code = debit_right(context, *debit.account); code != ResultCode::kSettled) {
    return code;
  }
  if (movement.amount.is_zero()) return ResultCode::kAmountZero;
  if (debit.value.available() < movement.amount) return ResultCode::kInsufficientFunds;
  if (!credit.value.credits_posted.checked_add(movement.amount)) return ResultCode::kAmountOverflow;
  return ResultCode::kSettled;
}

}  // namespace

ResultCode move(TxContext& context, const Movement& movement) {
  if (const auto code = check(context, movement); code != ResultCode::kSettled) return code;
  HistoryEntry line;
  line.height = context.height;
  line.index = context.index;
  line.record = movement.record;
  line.amount = movement.amount;
  line.end_to_end = movement.end_to_end;
  line.purpose = movement.purpose;
  line.kind = EntryKind::kDebit;
  line.counterparty = movement.credit.id.account;
  context.state.post(movement.debit, line);
  line.kind = EntryKind::kCredit;
  line.counterparty = movement.debit.id.account;
  context.state.post(movement.credit, line);
  return ResultCode::kSettled;
}

ResultCode apply_transfer(TxContext& context, const Transfer& transfer) {
  return move(context, Movement{context.state.get(BalanceId{transfer.debit, transfer.asset}),
                                context.state.get(BalanceId{transfer.credit, transfer.asset}),
                                transfer.amount, 0, transfer.end_to_end, transfer.purpose});
}

}  // namespace huangpu::ledger
