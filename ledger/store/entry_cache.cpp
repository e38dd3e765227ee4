#include "ledger/store/entry_cache.hpp"

#include <utility>

namespace huangpu::ledger {
namespace {

// Slot, hash table entry and the two heap blocks' own overhead, roughly.
constexpr std::uint64_t kEntryOverheadBytes = 128;

}  // namespace

std::uint64_t EntryCache::charge(const Slot& slot) {
  return kEntryOverheadBytes + slot.key.size() + (slot.value ? slot.value->size() : 0);
}

const std::optional<Bytes>* EntryCache::find(ByteView key) {
  const auto it = places_.find(as_text(key));
  if (it == places_.end()) return nullptr;
  Slot& slot = slots_[it->second];
  slot.used = true;
  return &slot.value;
}

void EntryCache::put(ByteView key, std::optional<Bytes> value) {
  if (const auto it = places_.find(as_text(key)); it != places_.end()) {
    Slot& slot = slots_[it->second];
    bytes_ -= charge(slot);
    slot.value = std::move(value);
    slot.used = true;
    bytes_ += charge(slot);
  } else {
    std::uint32_t place;
    if (free_.empty()) {
      place = static_cast<std::uint32_t>(slots_.size());
      slots_.emplace_back();
    } else {
      place = free_.back();
      free_.pop_back();
    }
    Slot& slot = slots_[place];
    slot = {to_bytes(key), std::move(value), false};
    places_.emplace(as_text(slot.key), place);
    bytes_ += charge(slot);
  }
  evict();
}

void EntryCache::evict() {
  // Every pass over the ring clears the used marks, so at most two passes free something.
  while (bytes_ > bytes_max_ && places_.size() > 1) {
    if (hand_ >= slots_.size()) hand_ = 0;
    Slot& slot = slots_[hand_];
    if (!slot.key.empty()) {
      if (slot.used) {
        slot.used = false;
      } else {
        bytes_ -= charge(slot);
        places_.erase(as_text(slot.key));
        slot = {};
        free_.push_back(static_cast<std::uint32_t>(hand_));
      }
    }
    ++hand_;
  }
}

}  // namespace huangpu::ledger
