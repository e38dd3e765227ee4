// The state in memory: what a replay executes on. Bounded by the state itself.
//
// One thread.
#pragma once

#include <absl/container/btree_map.h>

#include "ledger/state/delta.hpp"
#include "ledger/state/reader.hpp"
#include "ledger/store/bytes_map.hpp"

namespace huangpu::tools {

class StateMap final : public ledger::StateReader {
 public:
  [[nodiscard]] std::optional<Bytes> get(ByteView key) const override;
  void scan(ByteView prefix, const Visitor& visit) const override;

  void commit(ledger::StateDelta delta);

  // Every entry once, in any order.
  void for_each(const std::function<void(ByteView key, ByteView value)>& visit) const;
  [[nodiscard]] std::size_t size() const { return leaves_.size() + auxiliary_.size(); }

 private:
  // Leaves are only looked up; auxiliary entries are scanned and dropped by prefix.
  ledger::BytesMap<Bytes> leaves_;
  absl::btree_map<Bytes, Bytes> auxiliary_;
};

}  // namespace huangpu::tools
