// A simulated network of validators: nodes, wires, disks, clients and the checkers that watch them,
// in one thread and from one seed.
//
// Scenarios and seeds are written against this class: advance time, break things, heal, and ask
// whether anything was violated. The same calls with the same options give the same trace digest.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/sim/checkers/books_checker.hpp"
#include "tests/sim/checkers/certificate_checker.hpp"
#include "tests/sim/checkers/chain_checker.hpp"
#include "tests/sim/checkers/epoch_router.hpp"
#include "tests/sim/checkers/vote_checker.hpp"
#include "tests/sim/checkers/wire_checker.hpp"
#include "tests/sim/clients.hpp"
#include "tests/sim/network.hpp"
#include "tests/sim/sim_node.hpp"

namespace huangpu::sim {

struct WorldOptions {
  std::uint64_t seed = 1;
  std::size_t validators = 4;
  std::size_t newcomers = 0;                // the last of them, who are not in genesis
  std::vector<std::uint32_t> weights = {};  // all 1 if empty
  std::vector<std::pair<std::size_t, Byzantine>> byzantine = {};  // which validators, and how
  test::SimKeyRing::Kind keys = test::SimKeyRing::Kind::kStub;
  std::size_t trace_lines = 0;
};

class World {
 public:
  explicit World(const WorldOptions& options);

  [[nodiscard]] Micros now() const { return scheduler_.now(); }
  void run_for(Micros time);
  // False if the condition did not come true within `limit`, or something was violated. It is asked
  // every `kAskEvery`.
  bool run_until(const std::function<bool()>& condition, Micros limit);
  static constexpr Micros kAskEvery = 5 * kMillisecond;

  // Machines: one per validator in the order of their indexes, then the twins' second copies.
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  [[nodiscard]] SimNode& node(std::size_t index) { return *nodes_[index]; }
  [[nodiscard]] const Weights& weights() const { return weights_; }
  [[nodiscard]] bool honest(std::size_t machine) const { return honest_[machine]; }
  // Its files were damaged by us: it may quarantine itself or refuse to start, and say so. For the
  // rest of the run it counts as one of the faulty.
  void set_damaged(std::size_t machine) { complaints_.excused[machine] = true; }
  [[nodiscard]] bool damaged(std::size_t machine) const { return complaints_.excused[machine]; }
  // Honest and whole: those who must get everything done. Their weight is a quorum.
  [[nodiscard]] std::vector<std::size_t> sound() const;
  // What faults have used up and what they may: weight of the Byzantine and the damaged.
  [[nodiscard]] bool may_damage(std::size_t machine) const;
  // Byzantine machines end.
  void silence_byzantine();
  [[nodiscard]] Network& network() { return *network_; }
  [[nodiscard]] Clients& clients() { return *clients_; }
  [[nodiscard]] Scheduler& scheduler() { return scheduler_; }
  [[nodiscard]] Trace& trace() { return trace_; }
  [[nodiscard]] const SimChain& chain() const { return chain_; }

  void start(std::size_t node) { nodes_[node]->start(); }
  void start_all();
  void crash(std::size_t node, test::Crash kind) { nodes_[node]->crash(kind); }
  void crash_all(test::Crash kind);
  // Every node up, every wire and clock and disk as it should be.
  void heal();

  // Distinct blocks ordered, and transactions settled, by anybody.
  [[nodiscard]] std::uint64_t blocks() const { return chain_checker_.blocks(); }
  [[nodiscard]] std::uint64_t settled() const { return books_checker_.settled(); }
  [[nodiscard]] Height final_height() const { return books_checker_.final_height(); }
  [[nodiscard]] std::size_t nullified_views() const {
    return certificate_checker_.nullified_views();
  }
  [[nodiscard]] std::uint64_t votes_made() const { return vote_checker_.votes_made(); }
  [[nodiscard]] std::uint64_t busy_messages() const { return wire_checker_.busy_messages(); }
  [[nodiscard]] std::uint64_t block_requests() const { return wire_checker_.block_requests(); }

  // All of these nodes are up, have executed and certified the same height, and nothing below it is
  // missing at any of them.
  [[nodiscard]] bool level(const std::vector<std::size_t>& nodes) const;
  [[nodiscard]] bool all_level() const;
  // In words, for a report: where each node stands.
  [[nodiscard]] std::string standing() const;

  // Complaints of nodes (quarantine, evidence, refusals) are violations unless they contain this
  // text.
  void expect_complaint(std::string text) { complaints_.expected.push_back(std::move(text)); }
  [[nodiscard]] const std::vector<std::string>& expected_complaints_seen() const {
    return complaints_.seen;
  }
  [[nodiscard]] const Violations& violations() const { return violations_; }
  void violation(const std::string& rule, const std::string& text) {
    violations_.push_back({rule, text});
  }

 private:
  // A correct network has nothing to complain about.
  struct Complaints final : Observer {
    Complaints(std::vector<bool> honest, Violations& violations)
        : into(violations), honest_of(std::move(honest)), excused(honest_of.size()) {}
    void on_complaint(std::size_t node, const std::string& text,
                      std::optional<std::size_t> accused) override;
    Violations& into;
    const std::vector<bool> honest_of;
    std::vector<bool> excused;
    std::vector<std::string> expected;
    std::vector<std::string> seen;
  };

  Scheduler scheduler_;
  Trace trace_;
  SimChain chain_;
  const Weights weights_;
  const std::vector<bool> honest_;  // by machine
  BatchMemo batches_;
  Violations violations_;
  VoteChecker vote_checker_;
  CertificateChecker certificate_checker_;
  WireChecker wire_checker_;
  ChainChecker chain_checker_;
  BooksChecker books_checker_;
  EpochRouter epoch_router_;
  Complaints complaints_;
  std::vector<Observer*> observers_;            // of honest machines
  std::vector<Observer*> byzantine_observers_;  // of the others
  std::unique_ptr<Network> network_;
  std::vector<std::unique_ptr<SimNode>> nodes_;
  std::unique_ptr<Clients> clients_;
};

}  // namespace huangpu::sim
