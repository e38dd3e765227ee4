// Many transfers under one signature: independent, all or nothing, or linked chains (SPEC
// L-103..L-106).
#pragma once

#include <span>

#include "ledger/rules/context.hpp"
#include "ledger/types/result_code.hpp"
#include "ledger/types/transaction.hpp"

namespace huangpu::ledger {

// The balance slots of a bulk, two per record (debit, credit), in record order: found when the
// block's entries are touched, so that the loop over the records looks nothing up.
using BulkSlots = std::span<BalanceSlot* const>;

// `slots` are loaded. Writes one code per record and returns the envelope's code: kSettled,
// kPartlySettled or kNoneSettled, or for all-or-nothing the code of the record that stopped it.
[[nodiscard]] ResultCode apply_bulk_transfer(TxContext& context, const BulkTransfer& bulk,
                                             BulkSlots slots, Bytes& record_codes);

}  // namespace huangpu::ledger
