#include "ledger/types/describe.hpp"

#include "crypto/base/civil.hpp"
#include "ledger/types/describe_agreed.hpp"
#include "ledger/types/describe_payment.hpp"

namespace huangpu::ledger {
namespace {

std::string short_hex(const std::string& hex) {
  return hex.substr(0, 8) + "…" + hex.substr(hex.size() - 8);
}

std::string counted(std::uint64_t count, std::string_view thing) {
  return std::to_string(count) + " " + std::string(thing) + (count == 1 ? "" : "s");
}

// Renders each alternative of Operation as one sentence.
class Sentence {
 public:
  explicit Sentence(const Names& names) : names_(names) {}

  std::string operator()(const OpenAccounts& op) const {
    if (op.count == 1) return "Open account number " + std::to_string(op.first_number) + ".";
    return "Open accounts number " + std::to_string(op.first_number) + " to " +
           std::to_string(op.first_number + op.count - 1) + ".";
  }
  std::string operator()(const Issue& op) const {
    return "Issue " + money(op.asset, op.amount) + " to account " + account(op.credit) + ".";
  }
  std::string operator()(const Redeem& op) const {
    return "Redeem " + money(op.asset, op.amount) + " from account " + account(op.debit) + ".";
  }
  std::string operator()(const Transfer& op) const {
    std::string text = "Transfer " + money(op.asset, op.amount) + " from " + account(op.debit) +
                       " to " + account(op.credit);
    if (op.purpose != Purpose{}) text += ", purpose " + std::string(as_text(op.purpose));
    if (op.end_to_end != EndToEndId{}) text += ", end-to-end id " + to_hex(op.end_to_end);
    return text + ".";
  }
  std::string operator()(const BulkTransfer& op) const {
    std::string text =
        "Make " + counted(op.records.size() / kBulkRecordBytes, "transfer") + " at once, ";
    switch (op.mode) {
      case BulkMode::kIndependent:
        return text + "each for itself.";
      case BulkMode::kAllOrNothing:
        return text + "all or nothing.";
      case BulkMode::kLinked:
        return text + "linked records together or not at all.";
    }
    return text + "in an unknown mode.";
  }
  std::string operator()(const RegisterKey& op) const {
    return "Register the key " + short_hex(op.key.id().hex()) + ".";
  }
  std::string operator()(const RotateKey& op) const {
    return "Replace the key " + short_hex(op.old_key.hex()) + " by " +
           short_hex(op.new_key.id().hex()) + ".";
  }
  std::string operator()(const RevokeKey& op) const {
    return "Revoke the key " + short_hex(op.key.hex()) + " for ever.";
  }
  std::string operator()(const SetAccountAuthority& op) const {
    const std::string who = "Let account " + account(op.account) + " be debited by ";
    if (op.threshold == 0) return who + "any one active key of its owner.";
    return who + "any " + std::to_string(op.threshold) + " of " + counted(op.keys.size(), "key") +
           ".";
  }
  std::string operator()(const RegisterCertificate& op) const {
    return "Let the certificate " + short_hex(op.pin.hex()) + " call the API as " +
           std::string(role_name(op.role)) + ".";
  }
  std::string operator()(const RevokeCertificate& op) const {
    return "Shut the API to the certificate " + short_hex(op.pin.hex()) + ".";
  }
  std::string operator()(const ProposeChange& op) const {
    return "Propose to " + describe_change(op.change) + ", open until " +
           format_rfc3339(op.expires) + ".";
  }
  std::string operator()(const VoteOnProposal& op) const {
    return std::string(op.approve ? "Approve" : "Reject") + " proposal " +
           std::to_string(op.number) + ".";
  }
  std::string operator()(const WithdrawProposal& op) const {
    return "Withdraw proposal " + std::to_string(op.number) + ".";
  }

  // Operations of queued settlement.
  template <class Op>
  std::string operator()(const Op& op) const {
    return describe_payment(op, names_);
  }

 private:
  std::string account(const AccountId& id) const {
    return names_.account ? names_.account(id) : short_hex(id.hex());
  }
  std::string money(AssetId asset, Amount amount) const {
    if (names_.money) return names_.money(asset, amount);
    return amount.to_string(0) + " units of asset " + std::to_string(asset.value());
  }

  const Names& names_;
};

}  // namespace

std::string describe(const Operation& operation, const Names& names) {
  return std::visit(Sentence(names), operation);
}

std::string describe(const TransactionBody& body, const Names& names) {
  std::string text = describe(body.operation, names) + "\n";
  text += "Submitted by " +
          (names.participant ? names.participant(body.submitter)
                             : "participant " + std::to_string(body.submitter.value())) +
          ", signed by " + counted(body.signers.size(), "key") + ".\n";
  text += "Valid from " + format_rfc3339(body.valid_from) + " to " +
          format_rfc3339(body.valid_until) + ".\n";
  if (body.reference) {
    text +=
        "Reference " + body.reference->id + " of " + std::to_string(body.reference->date) + ".\n";
  }
  if (body.nonce) {
    text += "Number " + std::to_string(body.nonce->sequence) + " in lane " +
            std::to_string(body.nonce->lane) + " of its account.\n";
  }
  return text;
}

}  // namespace huangpu::ledger
