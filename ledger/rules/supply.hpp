// Issue and redeem: the only two ways in which the supply of an asset changes (SPEC L-107, L-108).
#pragma once

#include "ledger/rules/context.hpp"
#include "ledger/types/result_code.hpp"
#include "ledger/types/transaction.hpp"

namespace huangpu::ledger {

[[nodiscard]] ResultCode apply_issue(TxContext& context, const Issue& issue);
[[nodiscard]] ResultCode apply_redeem(TxContext& context, const Redeem& redeem);

}  // namespace huangpu::ledger
