// What the chain knows about a participant's keys, proven (SPEC W-60).
#pragma once

#include <map>

#include "crypto/base/ids.hpp"
#include "crypto/base/result.hpp"
#include "ledger/types/state_value.hpp"
#include "tools/wallet/session.hpp"

namespace huangpu::tools {

struct ChainKeys {
  Height height{0};
  std::map<crypto::KeyId, ledger::KeyValue> keys;
};

// All keys that this wallet's participant ever registered. Each entry is proven against genesis,
// and so is that no active one was left out: their number stands in the participant's own entry.
// Before the first block they are those of the genesis document. kDiverged when a node's answer
// does not hold.
[[nodiscard]] Result<ChainKeys> chain_keys(Session& session);

// "active", "rotated", "revoked"; "not registered" for a key that is not in the list.
[[nodiscard]] std::string status_on_chain(const ChainKeys& chain, const crypto::KeyId& key);

}  // namespace huangpu::tools
