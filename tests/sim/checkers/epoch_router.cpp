#include "tests/sim/checkers/epoch_router.hpp"

#include <optional>
#include <variant>

#include "consensus/codec/hashing.hpp"

namespace huangpu::sim {

namespace {

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

// Of the messages that belong to one epoch.
std::optional<Epoch> epoch_of(const consensus::Message& message) {
  return std::visit(
      [](const auto& each) -> std::optional<Epoch> {
        if constexpr (requires { each.message.epoch; }) {
          return each.message.epoch;
        } else if constexpr (requires { each.epoch; }) {
          return each.epoch;
        } else {
          return std::nullopt;
        }
      },
      message);
}

}  // namespace

struct EpochRouter::Later {
  Later(const consensus::EpochRecord& record, Height start, const SimChain& chain,
        Violations& violations)
      : weights(weights_of(record.set)),
        votes(record.set.size(), chain.genesis.suite, violations),
        certificates(weights, std::vector<bool>(record.set.size(), true), violations),
        wire(weights, chain.context.genesis, keys_of(record.set), chain.ring, violations) {
    wire.set_first_height(start.next());
    for (const consensus::Validator& each : record.set.validators())
      place[static_cast<std::size_t>(std::stoul(each.name.substr(1)))] = each.index.value();
  }

  Weights weights;
  VoteChecker votes;
  CertificateChecker certificates;
  WireChecker wire;
  std::map<std::size_t, std::size_t> place;  // by validator number
};

template <class Tell>
void EpochRouter::route(Epoch epoch, std::size_t node, Tell tell) {
  if (epoch == consensus::kFirstEpoch) {
    for (Observer* each : first_) tell(*each, node);
    return;
  }
  const auto found = later_.find(epoch);
  if (found == later_.end()) return;
  Later& later = *found->second;
  const auto place = later.place.find(node);
  if (place == later.place.end()) return;
  tell(later.votes, place->second);
  tell(later.certificates, place->second);
  tell(later.wire, place->second);
}

void EpochRouter::on_started(std::size_t node, const Started& what) {
  route(what.epoch, node, [&](Observer& to, std::size_t place) { to.on_started(place, what); });
}

void EpochRouter::on_crashed(std::size_t node) {
  for (Observer* each : first_) each->on_crashed(node);
  for (const auto& [epoch, later] : later_) {
    if (const auto place = later->place.find(node); place != later->place.end())
      later->votes.on_crashed(place->second);
  }
}

void EpochRouter::on_durable(std::size_t node, const consensus::Frame& frame) {
  route(frame.epoch, node, [&](Observer& to, std::size_t place) { to.on_durable(place, frame); });
}

void EpochRouter::on_sent(std::size_t node, const consensus::Message& message) {
  if (const auto epoch = epoch_of(message)) {
    route(*epoch, node, [&](Observer& to, std::size_t place) { to.on_sent(place, message); });
  }
}

void EpochRouter::on_ordered(std::size_t node, const node::ExecuteBlock& block) {
  route(block.stored.block.header.epoch, node,
        [&](Observer& to, std::size_t place) { to.on_ordered(place, block); });
}

void EpochRouter::on_executed(std::size_t node, const ExecutedBlock& block) {
  const node::EpochPlan& plan = *block.outcome.plan;
  const Epoch epoch = plan.current.epoch;
  if (epoch == consensus::kFirstEpoch) return;
  const crypto::Digest hash = consensus::epoch_hash(chain_.genesis.suite, plan.current);
  if (records_.try_emplace(epoch, hash).first->second != hash) {
    violations_.push_back({"S13", "n" + std::to_string(node) + " enters epoch " +
                                      std::to_string(epoch.value()) + " under another record"});
  }
  if (!later_.contains(epoch))
    later_.emplace(epoch, std::make_shared<Later>(plan.current, plan.start, chain_, violations_));
}

}  // namespace huangpu::sim
