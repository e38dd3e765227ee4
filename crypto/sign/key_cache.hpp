// KeyCache: the most recently used objects that were costly to prepare from a key, bounded. One
// thread; what it returns lives until the next call of get().
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <unordered_map>
#include <utility>

#include "crypto/base/assert.hpp"

namespace huangpu::crypto {

template <class Key, class Value, class Hash>
class KeyCache {
 public:
  // entries_max >= 1.
  explicit KeyCache(std::size_t entries_max) : entries_max_(entries_max) {
    HP_ASSERT(entries_max >= 1, "a cache has room for one entry at least");
  }

  // The value of the key; prepare() makes it, as a std::unique_ptr<Value>, when it is not there.
  // The entry that was not used for the longest time gives way.
  template <class Prepare>
  [[nodiscard]] Value& get(const Key& key, Prepare prepare) {
    if (const auto found = places_.find(key); found != places_.end()) {
      entries_.splice(entries_.begin(), entries_, found->second);
      return *found->second->second;
    }
    std::unique_ptr<Value> value = prepare();
    if (entries_.size() == entries_max_) {
      places_.erase(entries_.back().first);
      entries_.pop_back();
    }
    entries_.emplace_front(key, std::move(value));
    places_.emplace(key, entries_.begin());
    return *entries_.front().second;
  }

  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

 private:
  using Entries = std::list<std::pair<Key, std::unique_ptr<Value>>>;

  std::size_t entries_max_;
  Entries entries_;  // most recently used first
  std::unordered_map<Key, typename Entries::iterator, Hash> places_;
};

}  // namespace huangpu::crypto
