#include "tests/sim/sim_state.hpp"

#include <algorithm>

#include "ledger/types/state_key.hpp"

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

std::vector<ledger::LeafChange> SimState::leaves(crypto::SuiteId suite) const {
  std::vector<ledger::LeafChange> found;
  for (const auto& [key, value] : entries_) {
    if (ledger::is_tree_key(key)) found.push_back(ledger::leaf_change(suite, key, value));
  }
  return found;
}

}  // namespace huangpu::sim
