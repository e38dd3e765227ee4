// Transactions in plain sentences, for people who are about to sign or have just read one.
#pragma once

#include <functional>
#include <string>

#include "ledger/types/transaction.hpp"

namespace huangpu::ledger {

// How to name things. Unset functions fall back to ids: "participant 3", "asset 2", shortened
// account ids.
struct Names {
  std::function<std::string(ParticipantId)> participant;
  std::function<std::string(const AccountId&)> account;
  // Amount with its currency, such as "12.50 CNY".
  std::function<std::string(AssetId, Amount)> money;
};

// One sentence, such as "Transfer 12.50 CNY from a1b2…c3d4 to 0f0e…9a9b, purpose SALA."
[[nodiscard]] std::string describe(const Operation& operation, const Names& names = {});

// Several lines: the operation, who submits, validity, reference, nonce, number of signers.
[[nodiscard]] std::string describe(const TransactionBody& body, const Names& names = {});

}  // namespace huangpu::ledger
