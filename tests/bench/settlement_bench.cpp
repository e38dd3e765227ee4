// How long resolution takes on one core, by number of queued items: building queues and descending
// to the greatest feasible set, without bookings and state root.
//
// Banks owe one another about what they are owed and hold a fraction of it: a gridlock that
// resolves in part. `slope` is the exponent of time over items from 1,000 to 1,000,000, fitted by
// least squares of the logarithms; 1 is linear.
#include <benchmark/benchmark.h>

#include <cmath>
#include <ctime>
#include <limits>
#include <random>

#include "ledger/settlement/resolution.hpp"

namespace huangpu::ledger::settlement {
namespace {

constexpr std::uint32_t kBanks = 50;

// `settle_share` of 1,000: how much of what a bank owes it holds.
Problem gridlock(std::uint32_t items, bool with_securities, std::uint32_t held_per_mille) {
  std::mt19937_64 random(items);
  struct Trade {
    std::uint32_t from;
    std::uint32_t to;
    std::int64_t cash;
    std::int64_t securities;
  };
  std::vector<Trade> trades;
  std::vector<std::int64_t> owed(kBanks * 2, 0);
  for (std::uint32_t i = 0; i < items; ++i) {
    Trade trade{static_cast<std::uint32_t>(random() % kBanks), 0,
                static_cast<std::int64_t>(1 + random() % 1'000'000), 0};
    trade.to = static_cast<std::uint32_t>((trade.from + 1 + random() % (kBanks - 1)) % kBanks);
    if (with_securities && i % 2 == 0)
      trade.securities = static_cast<std::int64_t>(1 + random() % 1000);
    owed[2 * trade.from] += trade.cash;
    owed[2 * trade.to + 1] += trade.securities;
    trades.push_back(trade);
  }
  Problem problem;
  for (const auto amount : owed)
    problem.add_position(Position{Sum{amount} * held_per_mille / 1000, 0, 0});
  for (const Trade& trade : trades) {
    const Leg legs[] = {{2 * trade.from, -trade.cash, kNone},
                        {2 * trade.to, trade.cash, kNone},
                        {2 * trade.to + 1, -trade.securities, kNone},
                        {2 * trade.from + 1, trade.securities, kNone}};
    problem.add_item(PriorityClass::kNormal, std::span(legs).first(trade.securities == 0 ? 2 : 4));
  }
  return problem;
}

void multilateral(benchmark::State& state) {
  const auto items = static_cast<std::uint32_t>(state.range(0));
  const Problem problem = gridlock(items, state.range(1) != 0, 5);
  std::size_t settled = 0;
  for (auto _ : state) {
    state.PauseTiming();
    Problem copy = problem;
    state.ResumeTiming();
    settled = settle_multilateral(copy).settled.size();
  }
  state.counters["settled"] = static_cast<double>(settled);
  state.SetItemsProcessed(static_cast<std::int64_t>(items) * state.iterations());
  state.SetComplexityN(items);
}
BENCHMARK(multilateral)
    ->ArgsProduct({{1'000, 5'000, 10'000, 100'000, 1'000'000}, {0, 1}})
    ->ArgNames({"items", "dvp"})
    ->Unit(benchmark::kMillisecond);

// All stages, as a block trigger runs them.
void whole_run(benchmark::State& state) {
  const auto items = static_cast<std::uint32_t>(state.range(0));
  const Problem problem = gridlock(items, true, 5);
  std::size_t settled = 0;
  for (auto _ : state) {
    state.PauseTiming();
    Problem copy = problem;
    state.ResumeTiming();
    settled = 0;
    for (const Batch& batch : run(copy).batches) settled += batch.settled.size();
  }
  state.counters["settled"] = static_cast<double>(settled);
  state.SetItemsProcessed(static_cast<std::int64_t>(items) * state.iterations());
}
BENCHMARK(whole_run)->Arg(5'000)->Arg(100'000)->ArgNames({"items"})->Unit(benchmark::kMillisecond);

// Processor time, so that other load on the machine does not bend the line.
double seconds_of_best(const Problem& problem, int repeats) {
  std::clock_t best = std::numeric_limits<std::clock_t>::max();
  for (int i = 0; i < repeats; ++i) {
    Problem copy = problem;
    const std::clock_t start = std::clock();
    benchmark::DoNotOptimize(settle_multilateral(copy));
    best = std::min(best, std::clock() - start);
  }
  return static_cast<double>(best) / CLOCKS_PER_SEC;
}

void slope(benchmark::State& state) {
  double fitted = 0;
  for (auto _ : state) {
    double n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
    for (std::uint32_t items = 1'000; items <= 1'000'000; items *= 10) {
      const double x = std::log(items);
      const double y =
          std::log(seconds_of_best(gridlock(items, true, 5), items < 100'000 ? 20 : 3));
      n += 1, sx += x, sy += y, sxx += x * x, sxy += x * y;
    }
    fitted = (n * sxy - sx * sy) / (n * sxx - sx * sx);
  }
  state.counters["slope"] = fitted;
}
BENCHMARK(slope)->Iterations(1)->Unit(benchmark::kSecond);

}  // namespace
}  // namespace huangpu::ledger::settlement

BENCHMARK_MAIN();
