// The state store of a simulated node: an ordered map. It lives as long as the process; a restart
// executes the stored blocks again, as a node does whose derived store was lost.
#pragma once

#include <map>
#include <optional>

#include "ledger/state/delta.hpp"
#include "ledger/state/reader.hpp"

namespace huangpu::sim {

class SimState final : public ledger::StateReader {
 public:
  [[nodiscard]] std::optional<Bytes> get(ByteView key) const override;
  void scan(ByteView prefix, const Visitor& visit) const override;

  void commit(const ledger::StateDelta& delta);

 private:
  struct Less {
    using is_transparent = void;
    bool operator()(ByteView a, ByteView b) const;
  };
  std::map<Bytes, Bytes, Less> entries_;
};

}  // namespace huangpu::sim
