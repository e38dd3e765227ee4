// huangpu-sim: runs seeds of the deterministic simulation (tests/sim/README.md).
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <optional>
#include <string>

#include "crypto/suite.hpp"
#include "tests/sim/seed_run.hpp"
#include "tests/support/test_suite.hpp"

namespace {

using namespace huangpu;

constexpr std::size_t kTraceLines = 400;

constexpr const char* kUsage =
    "usage: huangpu-sim [--seeds N] [--from K] [--seconds T]   run seeds K, K+1, ...\n"
    "       huangpu-sim --seed S [--trace]                     run one seed, with its events\n"
    "--suite ed25519 or sm2: the algorithms of the simulated chain.\n"
    "Without --from the first seed comes from the clock and is printed. Exit code 1: a rule was\n"
    "violated; the line printed replays it.\n";

struct Options {
  std::optional<std::uint64_t> seed;
  std::optional<std::uint64_t> from;
  std::optional<std::uint64_t> seeds;
  std::optional<std::uint64_t> seconds;
  bool trace = false;
};

std::optional<Options> parse(int argc, char** argv) {
  Options options;
  const std::map<std::string, std::optional<std::uint64_t>*> numbers = {
      {"--seed", &options.seed},
      {"--from", &options.from},
      {"--seeds", &options.seeds},
      {"--seconds", &options.seconds}};
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--suite" && i + 1 < argc) {
      // Worlds ask for it when they are made.
      if (!crypto::parse_suite_option(argv[++i])) return std::nullopt;
      if (setenv("HP_TEST_SUITE", argv[i], 1) != 0) return std::nullopt;
      continue;
    }
    if (name == "--trace") {
      options.trace = true;
      continue;
    }
    const auto found = numbers.find(name);
    if (found == numbers.end() || i + 1 == argc) return std::nullopt;
    const char* text = argv[++i];
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text, text + std::strlen(text), value);
    if (error != std::errc{} || *end != '\0') return std::nullopt;
    *found->second = value;
  }
  return options;
}

void print_trace(const sim::SeedResult& result) {
  for (const std::string& line : result.trace) std::printf("%s\n", line.c_str());
}

// The run again, now with its events in words.
void report_failure(const sim::SeedResult& failed) {
  const sim::SeedResult again = sim::run_seed(failed.seed, kTraceLines);
  print_trace(again);
  for (const sim::Violation& each : failed.violations)
    std::printf("violated %s: %s\n", each.rule.c_str(), each.text.c_str());
  if (again.digest != failed.digest)
    std::printf("violated X1: the second run of this seed went another way\n");
  std::printf(
      "FAIL seed=%llu t_ms=%llu rule=%s digest=%016llx faults=%s replay: huangpu-sim --suite %s "
      "--seed %llu --trace\n",
      static_cast<unsigned long long>(failed.seed),
      static_cast<unsigned long long>(failed.simulated_ms), failed.violations.front().rule.c_str(),
      static_cast<unsigned long long>(failed.digest), failed.faults.c_str(),
      std::string(crypto::suite_name(test::test_suite())).c_str(),
      static_cast<unsigned long long>(failed.seed));
}

int run_one(const Options& options) {
  const sim::SeedResult result = sim::run_seed(*options.seed, options.trace ? kTraceLines : 0);
  print_trace(result);
  std::printf(
      "seed %llu: %llu blocks, %llu settled, %llu views nullified, %.1f s simulated, faults %s, "
      "digest %016llx\n",
      static_cast<unsigned long long>(result.seed), static_cast<unsigned long long>(result.blocks),
      static_cast<unsigned long long>(result.settled),
      static_cast<unsigned long long>(result.nullified_views),
      static_cast<double>(result.simulated_ms) / 1'000.0, result.faults.c_str(),
      static_cast<unsigned long long>(result.digest));
  for (const sim::Violation& each : result.violations)
    std::printf("violated %s: %s\n", each.rule.c_str(), each.text.c_str());
  return result.ok() ? 0 : 1;
}

int run_many(const Options& options) {
  using Clock = std::chrono::steady_clock;
  const std::uint64_t from = options.from.value_or(
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                     std::chrono::system_clock::now().time_since_epoch())
                                     .count()));
  const std::uint64_t seeds_max =
      options.seeds.value_or(options.seconds ? ~std::uint64_t{0} : std::uint64_t{100});
  std::printf("seeds from %llu\n", static_cast<unsigned long long>(from));
  std::fflush(stdout);
  const auto begin = Clock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(Clock::now() - begin).count(); };
  std::uint64_t done = 0;
  std::uint64_t blocks = 0;
  std::uint64_t settled = 0;
  std::uint64_t nullified = 0;
  std::uint64_t simulated_ms = 0;
  std::map<std::string, std::uint64_t> faults;
  while (done < seeds_max &&
         (!options.seconds || elapsed() < static_cast<double>(*options.seconds))) {
    const sim::SeedResult result = sim::run_seed(from + done);
    ++done;
    blocks += result.blocks;
    settled += result.settled;
    nullified += result.nullified_views;
    simulated_ms += result.simulated_ms;
    for (std::size_t at = 0; at < result.faults.size();) {
      const std::size_t end = std::min(result.faults.find(',', at), result.faults.size());
      ++faults[result.faults.substr(at, end - at)];
      at = end + 1;
    }
    if (!result.ok()) {
      report_failure(result);
      return 1;
    }
  }
  const double took = elapsed();
  std::printf(
      "seeds %llu..%llu without violation: %.2f seeds/s, %.0f blocks/s, %llu blocks, %llu "
      "transactions settled, %llu views nullified, %.0f times real time\n",
      static_cast<unsigned long long>(from), static_cast<unsigned long long>(from + done - 1),
      static_cast<double>(done) / took, static_cast<double>(blocks) / took,
      static_cast<unsigned long long>(blocks), static_cast<unsigned long long>(settled),
      static_cast<unsigned long long>(nullified),
      static_cast<double>(simulated_ms) / 1'000.0 / took);
  std::printf("faults active in seeds:");
  for (const auto& [name, count] : faults)
    std::printf(" %s %llu", name.c_str(), static_cast<unsigned long long>(count));
  std::printf("\n");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const auto options = parse(argc, argv);
  if (!options || (options->seed && (options->seeds || options->from || options->seconds))) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  return options->seed ? run_one(*options) : run_many(*options);
}
