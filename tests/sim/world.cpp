#include "tests/sim/world.hpp"

#include <algorithm>

namespace huangpu::sim {

namespace {

// More jobs than this without time passing is a machine that feeds itself.
constexpr std::uint64_t kJobsPerInstantMax = 200'000;

}  // namespace

World::World(const WorldOptions& options)
    : trace_(scheduler_, options.trace_lines),
      chain_(Random(options.seed, "chain"), options.validators, options.keys),
      vote_checker_(options.validators, chain_.genesis.suite, violations_),
      certificate_checker_(options.validators, violations_),
      chain_checker_(options.validators, chain_.context.genesis, chain_.epoch.parameters.lag_blocks,
                     violations_),
      books_checker_(chain_, violations_),
      complaints_(violations_) {
  Network::Callbacks callbacks;
  callbacks.deliver = [this](std::size_t to, std::size_t from, std::shared_ptr<const Bytes> bytes) {
    nodes_[to]->deliver(from, std::move(bytes));
  };
  callbacks.up = [this](std::size_t at, std::size_t peer) { nodes_[at]->peer_up(peer); };
  callbacks.down = [this](std::size_t at, std::size_t peer) { nodes_[at]->peer_down(peer); };
  network_ = std::make_unique<Network>(scheduler_, Random(options.seed, "network"),
                                       options.validators, std::move(callbacks));
  clients_ =
      std::make_unique<Clients>(scheduler_, chain_, Random(options.seed, "clients"),
                                [this](std::size_t node, const node::AdmittedEnvelope& envelope) {
                                  return nodes_[node]->submit(envelope);
                                });
  observers_ = {&vote_checker_,  &certificate_checker_, &chain_checker_,
                &books_checker_, &complaints_,          clients_.get()};
  for (std::size_t i = 0; i < options.validators; ++i) {
    nodes_.push_back(
        std::make_unique<SimNode>(SimNode::World{scheduler_, *network_, chain_, trace_, observers_},
                                  i, Random(options.seed, "node " + std::to_string(i))));
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
  }
  start_all();
}

bool World::level(const std::vector<std::size_t>& nodes) const {
  const Height executed = nodes_[nodes.front()]->executed();
  return executed.value() >= chain_checker_.blocks() &&
         std::ranges::all_of(nodes, [&](std::size_t index) {
           return nodes_[index]->is_up() && nodes_[index]->executed() == executed &&
                  nodes_[index]->told_final() == executed;
         });
}

bool World::all_level() const {
  std::vector<std::size_t> all(nodes_.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  return level(all);
}

std::string World::standing() const {
  std::string text;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const SimNode& node = *nodes_[i];
    text += (i == 0 ? "" : "; ") + std::string("n") + std::to_string(i) + " ";
    if (!node.is_up()) {
      text += "down";
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

void World::Complaints::on_complaint(std::size_t node, const std::string& text) {
  for (const std::string& each : expected) {
    if (text.find(each) != std::string::npos) {
      seen.push_back("n" + std::to_string(node) + " " + text);
      return;
    }
  }
  into.push_back({"S14", "n" + std::to_string(node) + " " + text});
}

}  // namespace huangpu::sim
