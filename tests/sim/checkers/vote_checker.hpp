// What one honest key may sign, and when it may leave the machine: rules S1, S2, S4, S5,
// D2 and Q1 (who may have forgotten a vote casts none).
//
// Judges by the messages on the wire and by what the platters hold; asks no node anything.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "tests/sim/observer.hpp"

namespace huangpu::sim {

class VoteChecker final : public Observer {
 public:
  VoteChecker(std::size_t nodes, crypto::SuiteId suite, Violations& violations)
      : suite_(suite), violations_(violations), nodes_(nodes) {}

  void on_started(std::size_t node, const Started& what) override;
  void on_crashed(std::size_t node) override { nodes_[node].final_view = View{0}; }
  void on_durable(std::size_t node, const consensus::Frame& frame) override;
  void on_sent(std::size_t node, const consensus::Message& message) override;
  void on_ordered(std::size_t node, const node::ExecuteBlock& block) override;

  // Votes and proposals, repetitions not counted.
  [[nodiscard]] std::uint64_t votes_made() const { return votes_made_; }

 private:
  struct Votes {
    std::set<crypto::Digest> proposed;
    std::set<crypto::Digest> notarized;
    std::set<crypto::Digest> finalized;
    bool nullified = false;
  };
  struct Node {
    std::map<View, Votes> sent;
    std::map<View, Votes> durable;
    bool quarantined = false;
    View final_view{0};  // of what this life handed to execution
  };

  void violation(const char* rule, std::size_t node, View view, const std::string& text);

  const crypto::SuiteId suite_;
  Violations& violations_;
  std::vector<Node> nodes_;
  std::uint64_t votes_made_ = 0;
};

}  // namespace huangpu::sim
