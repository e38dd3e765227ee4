// What a simulated node is seen doing: the interface between nodes and the checkers that judge
// them.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "consensus/safety/replay.hpp"
#include "consensus/safety/vote_log.hpp"
#include "consensus/types/message.hpp"
#include "ledger/state/reader.hpp"
#include "node/replica/chain_executor.hpp"
#include "node/replica/effect.hpp"

namespace huangpu::sim {

struct Started {
  Height executed;
  const consensus::Verdict& verdict;
  const consensus::RestoredVotes& votes;
  Epoch epoch = consensus::kFirstEpoch;
};

struct ExecutedBlock {
  const node::BlockOutcome& outcome;
  const ledger::StateReader& state;  // with this block's changes
  bool again;                        // re-executed at start
};

class Observer {
 public:
  virtual ~Observer() = default;

  virtual void on_started(std::size_t /*node*/, const Started& /*what*/) {}
  virtual void on_crashed(std::size_t /*node*/) {}
  // A frame is on the platter.
  virtual void on_durable(std::size_t /*node*/, const consensus::Frame& /*frame*/) {}
  // A message leaves; batches and block replies are not shown.
  virtual void on_sent(std::size_t /*node*/, const consensus::Message& /*message*/) {}
  // A finalized block goes to execution.
  virtual void on_ordered(std::size_t /*node*/, const node::ExecuteBlock& /*block*/) {}
  virtual void on_executed(std::size_t /*node*/, const ExecutedBlock& /*block*/) {}
  virtual void on_certified(std::size_t /*node*/,
                            const consensus::CommitCertificate& /*certificate*/) {}
  // The node tells clients that everything up to this height is final.
  virtual void on_final(std::size_t /*node*/, Height /*height*/) {}
  // Quarantine, divergence, evidence, a failed disk: a sentence about what went wrong, and the
  // validator it accuses, if any.
  virtual void on_complaint(std::size_t /*node*/, const std::string& /*text*/,
                            std::optional<std::size_t> /*accused*/) {}
};

// Where checkers write what they found.
struct Violation {
  std::string rule;
  std::string text;
};
using Violations = std::vector<Violation>;

}  // namespace huangpu::sim
