#include "ledger/types/describe_payment.hpp"

#include "crypto/base/civil.hpp"

namespace huangpu::ledger {
namespace {

std::string short_hex(const std::string& hex) {
  return hex.substr(0, 8) + "…" + hex.substr(hex.size() - 8);
}

std::string account(const AccountId& id, const Names& names) {
  return names.account ? names.account(id) : short_hex(id.hex());
}

std::string money(AssetId asset, Amount amount, const Names& names) {
  if (names.money) return names.money(asset, amount);
  return amount.to_string(0) + " units of asset " + std::to_string(asset.value());
}

std::string asset_only(AssetId asset) { return "asset " + std::to_string(asset.value()); }

std::string class_of(PriorityClass priority) {
  std::string name(priority_name(priority));
  for (char& c : name) {
    if (c == '-') c = ' ';
  }
  return name;
}

}  // namespace

std::string describe_payment(const Payment& op, const Names& names) {
  std::string text = "Pay " + money(op.asset, op.amount, names) + " from " +
                     account(op.debit, names) + " to " + account(op.credit, names) + ", " +
                     class_of(op.priority);
  if (op.earliest.value() != 0) text += ", not before " + format_rfc3339(op.earliest);
  if (op.latest.value() != 0) text += ", rejected after " + format_rfc3339(op.latest);
  if (op.purpose != Purpose{}) text += ", purpose " + std::string(as_text(op.purpose));
  if (op.end_to_end != EndToEndId{}) text += ", end-to-end id " + to_hex(op.end_to_end);
  return text + "; it waits in the queue if it cannot settle at once.";
}

std::string describe_payment(const CancelPayment& op, const Names& /*names*/) {
  return "Cancel the waiting payment " + short_hex(op.payment.hex()) + ".";
}

std::string describe_payment(const HoldPayment& op, const Names& /*names*/) {
  return "Hold the waiting payment " + short_hex(op.payment.hex()) + ".";
}

std::string describe_payment(const ReleasePayment& op, const Names& /*names*/) {
  return "Release the held payment " + short_hex(op.payment.hex()) + ".";
}

std::string describe_payment(const ChangePriority& op, const Names& /*names*/) {
  return "Make the waiting payment " + short_hex(op.payment.hex()) + " " + class_of(op.priority) +
         ".";
}

std::string describe_payment(const SetReservation& op, const Names& names) {
  const std::string whose = " of account " + account(op.account, names);
  if (op.amount.is_zero()) {
    return "Keep nothing" + whose + " in " + asset_only(op.asset) + " for " +
           class_of(op.priority) + " payments.";
  }
  return "Keep " + money(op.asset, op.amount, names) + whose + " for " + class_of(op.priority) +
         " payments.";
}

std::string describe_payment(const SetBilateralLimit& op, const Names& names) {
  const std::string who = "account " + account(op.account, names) + " pays net to " +
                          account(op.counterparty, names) + " in normal payments";
  if (!op.amount) return "Do not limit what " + who + " of " + asset_only(op.asset) + ".";
  return "Limit what " + who + " to " + money(op.asset, *op.amount, names) + " a day.";
}

std::string describe_payment(const SetMultilateralLimit& op, const Names& names) {
  const std::string who = "account " + account(op.account, names) +
                          " pays net in normal payments to all without a limit of their own";
  if (!op.amount) return "Do not limit what " + who + " of " + asset_only(op.asset) + ".";
  return "Limit what " + who + " to " + money(op.asset, *op.amount, names) + " a day.";
}

std::string describe_payment(const SetCreditLine& op, const Names& names) {
  if (op.amount.is_zero()) {
    return "Give account " + account(op.account, names) + " no credit in " + asset_only(op.asset) +
           ".";
  }
  return "Give account " + account(op.account, names) + " a credit line of " +
         money(op.asset, op.amount, names) + " for queued payments.";
}

std::string describe_payment(const RunResolution& /*op*/, const Names& /*names*/) {
  return "Resolve the queues at the end of the block.";
}

}  // namespace huangpu::ledger
