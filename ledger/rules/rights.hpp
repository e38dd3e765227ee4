// Rights on chain: the one function that decides who may do what (SPEC L-25).
//
// Roles come from genesis, issue and redeem belong to the asset's issuer, debits to the account's
// authority, keys and certificates to the participant's management threshold. Licences that later
// narrow or widen rights are added here and nowhere else.
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "crypto/sign/public_key.hpp"
#include "ledger/types/ids.hpp"
#include "ledger/types/result_code.hpp"
#include "ledger/types/role.hpp"
#include "ledger/types/state_value.hpp"

namespace huangpu::ledger {

// A registered, active key that signed the envelope.
struct SigningKey {
  crypto::KeyId id;
  crypto::KeyId seat;
  ParticipantId participant;
};

// Who acts: the submitter and everybody who signed.
struct Actor {
  ParticipantId participant;
  RoleSet roles;
  std::uint16_t management_threshold = 1;
  std::vector<SigningKey> signers;
  // A signer that is not registered: only the key that the operation itself introduces.
  std::optional<crypto::KeyId> introduced;
};

struct HoldAccounts {};  // open accounts, use nonce lanes
struct IssueAsset {
  const AssetValue& asset;
};
struct RedeemAsset {
  const AssetValue& asset;
  const AccountValue& account;
};
struct DebitAccount {
  const AccountValue& account;
};
struct ChangeAuthority {
  const AccountValue& account;
};
struct ManageKeys {};  // revoke
struct IntroduceKey {  // register
  const crypto::KeyId& key;
};
struct ReplaceKey {  // rotate
  const crypto::KeyId& old_key;
  const crypto::KeyId& new_key;
};
struct ManageCertificates {};
struct OperateSystem {};  // resolve queues on demand
struct Govern {};         // propose, vote, withdraw

using Act =
    std::variant<HoldAccounts, IssueAsset, RedeemAsset, DebitAccount, ChangeAuthority, ManageKeys,
                 IntroduceKey, ReplaceKey, ManageCertificates, Govern, OperateSystem>;

// kSettled when the actor may, otherwise the first right that is missing, in the order of the SPEC.
[[nodiscard]] ResultCode check_right(const Actor& actor, const Act& act);

}  // namespace huangpu::ledger
