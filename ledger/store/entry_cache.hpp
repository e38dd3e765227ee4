// A bounded cache of state entries in front of RocksDB, absent entries included (SPEC S-38).
//
// Replacement is CLOCK: an entry that was used since the hand last came by gets another round.
// Holds whole values, because execution reads the same hot accounts block after block.
//
// Thread: the executor's alone.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "crypto/base/bytes.hpp"

namespace huangpu::ledger {

class EntryCache {
 public:
  explicit EntryCache(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}

  // The cached value (nothing inside = known to be absent), or null when the cache does not know.
  // Valid until the next put.
  [[nodiscard]] const std::optional<Bytes>* find(ByteView key);
  [[nodiscard]] bool contains(ByteView key) const { return places_.contains(as_text(key)); }

  void put(ByteView key, std::optional<Bytes> value);

  [[nodiscard]] std::uint64_t entries() const { return places_.size(); }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  struct Slot {
    Bytes key;  // empty: the slot is free
    std::optional<Bytes> value;
    bool used = false;
  };

  [[nodiscard]] static std::uint64_t charge(const Slot& slot);
  void evict();

  std::uint64_t bytes_max_;
  std::uint64_t bytes_ = 0;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  // Keys view the slots' own bytes, which stay in place when a slot moves.
  absl::flat_hash_map<std::string_view, std::uint32_t> places_;
  std::size_t hand_ = 0;
};

}  // namespace huangpu::ledger
