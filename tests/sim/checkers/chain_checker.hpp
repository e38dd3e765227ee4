// One chain, one order, one result: rules S9, S11, S12, S16 and L3.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "tests/sim/observer.hpp"

namespace huangpu::sim {

class ChainChecker final : public Observer {
 public:
  ChainChecker(std::size_t nodes, const crypto::Digest& genesis_block, std::uint32_t lag_blocks,
               Violations& violations)
      : lag_blocks_(lag_blocks), violations_(violations), next_(nodes, Height{1}), lanes_(nodes) {
    blocks_[Height{0}] = {genesis_block,
                          TimestampMs{0},
                          consensus::kFirstEpoch,
                          std::vector<LanePosition>(nodes),
                          {}};
  }

  void on_started(std::size_t node, const Started& what) override {
    next_[node] = Height{what.executed.value() + 1};
  }
  void on_ordered(std::size_t node, const node::ExecuteBlock& block) override;
  void on_executed(std::size_t node, const ExecutedBlock& block) override;
  void on_certified(std::size_t node, const consensus::CommitCertificate& certificate) override;

  // Distinct heights that some node ordered.
  [[nodiscard]] std::uint64_t blocks() const { return blocks_.size() - 1; }

 private:
  using Place = std::pair<std::uint16_t, LanePosition>;
  struct Block {
    crypto::Digest hash;
    TimestampMs time{0};
    Epoch epoch = consensus::kFirstEpoch;
    std::vector<LanePosition> tips;
    std::vector<Place> order;
  };

  void violation(const char* rule, std::size_t node, Height height, const std::string& text);
  void first_sight(std::size_t node, const node::ExecuteBlock& block);
  void agree(const char* rule, std::size_t node, const consensus::CommitMessage& message);

  const std::uint32_t lag_blocks_;
  Violations& violations_;
  std::vector<Height> next_;
  const std::size_t lanes_;
  std::map<Height, Block> blocks_;
  std::map<Height, consensus::CommitMessage> results_;
  Height certified_{0};
};

}  // namespace huangpu::sim
