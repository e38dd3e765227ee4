// What happened, as a digest that is always kept and as text that is kept on demand.
//
// Two runs of one seed must give one digest. A failing run is repeated with text on: formatting
// every event of every run would cost more than the simulation.
#pragma once

#include <cstdint>
#include <cstring>
#include <deque>
#include <string>
#include <utility>

#include "crypto/base/bytes.hpp"
#include "tests/sim/scheduler.hpp"

namespace huangpu::sim {

class Trace {
 public:
  Trace(const Scheduler& scheduler, std::size_t lines_max)
      : scheduler_(scheduler), lines_max_(lines_max) {}

  // Anything that tells two runs apart.
  void mix(std::uint64_t value) { digest_ = (digest_ ^ value) * 0x9fb21c651e98df25ULL + 1; }
  void mix(ByteView bytes) {
    mix(bytes.size());
    std::uint64_t word = 0;
    for (; bytes.size() >= sizeof(word); bytes = bytes.subspan(sizeof(word))) {
      std::memcpy(&word, bytes.data(), sizeof(word));
      mix(word);
    }
    for (const std::uint8_t byte : bytes) mix(byte);
  }

  [[nodiscard]] bool wanted() const { return lines_max_ > 0; }
  // `make` returns the line; called only if lines are kept.
  template <class Make>
  void line(std::size_t node, Make&& make) {
    mix((scheduler_.now() << 8) | node);
    if (lines_max_ == 0) return;
    const std::string at = std::to_string(scheduler_.now());
    lines_.push_back(std::string(12 - std::min<std::size_t>(12, at.size()), ' ') + at + " us  " +
                     (node == kWorld ? std::string("--") : "n" + std::to_string(node)) + "  " +
                     std::forward<Make>(make)());
    if (lines_.size() > lines_max_) lines_.pop_front();
  }

  static constexpr std::size_t kWorld = 255;  // not a node's doing
  [[nodiscard]] std::uint64_t digest() const { return digest_ ^ scheduler_.now(); }
  [[nodiscard]] const std::deque<std::string>& lines() const { return lines_; }

 private:
  const Scheduler& scheduler_;
  const std::size_t lines_max_;
  std::uint64_t digest_ = 0;
  std::deque<std::string> lines_;
};

}  // namespace huangpu::sim
