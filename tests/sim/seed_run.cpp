#include "tests/sim/seed_run.hpp"

#include <algorithm>
#include <numeric>

#include "tests/sim/nemesis.hpp"
#include "tests/sim/world.hpp"

namespace huangpu::sim {

namespace {

constexpr std::uint64_t kBlocksWanted = 250;
constexpr Micros kTroubleMax = 30 * kSecond;
// After healing: the longest timer (8 s), a round of leaders of whom a third may be faulty, and the
// fetching of what was missed.
constexpr Micros kHealBound = 60 * kSecond;
constexpr Micros kIdle = 10 * kSecond;

void demand(World& world, const char* rule, const std::string& what,
            const std::function<bool()>& condition, Micros limit) {
  if (!world.violations().empty()) return;
  if (world.run_until(condition, limit)) return;
  if (world.violations().empty())
    world.violation(rule, what + " did not come about: " + world.standing());
}

void settle(World& world, const std::string& when) {
  demand(
      world, "L1", "finality of everything submitted " + when,
      [&] { return world.clients().open() == 0 && world.all_level(); }, kHealBound);
}

// Whoever may have forgotten votes votes again, if enough of the others say where they are.
void rejoin(World& world) {
  std::uint64_t answering = 0;
  for (const std::size_t node : world.sound()) answering += world.weights().of(node);
  if (answering < world.weights().quorum()) return;
  for (std::size_t node = 0; node < world.weights().size(); ++node) {
    if (!world.honest(node)) continue;
    demand(
        world, "L8", "the end of the quarantine of n" + std::to_string(node),
        [&] { return !world.node(node).is_quarantined(); }, kHealBound);
  }
}

// A validator that the others can do without, beside those who are faulty already.
std::optional<std::size_t> spare(World& world, Random& random) {
  const auto sound = world.sound();
  const std::size_t pick = sound[random.below(sound.size())];
  return world.may_damage(pick) ? std::optional(pick) : std::nullopt;
}

void stay_idle(World& world) {
  if (!world.violations().empty()) return;
  const std::uint64_t blocks = world.blocks();
  const std::uint64_t votes = world.votes_made();
  const std::uint64_t messages = world.busy_messages();
  const std::uint64_t requests = world.block_requests();
  world.run_for(kIdle);
  if (!world.violations().empty()) return;
  if (world.blocks() != blocks || world.votes_made() != votes) {
    world.violation("L2", "an idle network made " + std::to_string(world.blocks() - blocks) +
                              " blocks and made " + std::to_string(world.votes_made() - votes) +
                              " votes and proposals");
  }
  // What a peer claimed and did not prove is no target any more once the peer has gone.
  if (world.block_requests() != requests) {
    world.violation("R3", "a level network asked for blocks " +
                              std::to_string(world.block_requests() - requests) + " times");
  }
  // A vote of the current view that got no certificate is repeated: in broadcasts with growing
  // pauses, and to each peer whose status lacks it.
  const std::uint64_t repeated_max = world.size() * (world.size() + 3) * (kIdle / kSecond);
  if (world.busy_messages() - messages > repeated_max) {
    world.violation("R2", "an idle network sent " +
                              std::to_string(world.busy_messages() - messages) +
                              " messages that are no status");
  }
}

// A power cut of all, and any quorum has everything that was final.
void survive_power_cut(World& world, Random& random) {
  if (!world.violations().empty()) return;
  const Height final_height = world.final_height();
  world.crash_all(random.chance(500) ? test::Crash::kLoseUnsynced : test::Crash::kScatterSectors);
  const auto missing = spare(world, random);
  const auto sound = world.sound();
  std::vector<std::size_t> quorum;
  for (const std::size_t node : sound) {
    if (node == missing) continue;
    quorum.push_back(node);
    world.start(node);
  }
  demand(
      world, "D1",
      "recovery of final height " + std::to_string(final_height.value()) +
          (missing ? " without n" + std::to_string(*missing) : ""),
      [&] { return world.level(quorum) && world.node(quorum.front()).executed() >= final_height; },
      kHealBound);
  world.clients().submit_one();
  demand(
      world, "L1", "finality with a quorum",
      [&] { return world.clients().open() == 0 && world.level(quorum); }, kHealBound);
  if (!world.violations().empty() || !missing) return;
  world.start(*missing);
  demand(
      world, "L7", "catching up of n" + std::to_string(*missing), [&] { return world.all_level(); },
      kHealBound);
}

void run(World& world, Random& random, Nemesis& nemesis) {
  world.start_all();
  world.clients().retry_every(random.between(500 * kMillisecond, 4 * kSecond));
  // Most seeds order a few transactions per block, some hundreds of them per second.
  world.clients().start(random.chance(250) ? random.between(2 * kMillisecond, 10 * kMillisecond)
                                           : random.between(10 * kMillisecond, 60 * kMillisecond));
  nemesis.start();
  static_cast<void>(world.run_until([&] { return world.blocks() >= kBlocksWanted; }, kTroubleMax));
  nemesis.stop();
  world.clients().stop();

  // Liveness: what was broken works again and the Byzantine go on, so everything submitted becomes
  // final at every sound validator; first with them, then without.
  world.heal();
  settle(world, "among the Byzantine");
  world.silence_byzantine();
  world.run_for(kIdle);  // what arrived twice may still be ordered
  settle(world, "without the Byzantine");
  rejoin(world);
  stay_idle(world);
  survive_power_cut(world, random);
}

// Which validators there are and which of them are Byzantine, drawn from the seed.
WorldOptions draw_world(Random& random, std::uint64_t seed, const SeedOptions& overrule,
                        SeedResult& result) {
  WorldOptions world;
  world.seed = seed;
  world.trace_lines = overrule.trace_lines;
  const std::uint64_t size = random.below(100);
  world.validators = overrule.validators.value_or(size < 60 ? 4 : size < 85 ? 7 : 10);
  const bool weighted = random.chance(250);
  for (std::size_t i = 0; weighted && i < world.validators; ++i)
    world.weights.push_back(static_cast<std::uint32_t>(random.between(1, 5)));
  std::vector<std::uint64_t> weights(world.weights.begin(), world.weights.end());
  if (weights.empty()) weights.assign(world.validators, 1);

  result.shape = "n=" + std::to_string(world.validators);
  for (std::size_t i = 0; i < world.weights.size(); ++i)
    result.shape += (i == 0 ? " weights=" : ",") + std::to_string(world.weights[i]);
  if (random.chance(500) && !overrule.honest) {
    const Weights quorums(weights);
    std::uint64_t left = quorums.faulty_max();
    std::vector<std::size_t> order(world.validators);
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
    for (const std::size_t index : order) {
      if (quorums.of(index) > left || (!world.byzantine.empty() && random.chance(200))) continue;
      left -= quorums.of(index);
      const auto kind = static_cast<Byzantine>(random.below(kByzantineKinds));
      world.byzantine.emplace_back(index, kind);
      result.shape += " v" + std::to_string(index) + "=" + to_string(kind);
    }
  }
  result.validators = world.validators;
  result.byzantine = world.byzantine.size();
  return world;
}

}  // namespace

std::string SeedOptions::arguments() const {
  return (validators ? " --validators " + std::to_string(*validators) : "") +
         (honest ? " --honest" : "");
}

SeedResult run_seed(std::uint64_t seed, const SeedOptions& overrule) {
  Random random(seed, "run");
  SeedResult result;
  result.seed = seed;
  result.real_keys = has_real_keys(seed);
  WorldOptions options = draw_world(random, seed, overrule, result);
  options.keys = result.real_keys ? test::SimKeyRing::Kind::kReal : test::SimKeyRing::Kind::kStub;
  const FaultMix mix = FaultMix::draw(random);
  result.faults = mix.names();

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
