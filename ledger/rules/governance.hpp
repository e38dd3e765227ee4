// Proposing, voting and withdrawing (SPEC L-116..L-118).
#pragma once

#include "ledger/rules/context.hpp"
#include "ledger/types/result_code.hpp"
#include "ledger/types/transaction.hpp"

namespace huangpu::ledger {

[[nodiscard]] ResultCode apply_propose_change(TxContext& context, const ProposeChange& operation);
[[nodiscard]] ResultCode apply_vote(TxContext& context, const VoteOnProposal& operation);
[[nodiscard]] ResultCode apply_withdraw(TxContext& context, const WithdrawProposal& operation);

// The settings that accepting `change` on top of `base` would make, if it may follow `predecessor`
// in one epoch. What a proposal is judged by when it is made, when it is accepted, and by whoever
// simulates it.
[[nodiscard]] ChangeOutcome judge_change(const EpochSettings& predecessor,
                                         const EpochSettings& base, const GovernanceChange& change);

}  // namespace huangpu::ledger
