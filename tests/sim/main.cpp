// huangpu-sim: runs seeds of the deterministic simulation (tests/sim/README.md).
#include <time.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <optional>
#include <string>

#include "crypto/suite.hpp"
#include "tests/sim/campaign.hpp"
#include "tests/sim/seed_run.hpp"
#include "tests/sim/twins.hpp"
#include "tests/support/test_suite.hpp"

namespace {

using namespace huangpu;

constexpr std::size_t kTraceLines = 2'000;
constexpr std::uint64_t kCampaignPiece = 100;  // seeds per line of the log

constexpr const char* kUsage =
    "usage: huangpu-sim [--seeds N] [--from K] [--seconds T]   run seeds K, K+1, ...\n"
    "       huangpu-sim --seed S [--trace]                     run one seed, with its events\n"
    "       huangpu-sim --campaign LOG --commit ID [--seeds N] [--seconds T]\n"
    "                                                          go on where the log ends\n"
    "       huangpu-sim --twins [--from K] [--seeds N] [--seconds T]\n"
    "                                                          scripts of twins: all of n = 4 and\n"
    "                                                          three views, then drawn ones\n"
    "--validators N: always so many. --honest: no Byzantine validators.\n"
    "--suite ed25519 or sm2: the algorithms of the simulated chain.\n"
    "Without --from the first seed comes from the clock and is printed. Exit code 1: a rule was\n"
    "violated; the line printed replays it.\n";

struct Options {
  std::optional<std::uint64_t> seed;
  std::optional<std::uint64_t> from;
  std::optional<std::uint64_t> seeds;
  std::optional<std::uint64_t> seconds;
  std::optional<std::uint64_t> validators;
  std::string campaign;
  std::string commit;
  bool trace = false;
  bool twins = false;
  bool honest = false;

  [[nodiscard]] sim::SeedOptions of_seed(std::size_t trace_lines) const {
    sim::SeedOptions options;
    if (validators) options.validators = static_cast<std::size_t>(*validators);
    options.honest = honest;
    options.trace_lines = trace_lines;
    return options;
  }
};

std::optional<Options> parse(int argc, char** argv) {
  Options options;
  const std::map<std::string, std::optional<std::uint64_t>*> numbers = {
      {"--seed", &options.seed},
      {"--from", &options.from},
      {"--seeds", &options.seeds},
      {"--seconds", &options.seconds},
      {"--validators", &options.validators}};
  const std::map<std::string, std::string*> texts = {{"--campaign", &options.campaign},
                                                     {"--commit", &options.commit}};
  const std::map<std::string, bool*> switches = {
      {"--trace", &options.trace}, {"--twins", &options.twins}, {"--honest", &options.honest}};
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (const auto found = switches.find(name); found != switches.end()) {
      *found->second = true;
      continue;
    }
    if (i + 1 == argc) return std::nullopt;
    if (name == "--suite") {
      // Worlds ask for it when they are made.
      if (!crypto::parse_suite_option(argv[++i])) return std::nullopt;
      if (setenv("HP_TEST_SUITE", argv[i], 1) != 0) return std::nullopt;
      continue;
    }
    if (const auto found = texts.find(name); found != texts.end()) {
      *found->second = argv[++i];
      continue;
    }
    const auto found = numbers.find(name);
    if (found == numbers.end()) return std::nullopt;
    const char* text = argv[++i];
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text, text + std::strlen(text), value);
    if (error != std::errc{} || *end != '\0') return std::nullopt;
    *found->second = value;
  }
  const bool range = options.seeds || options.from || options.seconds;
  if (options.twins && (options.seed || !options.campaign.empty())) return std::nullopt;
  if (options.seed && (range || !options.campaign.empty())) return std::nullopt;
  if (!options.campaign.empty() && (options.commit.empty() || options.from)) return std::nullopt;
  if (options.validators && (*options.validators < 4 || *options.validators > 32))
    return std::nullopt;
  return options;
}

unsigned long long printable(std::uint64_t value) { return value; }

void print_trace(const sim::SeedResult& result) {
  for (const std::string& line : result.trace) std::printf("%s\n", line.c_str());
}

// The run again, now with its events in words.
void report_failure(const Options& options, const sim::SeedResult& failed) {
  const sim::SeedResult again = sim::run_seed(failed.seed, options.of_seed(kTraceLines));
  print_trace(again);
  for (const sim::Violation& each : failed.violations)
    std::printf("violated %s: %s\n", each.rule.c_str(), each.text.c_str());
  if (again.digest != failed.digest)
    std::printf("violated X1: the second run of this seed went another way\n");
  std::printf(
      "FAIL seed=%llu t_ms=%llu rule=%s digest=%016llx %s faults=%s replay: huangpu-sim --suite %s "
      "--seed %llu%s --trace\n",
      printable(failed.seed), printable(failed.simulated_ms),
      failed.violations.front().rule.c_str(), printable(failed.digest), failed.shape.c_str(),
      failed.faults.c_str(), std::string(crypto::suite_name(test::test_suite())).c_str(),
      printable(failed.seed), options.of_seed(0).arguments().c_str());
  std::fflush(stdout);
}

int run_one(const Options& options) {
  const sim::SeedResult result =
      sim::run_seed(*options.seed, options.of_seed(options.trace ? kTraceLines : 0));
  print_trace(result);
  std::printf(
      "seed %llu: %s, %llu blocks, %llu settled, %llu views nullified, %.1f s simulated, faults "
      "%s, digest %016llx\n",
      printable(result.seed), result.shape.c_str(), printable(result.blocks),
      printable(result.settled), printable(result.nullified_views),
      static_cast<double>(result.simulated_ms) / 1'000.0, result.faults.c_str(),
      printable(result.digest));
  for (const sim::Violation& each : result.violations)
    std::printf("violated %s: %s\n", each.rule.c_str(), each.text.c_str());
  return result.ok() ? 0 : 1;
}

