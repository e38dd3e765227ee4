// What the engine lacks and asks for until it has it (SPEC C-141).
//
// Wants are declared anew in every step, between begin() and end(); one that is no longer declared
// is forgotten. So a request ends when its reason ends, and nothing has to be cancelled. First
// asked after a short delay, because named data usually arrives by itself, then with growing
// pauses.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>

#include "consensus/core/params.hpp"

namespace huangpu::consensus {

template <class Key>
class Wants {
 public:
  explicit Wants(const EngineTuning& tuning) : tuning_(tuning) {}

  void begin() { ++round_; }

  // Which attempt is due now (from 0), or nothing.
  std::optional<std::uint32_t> want(const Key& key, MonoMs now, std::uint32_t delay_ms) {
    auto [it, fresh] = entries_.try_emplace(key);
    Entry& entry = it->second;
    if (fresh) {
      entry.due = now + delay_ms;
      entry.pause = tuning_.fetch_retry_ms;
    }
    entry.round = round_;
    if (entry.due > now) return std::nullopt;
    entry.due = now + entry.pause;
    entry.pause = std::min(entry.pause + entry.pause / 2, tuning_.fetch_retry_max_ms);
    return entry.attempt++;
  }

  // The next want of this key asks at once: an answer came and more is needed.
  void hurry(const Key& key, MonoMs now) {
    const auto found = entries_.find(key);
    if (found == entries_.end()) return;
    found->second.due = now;
    found->second.pause = tuning_.fetch_retry_ms;
  }

  void end() {
    for (auto it = entries_.begin(); it != entries_.end();) {
      it = it->second.round == round_ ? std::next(it) : entries_.erase(it);
    }
  }

  [[nodiscard]] bool contains(const Key& key) const { return entries_.count(key) != 0; }
  [[nodiscard]] bool empty() const { return entries_.empty(); }
  [[nodiscard]] std::optional<MonoMs> due() const {
    std::optional<MonoMs> first;
    for (const auto& [key, entry] : entries_) {
      if (!first || entry.due < *first) first = entry.due;
    }
    return first;
  }

 private:
  struct Entry {
    MonoMs due{0};
    std::uint32_t pause{0};
    std::uint32_t attempt{0};
    std::uint64_t round{0};
  };
  const EngineTuning& tuning_;
  std::map<Key, Entry> entries_;
  std::uint64_t round_{0};
};

}  // namespace huangpu::consensus
