// Paired measurements for benchmarks: our call and the library's own, in turns of some milliseconds
// of processor time each, so that a noisy machine disturbs both alike. The best turn of each
// counts.
#pragma once

#include <benchmark/benchmark.h>
#include <time.h>

#include <algorithm>

namespace huangpu::bench {

inline double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// Calls per second of processor time, over `calls` calls.
template <class Call>
double rate(int calls, Call call) {
  const double begin = thread_seconds();
  for (int i = 0; i < calls; ++i) call();
  return calls / (thread_seconds() - begin);
}

// One iteration of the benchmark is one turn of each. Counters: ours_per_s, library_per_s and their
// quotient, `share` (1 = as fast as the library).
template <class Ours, class Library>
void compare(benchmark::State& state, int calls, Ours ours, Library library) {
  double best_ours = 0;
  double best_library = 0;
  for (auto _ : state) {
    best_ours = std::max(best_ours, rate(calls, ours));
    best_library = std::max(best_library, rate(calls, library));
  }
  state.counters["ours_per_s"] = best_ours;
  state.counters["library_per_s"] = best_library;
  state.counters["share"] = best_ours / best_library;
}

}  // namespace huangpu::bench
