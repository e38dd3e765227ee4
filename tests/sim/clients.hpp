// The users of a simulated network: transfers, bulk transfers, issues and redemptions at random
// nodes, some at several, repeated until they are final or expired.
//
// Open loop: new transactions come at their own rate whatever happens to earlier ones. Watches like
// any client what nodes call final.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "node/replica/event.hpp"
#include "tests/sim/observer.hpp"
#include "tests/sim/random.hpp"
#include "tests/sim/scheduler.hpp"
#include "tests/sim/sim_chain.hpp"

namespace huangpu::sim {

class Clients final : public Observer {
 public:
  // Hands an envelope to a node; false if the node does not take it.
  using Submit = std::function<bool(std::size_t node, const node::AdmittedEnvelope&)>;

  Clients(Scheduler& scheduler, const SimChain& chain, Random random, Submit submit);

  // A new transaction every `mean` on average, until stop().
  void start(Micros mean);
  void stop() { ++load_; }
  void submit_one();
  // Every `pause`, what is still open is submitted again.
  void retry_every(Micros pause);
  // Exactly this transaction of this participant (index into SimChain::participants).
  void submit(std::size_t participant, ledger::Operation operation,
              std::optional<std::uint64_t> reference = std::nullopt);

  // Submitted, not expired, and not yet called final by any node.
  [[nodiscard]] std::size_t open() const { return open_.size(); }
  [[nodiscard]] std::uint64_t submitted() const { return submitted_; }

  void on_executed(std::size_t node, const ExecutedBlock& block) override;
  void on_final(std::size_t node, Height height) override;

 private:
  struct Open {
    node::AdmittedEnvelope envelope;
    TimestampMs until;
  };

  void tick(Micros mean, std::uint64_t load);
  // A payment under a client reference whose sender will not hear of it: he pays again.
  struct Lost {
    std::size_t participant;
    ledger::Operation operation;
    std::uint64_t reference;
  };
  [[nodiscard]] ledger::Operation draw(std::size_t& participant);
  [[nodiscard]] TimestampMs wall() const;
  void send(const node::AdmittedEnvelope& envelope);

  Scheduler& scheduler_;
  const SimChain& chain_;
  Random random_;
  const Submit submit_;
  std::uint64_t load_ = 0;  // number of the load that runs; a stopped one's jobs do nothing
  std::uint64_t submitted_ = 0;
  std::map<ledger::TxId, Open> open_;
  std::map<Height, std::vector<ledger::TxId>> answers_;  // executed, not yet final
  std::optional<Lost> lost_;
  Height final_{0};
};

}  // namespace huangpu::sim
