#include "tests/sim/twins.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <numeric>
#include <optional>

#include "consensus/codec/message_codec.hpp"
#include "consensus/core/leader_schedule.hpp"
#include "tests/sim/world.hpp"

namespace huangpu::sim {

namespace {

constexpr std::uint64_t kSeed = 20'261'123;
constexpr Micros kScriptMax = 10 * kSecond;  // a view that nobody leaves while the script lasts
constexpr Micros kBound = 60 * kSecond;
constexpr std::uint64_t kBlocksAfter = 10;

// Groups in the order of their first members: each partition of a set once.
void extend(std::vector<int>& groups, std::size_t machines, std::vector<std::vector<int>>& all) {
  if (groups.size() == machines) {
    all.push_back(groups);
    return;
  }
  const int next = groups.empty() ? 0 : *std::ranges::max_element(groups) + 1;
  for (int group = 0; group <= next; ++group) {
    groups.push_back(group);
    extend(groups, machines, all);
    groups.pop_back();
  }
}

std::vector<int> in_order(const std::vector<int>& groups) {
  std::vector<int> names(groups.size(), -1);
  std::vector<int> found;
  int next = 0;
  for (const int group : groups) {
    int& name = names[static_cast<std::size_t>(group)];
    if (name < 0) name = next++;
    found.push_back(name);
  }
  return found;
}

// The view that a message is about; nothing for those that are not about one.
std::optional<View> view_of(const consensus::Message& message) {
  if (const auto* proposal = std::get_if<consensus::Proposal>(&message)) return proposal->view;
  if (const auto* vote = std::get_if<consensus::Vote>(&message)) return vote->view;
  if (const auto* certificate = std::get_if<consensus::Certificate>(&message))
    return certificate->view;
  return std::nullopt;
}

}  // namespace

std::string TwinScript::text() const {
  std::string text = "n=" + std::to_string(validators) + " twins";
  for (const std::size_t each : twins) text += " " + std::to_string(each);
  for (const auto& view : groups) {
    text += " |";
    for (const int group : view) text += " " + std::to_string(group);
  }
  return text;
}

AllTwinScripts::AllTwinScripts() {
  std::vector<int> groups;
  extend(groups, 5, partitions_);
  // Which partition each becomes when the twin at the first place and its copy are exchanged.
  std::vector<std::size_t> exchanged;
  for (std::vector<int> each : partitions_) {
    std::swap(each.front(), each.back());
    const auto found = std::ranges::find(partitions_, in_order(each));
    exchanged.push_back(static_cast<std::size_t>(found - partitions_.begin()));
  }
  const std::size_t count = partitions_.size();
  for (std::size_t a = 0; a < count; ++a) {
    for (std::size_t b = 0; b < count; ++b) {
      for (std::size_t c = 0; c < count; ++c) {
        const std::array mirrored = {exchanged[a], exchanged[b], exchanged[c]};
        if (std::array{a, b, c} > mirrored) continue;
        triples_.push_back({{static_cast<std::uint8_t>(a), static_cast<std::uint8_t>(b),
                             static_cast<std::uint8_t>(c)}});
      }
    }
  }
}

TwinScript AllTwinScripts::operator[](std::uint64_t number) const {
  // A step without a common factor visits every script once.
  constexpr std::uint64_t kStep = 1'000'003;
  const std::uint64_t place = number * kStep % size();
  const Triple& triple = triples_[place / 4];
  TwinScript script;
  script.twins = {place % 4};
  for (const std::uint8_t view : triple.view) {
    // Partitions name the twin first: it changes places with the machine that stands there.
    std::vector<int> groups = partitions_[view];
    std::swap(groups[0], groups[script.twins.front()]);
    script.groups.push_back(std::move(groups));
  }
  return script;
}

TwinScript sampled_twin_script(std::uint64_t number) {
  TwinScript script;
  script.validators = 4 + number % 4;
  const std::size_t views = 4 + number / 4 % 3;
  number /= 12;
  const std::size_t n = script.validators;
  script.twins = {number % n};
  number /= n;
  if (n == 7) {
    script.twins.push_back((script.twins.front() + 1 + number % (n - 1)) % n);
    number /= n - 1;
  }
  const std::size_t machines = n + script.twins.size();
  // Two groups, the first machine in group 0: one bit for each of the others, in all views. An odd
  // factor exchanges the numbers of that many bits among themselves.
  const std::size_t bits = (machines - 1) * views;
  const std::uint64_t mask = (std::uint64_t{1} << bits) - 1;
  std::uint64_t drawn = (number * 0x9e3779b97f4a7c15ULL + 0x7f4a7c15ULL) & mask;
  for (std::size_t view = 0; view < views; ++view) {
    std::vector<int> groups(machines, 0);
    for (std::size_t machine = 1; machine < machines; ++machine, drawn >>= 1)
      groups[machine] = static_cast<int>(drawn & 1);
    script.groups.push_back(std::move(groups));
  }
  return script;
}

Violations run_twins(const TwinScript& script) {
  WorldOptions options;
  options.seed = kSeed;
  options.validators = script.validators;
  const SimChain chain(Random(options.seed, "chain"), options.validators, options.keys, {});
  const consensus::LeaderSchedule schedule(chain.context.suite, chain.context.genesis,
                                           script.validators, chain.epoch.parameters.leader_window);
  // Places of the script as machines of the world.
  std::vector<std::size_t> place_of(script.validators);
  for (std::size_t place = 0; place < script.validators; ++place) {
    const std::size_t machine = schedule.leader(View{place + 1}).value();
    place_of[machine] = place;
  }
  for (std::size_t i = 0; i < script.twins.size(); ++i) {
    const std::size_t machine = schedule.leader(View{script.twins[i] + 1}).value();
    options.byzantine.emplace_back(machine, Byzantine::kTwin);
    place_of.push_back(script.validators + i);
  }
  World world(options);
  bool scripted = true;
  world.network().set_filter([&](std::size_t from, std::size_t to, ByteView bytes) {
    if (!scripted) return true;
    const auto message =
        consensus::decode_message(std::make_shared<const Bytes>(bytes.begin(), bytes.end()));
    const auto view = message ? view_of(*message) : std::nullopt;
    if (!view || view->value() > script.groups.size()) return true;
    const auto& groups = script.groups[view->value() - 1];
    return groups[place_of[from]] == groups[place_of[to]];
  });
  world.start_all();
  world.clients().retry_every(500 * kMillisecond);
  world.clients().start(10 * kMillisecond);
  static_cast<void>(world.run_until(
      [&] {
        return std::ranges::all_of(world.sound(), [&](std::size_t node) {
          return world.node(node).status().view.value() > script.groups.size();
        });
      },
      kScriptMax));
  scripted = false;
  const std::uint64_t wanted = world.blocks() + kBlocksAfter;
  if (world.violations().empty() &&
      !world.run_until([&] { return world.blocks() >= wanted; }, kBound))
    world.violation("L1", "ten blocks after the script did not come about: " + world.standing());
  world.clients().stop();
  if (world.violations().empty() &&
      !world.run_until([&] { return world.clients().open() == 0 && world.all_level(); }, kBound))
    world.violation("L1", "not level after the script: " + world.standing());
  return world.violations();
}

}  // namespace huangpu::sim
