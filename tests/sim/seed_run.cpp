#include "tests/sim/seed_run.hpp"

#include "tests/sim/nemesis.hpp"
#include "tests/sim/world.hpp"

namespace huangpu::sim {

namespace {

constexpr std::uint64_t kBlocksWanted = 250;
constexpr Micros kTroubleMax = 30 * kSecond;
// After healing: the longest timer, a few views, and the fetching of what was missed.
constexpr Micros kHealBound = 60 * kSecond;
constexpr Micros kIdle = 10 * kSecond;

void demand(World& world, const char* rule, const std::string& what,
            const std::function<bool()>& condition, Micros limit) {
  if (!world.violations().empty()) return;
  if (world.run_until(condition, limit)) return;
  if (world.violations().empty())
    world.violation(rule, what + " did not come about: " + world.standing());
}

void run(World& world, Random& random, Nemesis& nemesis) {
  world.start_all();
  world.clients().retry_every(random.between(500 * kMillisecond, 4 * kSecond));
  world.clients().start(random.between(2 * kMillisecond, 40 * kMillisecond));
  nemesis.start();
  static_cast<void>(world.run_until([&] { return world.blocks() >= kBlocksWanted; }, kTroubleMax));
  nemesis.stop();
  world.clients().stop();

  // Liveness: everything works again, so everything submitted becomes final at every node.
  world.heal();
  demand(
      world, "L1", "finality of everything submitted",
      [&] { return world.clients().open() == 0 && world.all_level(); }, kHealBound);
  // What arrived twice may still be ordered; then nothing is left to do.
  world.run_for(kIdle);
  demand(
      world, "L1", "equal heights", [&] { return world.all_level(); }, kHealBound);

  // Idleness: without work no blocks and no votes.
  if (!world.violations().empty()) return;
  const std::uint64_t blocks = world.blocks();
  const std::uint64_t votes = world.votes_made();
  world.run_for(kIdle);
  if (world.violations().empty() && (world.blocks() != blocks || world.votes_made() != votes)) {
    world.violation("L2", "an idle network made " + std::to_string(world.blocks() - blocks) +
                              " blocks and made " + std::to_string(world.votes_made() - votes) +
                              " votes and proposals");
  }

  // Durability: a power cut of all, and any quorum has everything that was final.
  if (!world.violations().empty()) return;
  const Height final_height = world.final_height();
  world.crash_all(random.chance(500) ? test::Crash::kLoseUnsynced : test::Crash::kScatterSectors);
  const std::size_t missing = random.below(world.size());
  std::vector<std::size_t> quorum;
  for (std::size_t node = 0; node < world.size(); ++node) {
    if (node == missing) continue;
    quorum.push_back(node);
    world.start(node);
  }
  demand(
      world, "D1",
      "recovery of final height " + std::to_string(final_height.value()) + " without n" +
          std::to_string(missing),
      [&] { return world.level(quorum) && world.node(quorum.front()).executed() >= final_height; },
      kHealBound);
  world.clients().submit_one();
  demand(
      world, "L1", "finality with three of four",
      [&] { return world.clients().open() == 0 && world.level(quorum); }, kHealBound);
  if (!world.violations().empty()) return;
  world.start(missing);
  demand(
      world, "L7", "catching up of n" + std::to_string(missing), [&] { return world.all_level(); },
      kHealBound);
}

}  // namespace

SeedResult run_seed(std::uint64_t seed, std::size_t trace_lines) {
  Random random(seed, "run");
  SeedResult result;
  result.seed = seed;
  result.real_keys = seed % 64 == 63;
  const FaultMix mix = FaultMix::draw(random);
  result.faults = mix.names();

  WorldOptions options;
  options.seed = seed;
  options.keys = result.real_keys ? test::SimKeyRing::Kind::kReal : test::SimKeyRing::Kind::kStub;
  options.trace_lines = trace_lines;
  World world(options);
  Nemesis nemesis(world, Random(seed, "nemesis"), mix);
  run(world, random, nemesis);

  result.blocks = world.blocks();
  result.settled = world.settled();
  result.nullified_views = world.nullified_views();
  result.simulated_ms = world.now() / kMillisecond;
  result.digest = world.trace().digest();
  result.violations = world.violations();
  result.trace.assign(world.trace().lines().begin(), world.trace().lines().end());
  return result;
}

}  // namespace huangpu::sim
