// Quorums as the checkers compute them: of total weight W at most f = floor((W - 1) / 3) may
// misbehave, and W - f is a quorum.
#pragma once

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

namespace huangpu::sim {

class Weights {
 public:
  explicit Weights(std::vector<std::uint64_t> weights)
      : weights_(std::move(weights)),
        total_(std::accumulate(weights_.begin(), weights_.end(), std::uint64_t{0})) {}

  [[nodiscard]] std::size_t size() const { return weights_.size(); }
  [[nodiscard]] std::uint64_t of(std::size_t index) const { return weights_.at(index); }
  [[nodiscard]] std::uint64_t faulty_max() const { return (total_ - 1) / 3; }
  [[nodiscard]] std::uint64_t quorum() const { return total_ - faulty_max(); }
  // `members` holds indexes, each once.
  template <class Set>
  [[nodiscard]] bool reached(const Set& members) const {
    std::uint64_t sum = 0;
    for (const auto& each : members) sum += weights_.at(static_cast<std::size_t>(each));
    return sum >= quorum();
  }

 private:
  std::vector<std::uint64_t> weights_;
  std::uint64_t total_;
};

}  // namespace huangpu::sim
