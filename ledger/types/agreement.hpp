// Operations of settlements that several parties agree on over time: any number of legs, which all
// settle in one block or never (SPEC Q-110..Q-119).
#pragma once

#include <vector>

#include "crypto/base/amount.hpp"
#include "crypto/base/ids.hpp"
#include "ledger/types/bulk_record.hpp"
#include "ledger/types/ids.hpp"

namespace huangpu::ledger {

struct SettlementLeg {
  AccountId debit;
  AccountId credit;
  AssetId asset;
  Amount amount;
  friend bool operator==(const SettlementLeg&, const SettlementLeg&) = default;
};

// Opens a settlement under the id of its transaction. Whatever of the approvals its signatures can
// give, they give at once.
struct ProposeSettlement {
  TimestampMs expires;             // the last block time at which it may settle
  bool receivers_approve = false;  // the accounts that are credited must approve too
  std::vector<SettlementLeg> legs;
  EndToEndId end_to_end{};
  Purpose purpose{};
  friend bool operator==(const ProposeSettlement&, const ProposeSettlement&) = default;
};

// For every account of the settlement whose authority the signatures meet.
struct ApproveSettlement {
  TxId settlement;
  friend bool operator==(const ApproveSettlement&, const ApproveSettlement&) = default;
};

// Takes such approvals back, as long as others are missing.
struct WithdrawApproval {
  TxId settlement;
  friend bool operator==(const WithdrawApproval&, const WithdrawApproval&) = default;
};

// Ends it, as long as approvals are missing. By the proposer or any party.
struct CancelSettlement {
  TxId settlement;
  friend bool operator==(const CancelSettlement&, const CancelSettlement&) = default;
};

}  // namespace huangpu::ledger
