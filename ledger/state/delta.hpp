// What one block changes in the state (SPEC T-3).
//
// A value object: execution builds it, the state tree and the state store apply it.
#pragma once

#include <optional>
#include <vector>

#include "crypto/base/bytes.hpp"
#include "crypto/base/result.hpp"

namespace huangpu::ledger {

struct Change {
  Bytes key;
  std::optional<Bytes> value;  // nothing = the entry is deleted

  friend bool operator==(const Change&, const Change&) = default;
};

struct StateDelta {
  // Strictly ascending by key (byte order): at most one change per key.
  std::vector<Change> changes;

  // Auxiliary entries that start with one of these prefixes are dropped before `changes` are
  // applied; this is how an expired bucket goes without naming each entry. Each prefix begins with
  // an auxiliary tag.
  std::vector<Bytes> erased_aux_prefixes;

  friend bool operator==(const StateDelta&, const StateDelta&) = default;
};

// Refuses (kInvalidArgument) empty keys, an order that is not strictly ascending, and a prefix
// whose tag is not auxiliary.
[[nodiscard]] Status check_delta(const StateDelta& delta);

}  // namespace huangpu::ledger
