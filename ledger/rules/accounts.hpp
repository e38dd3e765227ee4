// Opening accounts and changing who may debit them (SPEC L-109, L-110).
#pragma once

#include "ledger/rules/context.hpp"
#include "ledger/types/result_code.hpp"
#include "ledger/types/transaction.hpp"

namespace huangpu::ledger {

[[nodiscard]] ResultCode apply_open_accounts(TxContext& context, const OpenAccounts& open);
[[nodiscard]] ResultCode apply_set_account_authority(TxContext& context,
                                                     const SetAccountAuthority& authority);

}  // namespace huangpu::ledger
