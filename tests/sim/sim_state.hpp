// The state store of a simulated node: an ordered map that can be copied. One thread.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "ledger/state/delta.hpp"
#include "ledger/state/reader.hpp"
#include "ledger/state/tree.hpp"

namespace huangpu::sim {

class SimState final : public ledger::StateReader {
 public:
  [[nodiscard]] std::optional<Bytes> get(ByteView key) const override;
  void scan(ByteView prefix, const Visitor& visit) const override;

  void commit(const ledger::StateDelta& delta);

  // What the state tree holds of this state.
  [[nodiscard]] std::vector<ledger::LeafChange> leaves(crypto::SuiteId suite) const;

 private:
  struct Less {
    using is_transparent = void;
    bool operator()(ByteView a, ByteView b) const;
  };
  std::map<Bytes, Bytes, Less> entries_;
};

}  // namespace huangpu::sim
