// What a transaction moves and whom it concerns, read from its body and receipt (SPEC N-222). Pure.
#pragma once

#include <vector>

#include "ledger/types/receipt.hpp"
#include "ledger/types/transaction.hpp"
#include "node/api/answers.hpp"

namespace huangpu::node {

// Every movement the body asks for, with the code the receipt gives it.
[[nodiscard]] std::vector<Movement> movements_of(const ledger::TransactionBody& body,
                                                 const ledger::Receipt& receipt);

// Accounts a body names outside of movements.
[[nodiscard]] std::vector<ledger::AccountId> other_accounts_of(const ledger::TransactionBody& body);

}  // namespace huangpu::node
