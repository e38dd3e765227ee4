// The counters every module speaks of. Ids of accounts, assets and transactions belong to the
// ledger.
#pragma once

#include <cstdint>

#include "crypto/base/strong.hpp"

namespace huangpu {

// Height of a finalized block; genesis is 0, the first block is 1.
using Height = Strong<struct HeightTag, std::uint64_t>;

// Attempt of a leader within an epoch; starts at 1 in each epoch.
using View = Strong<struct ViewTag, std::uint64_t>;

// Period with one validator set and one set of consensus parameters.
using Epoch = Strong<struct EpochTag, std::uint64_t>;

// Place of a validator in the epoch's set, 0-based.
using ValidatorIndex = Strong<struct ValidatorIndexTag, std::uint16_t>;

// Place of a batch in its owner's lane, 1-based; 0 means "nothing yet".
using LanePosition = Strong<struct LanePositionTag, std::uint64_t>;

// Milliseconds since 1970-01-01T00:00:00Z, no leap seconds.
using TimestampMs = Strong<struct TimestampMsTag, std::uint64_t>;

}  // namespace huangpu
