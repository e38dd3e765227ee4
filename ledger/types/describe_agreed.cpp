#include "ledger/types/describe_agreed.hpp"

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

std::string participant(ParticipantId id, const Names& names) {
  return names.participant ? names.participant(id) : "participant " + std::to_string(id.value());
}

std::string marks(const Purpose& purpose, const EndToEndId& end_to_end) {
  std::string text;
  if (purpose != Purpose{}) text += ", purpose " + std::string(as_text(purpose));
  if (end_to_end != EndToEndId{}) text += ", end-to-end id " + to_hex(end_to_end);
  return text;
}

std::string poster_of(const ReserveFunds& op, const Names& names) {
  switch (op.poster) {
    case Poster::kDebtor:
      return "the debtor";
    case Poster::kBeneficiary:
      return "the beneficiary";
    case Poster::kThird:
      return participant(op.third, names);
  }
  return "nobody that is known";
}

}  // namespace

std::string describe_payment(const ReserveFunds& op, const Names& names) {
  return "Reserve " + money(op.asset, op.amount, names) + " of " + account(op.debit, names) +
         " for " + account(op.credit, names) + " until " + format_rfc3339(op.expires) +
         ", to be posted by " + poster_of(op, names) + marks(op.purpose, op.end_to_end) + ".";
}

// The reserve's asset is not in the body, so that the amount is in its smallest units.
std::string describe_payment(const PostReserved& op, const Names& /*names*/) {
  return "Post " + op.amount.to_string(0) + " units of the reserve " + short_hex(op.reserve.hex()) +
         (op.keep_rest ? "; the rest stays reserved." : "; the rest is given back.");
}

std::string describe_payment(const VoidReserved& op, const Names& /*names*/) {
  return "Give back what is left of the reserve " + short_hex(op.reserve.hex()) + ".";
}

std::string describe_payment(const ProposeSettlement& op, const Names& names) {
  std::string text = "Propose to settle " + std::to_string(op.legs.size()) +
                     " legs together or not at all until " + format_rfc3339(op.expires) + ": ";
  bool first = true;
  for (const SettlementLeg& leg : op.legs) {
    if (!first) text += "; ";
    first = false;
    text += money(leg.asset, leg.amount, names) + " from " + account(leg.debit, names) + " to " +
            account(leg.credit, names);
  }
  text +=
      op.receivers_approve ? "; who pays and who receives must approve" : "; who pays must approve";
  return text + marks(op.purpose, op.end_to_end) + ".";
}

std::string describe_payment(const ApproveSettlement& op, const Names& /*names*/) {
  return "Approve the settlement " + short_hex(op.settlement.hex()) +
         "; once all approved, it binds until it expires.";
}

std::string describe_payment(const WithdrawApproval& op, const Names& /*names*/) {
  return "Take back the approval of the settlement " + short_hex(op.settlement.hex()) + ".";
}

std::string describe_payment(const CancelSettlement& op, const Names& /*names*/) {
  return "Cancel the settlement " + short_hex(op.settlement.hex()) + " for all its parties.";
}

}  // namespace huangpu::ledger
