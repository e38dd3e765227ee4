#include "ledger/rules/rights.hpp"

#include <algorithm>

namespace huangpu::ledger {
namespace {

constexpr ResultCode kAllowed = ResultCode::kSettled;

bool signed_by(const Actor& actor, const crypto::KeyId& key) {
  return std::ranges::find(actor.signers, key, &SigningKey::id) != actor.signers.end();
}

bool possession_proven(const Actor& actor, const crypto::KeyId& key) {
  return actor.introduced == key || signed_by(actor, key);
}

// SPEC L-26. Signers are distinct keys and a rotated key no longer signs, so each seat is counted
// once.
bool meets_authority(const Actor& actor, const AccountValue& account) {
  if (account.threshold == 0) {
    return std::ranges::find(actor.signers, account.owner, &SigningKey::participant) !=
           actor.signers.end();
  }
  const auto seated = std::ranges::count_if(actor.signers, [&account](const SigningKey& key) {
    return std::ranges::binary_search(account.seats, key.seat);
  });
  return seated >= account.threshold;
}

bool meets_management(const Actor& actor) {
  const auto own = std::ranges::count(actor.signers, actor.participant, &SigningKey::participant);
  return own >= actor.management_threshold;
}

bool holds_accounts(const Actor& actor) {
  return actor.roles.has(Role::kParticipant) || actor.roles.has(Role::kIssuer);
}

struct Judge {
  const Actor& actor;

  ResultCode operator()(const HoldAccounts&) const {
    return holds_accounts(actor) ? kAllowed : ResultCode::kRoleMissing;
  }
  ResultCode operator()(const IssueAsset& act) const {
    if (!actor.roles.has(Role::kIssuer)) return ResultCode::kRoleMissing;
    return act.asset.issuer == actor.participant ? kAllowed : ResultCode::kNotTheIssuer;
  }
  ResultCode operator()(const RedeemAsset& act) const {
    if (const auto code = (*this)(IssueAsset{act.asset}); code != kAllowed) return code;
    return meets_authority(actor, act.account) ? kAllowed : ResultCode::kAuthorityMissing;
  }
  ResultCode operator()(const DebitAccount& act) const {
    if (!holds_accounts(actor)) return ResultCode::kRoleMissing;
    return meets_authority(actor, act.account) ? kAllowed : ResultCode::kAuthorityMissing;
  }
  ResultCode operator()(const ChangeAuthority& act) const {
    if (!holds_accounts(actor)) return ResultCode::kRoleMissing;
    if (act.account.owner != actor.participant) return ResultCode::kNotTheOwner;
    return meets_authority(actor, act.account) ? kAllowed : ResultCode::kAuthorityMissing;
  }
  ResultCode operator()(const ManageKeys&) const {
    return meets_management(actor) ? kAllowed : ResultCode::kManagementThresholdNotMet;
  }
  ResultCode operator()(const IntroduceKey& act) const {
    if (!meets_management(actor)) return ResultCode::kManagementThresholdNotMet;
    return possession_proven(actor, act.key) ? kAllowed : ResultCode::kPossessionNotProven;
  }
  ResultCode operator()(const ReplaceKey& act) const {
    // A seat is handed on by the key that sits on it and by nobody else; otherwise one key of a
    // participant could take over the others' places in an m-of-n authority.
    if (!signed_by(actor, act.old_key)) return ResultCode::kPossessionNotProven;
    return possession_proven(actor, act.new_key) ? kAllowed : ResultCode::kPossessionNotProven;
  }
  ResultCode operator()(const OperateSystem&) const {
    return actor.roles.has(Role::kOperator) ? kAllowed : ResultCode::kRoleMissing;
  }
  ResultCode operator()(const ManageCertificates&) const {
    return meets_management(actor) ? kAllowed : ResultCode::kManagementThresholdNotMet;
  }
  ResultCode operator()(const Govern&) const {
    if (!actor.roles.has(Role::kGovernor)) return ResultCode::kRoleMissing;
    return meets_management(actor) ? kAllowed : ResultCode::kManagementThresholdNotMet;
  }
};

}  // namespace

ResultCode check_right(const Actor& actor, const Act& act) { return std::visit(Judge{actor}, act); }

}  // namespace huangpu::ledger
