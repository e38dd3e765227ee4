// Random numbers of a simulation: one seed, split by name into independent streams, so that more
// draws in one place do not change what another place sees.
#pragma once

#include <cstdint>
#include <string_view>

namespace huangpu::sim {

// splitmix64: equal on every machine, unlike the distributions of the standard library.
class Random {
 public:
  Random(std::uint64_t seed, std::string_view stream) : state_(seed * 0x9e3779b97f4a7c15ULL) {
    for (const char letter : stream) {
      state_ = (state_ ^ static_cast<unsigned char>(letter)) * 0x100000001b3ULL;
    }
    static_cast<void>(next());
  }

  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  // 0 .. bound - 1; 0 for a bound of 0. The bias is far below what a simulation could notice.
  std::uint64_t below(std::uint64_t bound) { return bound == 0 ? 0 : next() % bound; }
  // Both ends included.
  std::uint64_t between(std::uint64_t low, std::uint64_t high) {
    return low + below(high - low + 1);
  }
  bool chance(std::uint64_t per_mille) { return per_mille > 0 && below(1'000) < per_mille; }

 private:
  std::uint64_t state_;
};

}  // namespace huangpu::sim
