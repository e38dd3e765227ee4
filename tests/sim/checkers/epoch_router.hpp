// Lets the checkers that judge one epoch judge many: each epoch has its own, with its own members,
// and no event of one epoch reaches the checkers of another (rules S1 to S8, S10, S13, V1).
//
// The first epoch's checkers belong to the world. Later ones are made when an executed block says
// that their epoch has begun. Nodes are named by validator number, checkers know places in the set.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "tests/sim/checkers/certificate_checker.hpp"
#include "tests/sim/checkers/vote_checker.hpp"
#include "tests/sim/checkers/wire_checker.hpp"
#include "tests/sim/sim_chain.hpp"

namespace huangpu::sim {

class EpochRouter final : public Observer {
 public:
  EpochRouter(const SimChain& chain, std::vector<Observer*> first, Violations& violations)
      : chain_(chain), first_(std::move(first)), violations_(violations) {}

  void on_started(std::size_t node, const Started& what) override;
  void on_crashed(std::size_t node) override;
  void on_durable(std::size_t node, const consensus::Frame& frame) override;
  void on_sent(std::size_t node, const consensus::Message& message) override;
  void on_ordered(std::size_t node, const node::ExecuteBlock& block) override;
  void on_executed(std::size_t node, const ExecutedBlock& block) override;

  [[nodiscard]] std::size_t epochs() const { return 1 + later_.size(); }

 private:
  struct Later;
  template <class Tell>
  void route(Epoch epoch, std::size_t node, Tell tell);

  const SimChain& chain_;
  const std::vector<Observer*> first_;
  Violations& violations_;
  std::map<Epoch, std::shared_ptr<Later>> later_;
  std::map<Epoch, crypto::Digest> records_;  // S13: one record per epoch
};

}  // namespace huangpu::sim
