#include "tests/sim/sim_state.hpp"

#include <algorithm>

namespace huangpu::sim {

bool SimState::Less::operator()(ByteView a, ByteView b) const {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
}

std::optional<Bytes> SimState::get(ByteView key) const {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return std::nullopt;
  return found->second;
}

void SimState::scan(ByteView prefix, const Visitor& visit) const {
  for (auto at = entries_.lower_bound(prefix); at != entries_.end(); ++at) {
    const ByteView key = at->first;
    if (key.size() < prefix.size() || !equal(key.first(prefix.size()), prefix)) return;
    if (!visit(key, at->second)) return;
  }
}

void SimState::commit(const ledger::StateDelta& delta) {
  for (const Bytes& prefix : delta.erased_aux_prefixes) {
    auto at = entries_.lower_bound(prefix);
    while (at != entries_.end() && at->first.size() >= prefix.size() &&
           std::equal(prefix.begin(), prefix.end(), at->first.begin())) {
      at = entries_.erase(at);
    }
  }
  for (const ledger::Change& change : delta.changes) {
    if (change.value) {
      entries_[change.key] = *change.value;
    } else {
      entries_.erase(change.key);
    }
  }
}

}  // namespace huangpu::sim
