// Moves value between two accounts of one asset (SPEC L-100..L-102).
//
// Conserves the asset's supply. Refuses rather than clamps. A bulk transfer makes each of its
// records through the same two functions.
#pragma once

#include "ledger/rules/context.hpp"
#include "ledger/types/result_code.hpp"
#include "ledger/types/transaction.hpp"

namespace huangpu::ledger {

// The loaded slots of both sides and what is to move.
struct Movement {
  BalanceSlot& debit;
  BalanceSlot& credit;
  Amount amount;
  std::uint32_t record = 0;
  EndToEndId end_to_end{};
  Purpose purpose{};
};

// Checks in the fixed order of the SPEC, then posts both lines. Changes nothing unless it returns
// kSettled.
[[nodiscard]] ResultCode move(TxContext& context, const Movement& movement);

[[nodiscard]] ResultCode apply_transfer(TxContext& context, const Transfer& transfer);

}  // namespace huangpu::ledger
