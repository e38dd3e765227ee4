// Proposals ↔ protobuf, the part of a body that body.cpp leaves to this file (SPEC L-12).
#pragma once

#include "crypto/base/result.hpp"
#include "ledger/types/transaction.hpp"

namespace huangpu::v1 {
class ProposeChange;
}

namespace huangpu::ledger {

void write_change(const ProposeChange& operation, v1::ProposeChange& message);
// kMalformed for what no canonical body holds.
[[nodiscard]] Result<ProposeChange> read_change(const v1::ProposeChange& message);

}  // namespace huangpu::ledger
