// The part of an explanation that depends on the operation; used by explain.cpp only.
#pragma once

#include <optional>
#include <string>

#include "tools/wallet/offline/explain.hpp"

namespace huangpu::tools {

struct OperationView {
  const ledger::Genesis& genesis;
  const Directory& names;
  const ledger::TransactionBody& body;
  std::size_t transfers_max;
};

// Fills `what` and adds to `warnings`.
void explain_operation(const OperationView& view, Explanation& out);

// Whose key it is in the genesis document. Keys that were registered later are not in it.
[[nodiscard]] std::optional<ledger::ParticipantId> owner_at_genesis(const ledger::Genesis& genesis,
                                                                    const crypto::KeyId& key);
// "<id> (BANKA's at genesis)"
[[nodiscard]] std::string key_text(const ledger::Genesis& genesis, const Directory& names,
                                   const crypto::KeyId& key);
// "BANKA, Bank A (participant 101)"
[[nodiscard]] std::string participant_text(const ledger::Genesis& genesis, const Directory& names,
                                           ledger::ParticipantId id);

}  // namespace huangpu::tools
