#include "tests/sim/checkers/chain_checker.hpp"

#include <algorithm>

namespace huangpu::sim {

namespace {

std::vector<std::pair<std::uint16_t, LanePosition>> order_of(const node::ExecuteBlock& block) {
  std::vector<std::pair<std::uint16_t, LanePosition>> order;
  order.reserve(block.batches.size());
  for (const auto& batch : block.batches) order.emplace_back(batch->lane, batch->position);
  return order;
}

}  // namespace

void ChainChecker::violation(const char* rule, std::size_t node, Height height,
                             const std::string& text) {
  violations_.push_back({rule, "n" + std::to_string(node) + " at height " +
                                   std::to_string(height.value()) + " " + text});
}

void ChainChecker::on_ordered(std::size_t node, const node::ExecuteBlock& block) {
  const Height height = block.stored.block.header.height;
  if (height != next_[node])
    violation("S9", node, height, "where " + std::to_string(next_[node].value()) + " comes next");
  next_[node] = Height{height.value() + 1};
  const auto known = blocks_.find(height);
  if (known == blocks_.end()) {
    first_sight(node, block);
    return;
  }
  if (known->second.hash != block.hash) violation("S9", node, height, "orders another block");
  if (known->second.order != order_of(block))
    violation("S11", node, height, "executes another order");
}

void ChainChecker::first_sight(std::size_t node, const node::ExecuteBlock& block) {
  const consensus::BlockHeader& header = block.stored.block.header;
  const auto parent = blocks_.find(Height{header.height.value() - 1});
  if (parent == blocks_.end()) {
    violation("S9", node, header.height, "orders a block whose parent nobody ordered");
    return;
  }
  if (parent->second.hash != header.parent_hash)
    violation("S9", node, header.height, "orders a block with another parent");
  if (parent->second.time >= header.timestamp)
    violation("S9", node, header.height, "orders a block that is not later than its parent");
  if (header.height.value() > certified_.value() + lag_blocks_)
    violation("L3", node, header.height,
              "runs ahead of certificate " + std::to_string(certified_.value()));

  // Each lane advances by exactly the batches that follow its tip.
  Block made{block.hash, header.timestamp, header.epoch, parent->second.tips, order_of(block)};
  std::vector<LanePosition> before = parent->second.tips;
  if (header.epoch != parent->second.epoch) {
    // Every lane begins again, one per member of the new set.
    before.assign(block.tips.size(), LanePosition{0});
    made.tips = before;
  }
  for (const Place& place : made.order) {
    LanePosition& tip = made.tips.at(place.first);
    if (place.second.value() != tip.value() + 1)
      violation("S11", node, header.height,
                "executes batch " + std::to_string(place.second.value()) + " of lane " +
                    std::to_string(place.first) + " behind " + std::to_string(tip.value()));
    tip = place.second;
  }
  for (const consensus::CutEntry& entry : block.stored.block.cut) {
    if (made.tips.at(entry.lane.value()) != entry.pos || before.at(entry.lane.value()) >= entry.pos)
      violation("S11", node, header.height, "has a cut that its batches do not make");
  }
  blocks_.emplace(header.height, std::move(made));
}

void ChainChecker::agree(const char* rule, std::size_t node,
                         const consensus::CommitMessage& message) {
  const auto& known = results_.try_emplace(message.height, message).first->second;
  if (known != message) violation(rule, node, message.height, "has another result");
}

void ChainChecker::on_executed(std::size_t node, const ExecutedBlock& block) {
  agree("S12", node, block.outcome.commit);
}

void ChainChecker::on_certified(std::size_t node, const consensus::CommitCertificate& certificate) {
  agree("S16", node, certificate.message);
  certified_ = std::max(certified_, certificate.message.height);
}

}  // namespace huangpu::sim
