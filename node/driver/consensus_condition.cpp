#include "node/driver/consensus_condition.hpp"

#include <algorithm>

namespace huangpu::node {
namespace {

using consensus::SignerSet;
using consensus::Waiting;

SignerSet set_of(const consensus::ValidatorSet& validators,
                 const std::vector<ValidatorIndex>& members) {
  SignerSet set(validators.size());
  for (const ValidatorIndex member : members) set.insert(member);
  return set;
}

SignerSet connected(const consensus::EngineStatus& status,
                    const consensus::ValidatorSet& validators, ValidatorIndex self) {
  SignerSet set(validators.size());
  set.insert(self);
  for (const consensus::PeerView& peer : status.peers) {
    if (peer.connected) set.insert(peer.peer);
  }
  return set;
}

// The heaviest first: fewer of the missing cannot reach the quorum.
void await_quorum(const consensus::ValidatorSet& validators, SignerSet present,
                  ConsensusCondition& out) {
  std::vector<const consensus::Validator*> missing;
  for (const consensus::Validator& validator : validators.validators()) {
    if (!present.contains(validator.index)) missing.push_back(&validator);
  }
  for (const auto* validator : missing) out.awaited.push_back(validator->name);
  std::stable_sort(missing.begin(), missing.end(),
                   [](const auto* a, const auto* b) { return a->weight > b->weight; });
  for (const auto* validator : missing) {
    if (validators.quorum().reached_by(present)) break;
    present.insert(validator->index);
    ++out.enough;
  }
}

}  // namespace

ConsensusCondition consensus_condition(const consensus::EngineStatus& status,
                                       const consensus::EpochRecord& epoch,
                                       const consensus::LeaderSchedule& leaders,
                                       ValidatorIndex self) {
  ConsensusCondition out;
  out.reason = consensus::to_string(status.waiting);
  out.work = status.work;
  out.lag_blocks = epoch.parameters.lag_blocks;
  out.vote_sync_runs = status.frame_in_flight;
  const auto name = [&](ValidatorIndex index) {
    const consensus::Validator* validator = epoch.set.find(index);
    return validator != nullptr ? validator->name : std::string();
  };
  out.leader = name(status.leader);
  out.next_leader = name(leaders.leader(status.view.next()));
  switch (status.waiting) {
    case Waiting::kPeers:
      await_quorum(epoch.set, connected(status, epoch.set, self), out);
      break;
    case Waiting::kNotarizeVotes:
      await_quorum(epoch.set, set_of(epoch.set, status.notarized_by), out);
      break;
    case Waiting::kFinalizeVotes:
      await_quorum(epoch.set, set_of(epoch.set, status.finalized_by), out);
      break;
    case Waiting::kNullifyVotes:
      await_quorum(epoch.set, set_of(epoch.set, status.nullified_by), out);
      break;
    case Waiting::kProposal:
      out.awaited = {out.leader};
      out.enough = 1;
      break;
    default:  // the engine's own sentence says it
      break;
  }
  return out;
}

void ProgressClock::look(const consensus::EngineStatus& status, std::uint64_t now_ms) {
  if (status.epoch != epoch_ || status.view != of_view_) view_ = now_ms;
  if (status.final_height != of_height_ || (status.work && !worked_)) final_ = now_ms;
  epoch_ = status.epoch;
  of_view_ = status.view;
  of_height_ = status.final_height;
  worked_ = status.work;
}

}  // namespace huangpu::node
