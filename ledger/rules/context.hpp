// What an operation is given besides its own fields.
#pragma once

#include <cstdint>

#include "crypto/base/ids.hpp"
#include "ledger/rules/overlay.hpp"
#include "ledger/rules/rights.hpp"

namespace huangpu::ledger {

class GovernanceBook;

struct TxContext {
  Overlay& state;
  const Actor& actor;
  Height height;
  std::uint32_t index = 0;  // of the envelope in the block
  // Unique per envelope over the life of the overlay; never 0. Keys the cached judgement of
  // AccountSlot.
  std::uint64_t serial = 0;
  TimestampMs time;  // of the block
  GovernanceBook& governance;
};

}  // namespace huangpu::ledger
