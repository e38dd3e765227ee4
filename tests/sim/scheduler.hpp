// Virtual time: what happens next, in the order of (time, sequence). One thread, no real clock.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace huangpu::sim {

using Micros = std::uint64_t;
inline constexpr Micros kMillisecond = 1'000;
inline constexpr Micros kSecond = 1'000'000;

class Scheduler {
 public:
  using Job = std::function<void()>;

  [[nodiscard]] Micros now() const { return now_; }
  [[nodiscard]] std::uint64_t jobs_run() const { return jobs_run_; }
  // Jobs run without time having passed: a growing number means that something spins.
  [[nodiscard]] std::uint64_t jobs_at_this_instant() const { return at_this_instant_; }

  void after(Micros delay, Job job) {
    heap_.push_back({now_ + delay, sequence_++, std::move(job)});
    std::push_heap(heap_.begin(), heap_.end());
  }

  // Runs the next job. False if none is due up to `end`; the time is then `end`.
  bool run_one(Micros end) {
    if (heap_.empty() || heap_.front().at > end) {
      if (now_ < end) at_this_instant_ = 0;
      now_ = std::max(now_, end);
      return false;
    }
    std::pop_heap(heap_.begin(), heap_.end());
    Entry entry = std::move(heap_.back());
    heap_.pop_back();
    at_this_instant_ = entry.at == now_ ? at_this_instant_ + 1 : 0;
    now_ = entry.at;
    ++jobs_run_;
    entry.job();
    return true;
  }

 private:
  struct Entry {
    Micros at;
    std::uint64_t sequence;
    Job job;
    // The heap keeps the greatest in front: the earliest.
    bool operator<(const Entry& other) const {
      return at != other.at ? at > other.at : sequence > other.sequence;
    }
  };
  std::vector<Entry> heap_;
  Micros now_ = 0;
  std::uint64_t sequence_ = 0;
  std::uint64_t jobs_run_ = 0;
  std::uint64_t at_this_instant_ = 0;
};

}  // namespace huangpu::sim
