#include "tests/sim/world.hpp"

#include <algorithm>

namespace huangpu::sim {

namespace {

// More jobs than this without time passing is a machine that feeds itself.
constexpr std::uint64_t kJobsPerInstantMax = 200'000;

std::vector<std::uint64_t> weights_of(const consensus::ValidatorSet& set) {
  std::vector<std::uint64_t> weights;
  for (const consensus::Validator& each : set.validators()) weights.push_back(each.weight);
  return weights;
}

std::vector<crypto::PublicKey> keys_of(const consensus::ValidatorSet& set) {
  std::vector<crypto::PublicKey> keys;
  for (const consensus::Validator& each : set.validators()) keys.push_back(each.key);
  return keys;
}

// One entry per validator, then one per second copy.
std::vector<std::size_t> machines(const WorldOptions& options) {
  std::vector<std::size_t> validator_of;
  for (std::size_t i = 0; i < options.validators; ++i) validator_of.push_back(i);
  for (const auto& [index, kind] : options.byzantine) {
    if (kind == Byzantine::kTwin) validator_of.push_back(index);
  }
  return validator_of;
}

std::vector<bool> honesty(const WorldOptions& options) {
  std::vector<bool> honest(machines(options).size());
  std::fill_n(honest.begin(), options.validators, true);
  for (const auto& [index, kind] : options.byzantine) honest.at(index) = false;
  return honest;
}

}  // namespace

World::World(const WorldOptions& options)
    : trace_(scheduler_, options.trace_lines),
      chain_(Random(options.seed, "chain"), options.validators, options.keys, options.weights,
             options.newcomers),
      weights_(weights_of(chain_.epoch.set)),
      honest_(honesty(options)),
      vote_checker_(options.validators, chain_.genesis.suite, violations_),
      certificate_checker_(weights_, honest_, violations_),
      wire_checker_(weights_, chain_.context.genesis, keys_of(chain_.epoch.set), chain_.ring,
                    violations_),
      chain_checker_(options.validators, chain_.context.genesis, chain_.epoch.parameters.lag_blocks,
                     violations_),
      books_checker_(chain_, violations_),
      epoch_router_(chain_, {&vote_checker_, &certificate_checker_, &wire_checker_}, violations_),
      complaints_(honest_, violations_) {
  test::seed_crypto_random(options.seed);
  Network::Callbacks callbacks;
  callbacks.deliver = [this](std::size_t to, std::size_t from, std::shared_ptr<const Bytes> bytes) {
    nodes_[to]->deliver(from, std::move(bytes));
  };
  callbacks.up = [this](std::size_t at, std::size_t peer) { nodes_[at]->peer_up(peer); };
  callbacks.down = [this](std::size_t at, std::size_t peer) { nodes_[at]->peer_down(peer); };
  const std::vector<std::size_t> validator_of = machines(options);
  network_ = std::make_unique<Network>(scheduler_, Random(options.seed, "network"), validator_of,
                                       std::move(callbacks));
  clients_ =
      std::make_unique<Clients>(scheduler_, chain_, Random(options.seed, "clients"),
                                [this](std::size_t node, const node::AdmittedEnvelope& envelope) {
                                  return nodes_[node]->submit(envelope);
                                });
  observers_ = {&epoch_router_, &chain_checker_, &books_checker_, &complaints_, clients_.get()};
  byzantine_observers_ = {&certificate_checker_};
  for (std::size_t i = 0; i < validator_of.size(); ++i) {
    const SimNode::World surroundings{
        scheduler_, *network_,
        chain_,     batches_,
        trace_,     honest_[i] ? std::span<Observer* const>(observers_) : byzantine_observers_};
    nodes_.push_back(std::make_unique<SimNode>(surroundings, SimNode::Place{i, validator_of[i]},
                                               Random(options.seed, "node " + std::to_string(i))));
  }
  for (const auto& [index, kind] : options.byzantine) {
    if (kind != Byzantine::kTwin) nodes_[index]->corrupt(kind);
  }
}

void World::run_for(Micros time) {
  static_cast<void>(run_until([] { return false; }, time));
}

bool World::run_until(const std::function<bool()>& condition, Micros limit) {
  const Micros end = scheduler_.now() + limit;
  for (;;) {
    if (!violations_.empty()) return false;
    if (condition()) return true;
    if (scheduler_.now() >= end) return false;
    const Micros next = std::min(end, scheduler_.now() + kAskEvery);
    while (scheduler_.run_one(next)) {
      if (!violations_.empty()) return false;
      if (scheduler_.jobs_at_this_instant() > kJobsPerInstantMax) {
        violation("L1", "time stands still: something answers itself");
        return false;
      }
    }
  }
}

void World::start_all() {
  for (const auto& node : nodes_) {
    if (!node->is_up()) node->start();
  }
}

void World::crash_all(test::Crash kind) {
  for (const auto& node : nodes_) node->crash(kind);
}

void World::heal() {
  network_->heal();
  network_->set_weather({});
  for (const auto& node : nodes_) {
    node->set_pace({});
    node->set_wall_offset(0);
    node->set_disk_full(false);
    node->disk().forgive();
    if (node->is_stopped()) node->crash(test::Crash::kKillProcess);
  }
  start_all();
}

std::vector<std::size_t> World::sound() const {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < honest_.size(); ++i) {
    if (honest_[i] && !complaints_.excused[i]) found.push_back(i);
  }
  return found;
}

bool World::may_damage(std::size_t machine) const {
  if (!honest_[machine] || complaints_.excused[machine]) return false;
  std::uint64_t used = weights_.of(machine);
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    if (!honest_[i] || complaints_.excused[i]) used += weights_.of(i);
  }
  return used <= weights_.faulty_max();
}

void World::silence_byzantine() {
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (!honest_[i]) nodes_[i]->crash(test::Crash::kKillProcess);
  }
}

bool World::level(const std::vector<std::size_t>& nodes) const {
  const Height executed = nodes_[nodes.front()]->executed();
  return executed.value() >= chain_checker_.blocks() &&
         std::ranges::all_of(nodes, [&](std::size_t index) {
           return nodes_[index]->is_up() && nodes_[index]->executed() == executed &&
                  nodes_[index]->told_final() == executed;
         });
}

bool World::all_level() const { return level(sound()); }

std::string World::standing() const {
  std::string text;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const SimNode& node = *nodes_[i];
    text += (i == 0 ? "" : "; ") + std::string("n") + std::to_string(i) + " ";
    if (!honest_[i]) text += "(Byzantine) ";
    if (!node.is_up() || node.is_stopped()) {
      text += node.is_up() ? "stopped" : "down";
      continue;
    }
    const consensus::EngineStatus status = node.status();
    text += "view " + std::to_string(status.view.value()) + " ordered " +
            std::to_string(status.final_height.value()) + " executed " +
            std::to_string(node.executed().value()) + " final " +
            std::to_string(node.told_final().value()) + " (" + to_string(status.waiting) + ": " +
            status.waiting_text + ")";
  }
  return text;
}

void World::Complaints::on_complaint(std::size_t node, const std::string& text,
                                     std::optional<std::size_t> accused) {
  if (excused[node] || (accused && !honest_of[*accused])) return;
  for (const std::string& each : expected) {
    if (text.find(each) != std::string::npos) {
      seen.push_back("n" + std::to_string(node) + " " + text);
      return;
    }
  }
  into.push_back({"S14", "n" + std::to_string(node) + " " + text});
}

}  // namespace huangpu::sim
