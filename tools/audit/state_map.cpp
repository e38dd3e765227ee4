#include "tools/audit/state_map.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace huangpu::tools {
namespace {

bool starts_with(ByteView key, ByteView prefix) {
  return key.size() >= prefix.size() && equal(key.first(prefix.size()), prefix);
}

}  // namespace

std::optional<Bytes> StateMap::get(ByteView key) const {
  if (ledger::is_tree_key(key)) {
    const auto found = leaves_.find(key);
    return found == leaves_.end() ? std::nullopt : std::optional(found->second);
  }
  const auto found = auxiliary_.find(to_bytes(key));
  return found == auxiliary_.end() ? std::nullopt : std::optional(found->second);
}

void StateMap::scan(ByteView prefix, const Visitor& visit) const {
  if (!ledger::is_tree_key(prefix)) {
    for (auto at = auxiliary_.lower_bound(to_bytes(prefix));
         at != auxiliary_.end() && starts_with(at->first, prefix); ++at) {
      if (!visit(at->first, at->second)) return;
    }
    return;
  }
  std::map<Bytes, const Bytes*> sorted;
  // any order: `sorted` puts them into the order of keys.
  for (const auto& [key, value] : leaves_) {
    if (starts_with(key, prefix)) sorted.emplace(key, &value);
  }
  for (const auto& [key, value] : sorted) {
    if (!visit(key, *value)) return;
  }
}

void StateMap::commit(ledger::StateDelta delta) {
  for (const Bytes& prefix : delta.erased_aux_prefixes) {
    const auto first = auxiliary_.lower_bound(prefix);
    auto last = first;
    while (last != auxiliary_.end() && starts_with(last->first, prefix)) ++last;
    auxiliary_.erase(first, last);
  }
  const auto apply = [](auto& entries, ledger::Change& change) {
    if (change.value) {
      entries.insert_or_assign(std::move(change.key), std::move(*change.value));
    } else {
      entries.erase(change.key);
    }
  };
  for (ledger::Change& change : delta.changes) {
    if (ledger::is_tree_key(change.key)) {
      apply(leaves_, change);
    } else {
      apply(auxiliary_, change);
    }
  }
}

void StateMap::for_each(const std::function<void(ByteView key, ByteView value)>& visit) const {
  // any order: promised by the header.
  for (const auto& [key, value] : leaves_) visit(key, value);
  for (const auto& [key, value] : auxiliary_) visit(key, value);
}

}  // namespace huangpu::tools
