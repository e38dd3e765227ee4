// A hash map from byte strings that is looked up by view, without making a key.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/hash/hash.h>

#include <cstddef>

#include "crypto/base/bytes.hpp"

namespace huangpu::ledger {

struct BytesHash {
  using is_transparent = void;
  std::size_t operator()(ByteView bytes) const { return absl::HashOf(as_text(bytes)); }
};

struct BytesEqual {
  using is_transparent = void;
  bool operator()(ByteView a, ByteView b) const { return equal(a, b); }
};

template <class Value>
using BytesMap = absl::flat_hash_map<Bytes, Value, BytesHash, BytesEqual>;

}  // namespace huangpu::ledger