double cpu_seconds() {
  struct timespec now = {};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

void print_tally(const sim::Tally& tally, std::uint64_t from, double took, double cpu) {
  std::printf(
      "seeds %llu..%llu without violation: %.2f seeds/s, %.0f blocks/s (%.0f per second of one "
      "core's time), %llu blocks, %llu transactions settled, %llu views nullified, %.0f times real "
      "time\n",
      printable(from), printable(from + tally.seeds - 1), static_cast<double>(tally.seeds) / took,
      static_cast<double>(tally.blocks) / took, static_cast<double>(tally.blocks) / cpu,
      printable(tally.blocks), printable(tally.settled), printable(tally.nullified),
      static_cast<double>(tally.simulated_ms) / 1'000.0 / took);
  std::printf("validators:");
  for (const auto& [size, count] : tally.sizes) std::printf(" %zu in %llu", size, printable(count));
  std::printf(", Byzantine ones in %llu seeds\nfaults active in seeds:",
              printable(tally.byzantine));
  for (const auto& [name, count] : tally.faults)
    std::printf(" %s %llu", name.c_str(), printable(count));
  std::printf("\n");
}

std::uint64_t seed_of_the_clock() {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                        std::chrono::system_clock::now().time_since_epoch())
                                        .count());
}

class Stopwatch {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(Clock::now() - begin_).count();
  }

 private:
  using Clock = std::chrono::steady_clock;
  const Clock::time_point begin_ = Clock::now();
};

int run_many(const Options& options) {
  const std::uint64_t from = options.from.value_or(seed_of_the_clock());
  const std::uint64_t seeds_max =
      options.seeds.value_or(options.seconds ? ~std::uint64_t{0} : std::uint64_t{100});
  std::printf("seeds from %llu\n", printable(from));
  std::fflush(stdout);
  const Stopwatch watch;
  const double cpu_before = cpu_seconds();
  sim::Tally tally;
  while (tally.seeds < seeds_max &&
         (!options.seconds || watch.seconds() < static_cast<double>(*options.seconds))) {
    const sim::SeedResult result = sim::run_seed(from + tally.seeds, options.of_seed(0));
    tally.add(result);
    if (!result.ok()) {
      report_failure(options, result);
      return 1;
    }
  }
  print_tally(tally, from, watch.seconds(), cpu_seconds() - cpu_before);
  return 0;
}

// Failures are logged and do not end a campaign: what they have in common is worth knowing.
int run_campaign(const Options& options) {
  const sim::CampaignLog log(options.campaign);
  const auto first = log.next_seed();
  if (!first) {
    std::fprintf(stderr, "%s has a line that is not a campaign's\n", options.campaign.c_str());
    return 2;
  }
  std::printf("campaign from seed %llu\n", printable(*first));
  std::fflush(stdout);
  const Stopwatch watch;
  std::uint64_t next = *first;
  bool failed = false;
  const auto more = [&] {
    return (!options.seeds || next < *first + *options.seeds) &&
           (!options.seconds || watch.seconds() < static_cast<double>(*options.seconds));
  };
  while (more()) {
    const Stopwatch piece;
    const std::uint64_t piece_first = next;
    sim::Tally tally;
    std::string failures;
    while (more() && next < piece_first + kCampaignPiece) {
      const sim::SeedResult result = sim::run_seed(next++, options.of_seed(0));
      tally.add(result);
      if (result.ok()) continue;
      failed = true;
      failures += (failures.empty() ? "" : ",") + std::to_string(result.seed) + ":" +
                  result.violations.front().rule;
      report_failure(options, result);
    }
    if (!log.append(options.commit, piece_first, next - 1, tally, piece.seconds(),
                    failures.empty() ? "none" : failures)) {
      std::fprintf(stderr, "%s cannot be written\n", options.campaign.c_str());
      return 2;
    }
  }
  std::printf("campaign up to seed %llu: %s\n", printable(next - 1),
              failed ? "FAILED" : "no violation");
  return failed ? 1 : 0;
}

int run_twin_scripts(const Options& options) {
  const sim::AllTwinScripts all;
  const std::uint64_t from = options.from.value_or(0);
  std::printf("scripts from %llu; %llu of four validators and three views\n", printable(from),
              printable(all.size()));
  std::fflush(stdout);
  const Stopwatch watch;
  std::uint64_t next = from;
  std::uint64_t failed = 0;
  while ((!options.seeds || next < from + *options.seeds) &&
         (!options.seconds || watch.seconds() < static_cast<double>(*options.seconds)) &&
         (options.seeds || options.seconds || next < all.size())) {
    const sim::TwinScript script =
        next < all.size() ? all[next] : sim::sampled_twin_script(next - all.size());
    for (const sim::Violation& each : sim::run_twins(script)) {
      ++failed;
      std::printf(
          "FAIL script=%llu %s rule=%s %s replay: huangpu-sim --twins --from %llu --seeds 1\n",
          printable(next), script.text().c_str(), each.rule.c_str(), each.text.c_str(),
          printable(next));
      std::fflush(stdout);
    }
    ++next;
  }
  std::printf("scripts %llu..%llu: %llu violations, %.1f scripts/s\n", printable(from),
              printable(next - 1), printable(failed),
              static_cast<double>(next - from) / watch.seconds());
  return failed > 0 ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  const auto options = parse(argc, argv);
  if (!options) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  if (options->twins) return run_twin_scripts(*options);
  if (!options->campaign.empty()) return run_campaign(*options);
  return options->seed ? run_one(*options) : run_many(*options);
}
