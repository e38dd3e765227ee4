#include "ledger/rules/supply.hpp"

namespace huangpu::ledger {
namespace {

HistoryEntry line_of(const TxContext& context, EntryKind kind, Amount amount) {
  HistoryEntry line;
  line.height = context.height;
  line.index = context.index;
  line.kind = kind;
  line.amount = amount;
  return line;
}

}  // namespace

ResultCode apply_issue(TxContext& context, const Issue& issue) {
  BalanceSlot& credit = context.state.get(BalanceId{issue.credit, issue.asset});
  AssetSlot& asset = *credit.asset;
  if (!asset.exists) return ResultCode::kAssetUnknown;
  if (!credit.account->exists) return ResultCode::kCreditAccountUnknown;
  const ResultCode right = check_right(context.actor, IssueAsset{asset.value});
  if (right != ResultCode::kSettled) return right;
  if (issue.amount.is_zero()) return ResultCode::kAmountZero;
  const auto issued = asset.value.issued.checked_add(issue.amount);
  if (!issued || !credit.value.credits_posted.checked_add(issue.amount)) {
    return ResultCode::kAmountOverflow;
  }
  context.state.change(asset).issued = *issued;
  context.state.post(credit, line_of(context, EntryKind::kIssued, issue.amount));
  return ResultCode::kSettled;
}

ResultCode apply_redeem(TxContext& context, const Redeem& redeem) {
  BalanceSlot& debit = context.state.get(BalanceId{redeem.debit, redeem.asset});
  AssetSlot& asset = *debit.asset;
  if (!asset.exists) return ResultCode::kAssetUnknown;
  if (!debit.account->exists) return ResultCode::kDebitAccountUnknown;
  const ResultCode right =
      check_right(context.actor, RedeemAsset{asset.value, debit.account->value});
  if (right != ResultCode::kSettled) return right;
  if (redeem.amount.is_zero()) return ResultCode::kAmountZero;
  if (debit.value.available() < redeem.amount) return ResultCode::kInsufficientFunds;
  const auto redeemed = asset.value.redeemed.checked_add(redeem.amount);
  HP_ASSERT(redeemed.has_value(), "more was held than issued");
  context.state.change(asset).redeemed = *redeemed;
  context.state.post(debit, line_of(context, EntryKind::kRedeemed, redeem.amount));
  return ResultCode::kSettled;
}

}  // namespace huangpu::ledger
