#include "ledger/state/delta.hpp"

#include <cstddef>

#include "ledger/state/reader.hpp"

namespace huangpu::ledger {

Status check_delta(const StateDelta& delta) {
  for (std::size_t i = 0; i < delta.changes.size(); ++i) {
    const Bytes& key = delta.changes[i].key;
    if (key.empty()) return fail(Errc::kInvalidArgument, "state delta: empty key");
    if (i > 0 && !less(delta.changes[i - 1].key, key)) {
      return fail(Errc::kInvalidArgument,
                  "state delta: keys are not strictly ascending at " + to_hex(key));
    }
  }
  for (const Bytes& prefix : delta.erased_aux_prefixes) {
    if (prefix.empty() || is_tree_key(prefix)) {
      return fail(
          Errc::kInvalidArgument,
          "state delta: only auxiliary entries are erased by prefix, not " + to_hex(prefix));
    }
  }
  return {};
}

}  // namespace huangpu::ledger
