// The engine's state in words (SPEC C-150).
#include <algorithm>
#include <string>

#include "consensus/core/engine_impl.hpp"

namespace huangpu::consensus {

const char* to_string(Waiting waiting) {
  switch (waiting) {
    case Waiting::kDiverged:
      return "diverged";
    case Waiting::kQuarantined:
      return "quarantined";
    case Waiting::kListening:
      return "listening";
    case Waiting::kEpochEnd:
      return "epoch-end";
    case Waiting::kSyncing:
      return "syncing";
    case Waiting::kIdle:
      return "idle";
    case Waiting::kExecution:
      return "execution";
    case Waiting::kCommitCertificate:
      return "commit-certificate";
    case Waiting::kDisk:
      return "disk";
    case Waiting::kPeers:
      return "peers";
    case Waiting::kProposal:
      return "proposal";
    case Waiting::kBatches:
      return "batches";
    case Waiting::kParent:
      return "parent";
    case Waiting::kSkippedViews:
      return "skipped-views";
    case Waiting::kClock:
      return "clock";
    case Waiting::kNotarizeVotes:
      return "notarize-votes";
    case Waiting::kFinalizeVotes:
      return "finalize-votes";
    case Waiting::kNullifyVotes:
      return "nullify-votes";
  }
  return "unknown";
}

// Validators outside the set, by name: "bank-c, bank-d".
std::string Engine::Impl::names_outside(const SignerSet& signers) const {
  std::string text;
  for (const Validator& validator : config_.epoch.set.validators()) {
    if (signers.contains(validator.index)) continue;
    text += (text.empty() ? "" : ", ") + validator.name;
  }
  return text.empty() ? "nobody" : text;
}

void Engine::Impl::explain(EngineStatus& status) const {
  const auto say = [&](Waiting waiting, std::string text) {
    status.waiting = waiting;
    status.waiting_text = std::move(text);
  };
  const auto number = [](const auto& strong) { return std::to_string(strong.value()); };
  if (diverged_)
    return say(Waiting::kDiverged,
               "own results contradict a commit certificate: this node has stopped");
  if (ending_.ended) {
    return say(Waiting::kEpochEnd, "the last block of epoch " + number(status.epoch) +
                                       " is final; its commit certificate needs " +
                                       names_outside(commits_.voters(status.final_height)));
  }
  if (key_.watching && member() && !safety_.quarantined()) {
    return say(Waiting::kListening,
               "this validator listens for another copy of its key before it votes");
  }
  if (!can_vote() && member()) {
    return say(Waiting::kQuarantined,
               "this validator must not vote: " +
                   (safety_.stopped().empty()
                        ? safety_.verdict().reason + "; it votes again after " + explain_rejoin()
                        : safety_.stopped()));
  }
  if (!queue_.empty() || final_target_ || commit_target_ || !sync_wants_.empty()) {
    return say(Waiting::kSyncing, "fetching final blocks or their batches above height " +
                                      number(status.final_height));
  }
  const auto [view, hash] = head();
  const BlockNode* node = tree_.find(hash);
  if (node != nullptr && !commits_.allows(node->height().next())) {
    const std::uint64_t needed = node->height().value() + 1 - parameters().lag_blocks;
    if (commits_.executed().value() < needed) {
      return say(Waiting::kExecution, "executed up to height " + number(commits_.executed()) +
                                          ", the next block needs " + std::to_string(needed));
    }
    const Height open = commits_.certified().next();
    return say(Waiting::kCommitCertificate, "no commit certificate above height " +
                                                number(commits_.certified()) + "; for height " +
                                                number(open) + " nothing came from " +
                                                names_outside(commits_.voters(open)));
  }
  if (!status.work) return say(Waiting::kIdle, "nothing to order");
  SignerSet connected(peers_.size());
  connected.insert(config_.self);
  for (const PeerView& peer : status.peers) {
    if (peer.connected) connected.insert(peer.peer);
  }
  if (!quorum().reached_by(connected))
    return say(Waiting::kPeers, "no quorum is connected; missing: " + names_outside(connected));
  if (proposal_waits_) {
    const std::string name = config_.epoch.set.at(status.leader).name;
    if (*proposal_waits_ == Waiting::kBatches)
      return say(*proposal_waits_,
                 "the proposal of " + name + " names batches that are not here yet");
    if (*proposal_waits_ == Waiting::kParent)
      return say(*proposal_waits_, "the parent of the proposal of " + name + " is not here yet");
    if (*proposal_waits_ == Waiting::kSkippedViews)
      return say(*proposal_waits_, "nullifications between the parent of the proposal of " + name +
                                       " and view " + number(cur_) + " are not here yet");
    if (*proposal_waits_ == Waiting::kClock)
      return say(*proposal_waits_, "the clock of " + name + " is ahead of ours");
  }
  if (safety_.frame_in_flight()) return say(Waiting::kDisk, "the vote log is being synced");
  const auto signers = [&](const std::vector<ValidatorIndex>& members) {
    SignerSet set(peers_.size());
    for (const ValidatorIndex member : members) set.insert(member);
    return set;
  };
  if (!status.nullified_by.empty() && gave_up_) {
    return say(Waiting::kNullifyVotes, "view " + number(cur_) +
                                           " is being given up; no vote from " +
                                           names_outside(signers(status.nullified_by)));
  }
  if (proposals_.count(cur_) == 0 && !has_unfinished_chain()) {
    return say(Waiting::kProposal, "no proposal from " + config_.epoch.set.at(status.leader).name +
                                       " for view " + number(cur_));
  }
  if (proposals_.count(cur_) != 0) {
    return say(Waiting::kNotarizeVotes,
               "no notarize vote from " + names_outside(signers(status.notarized_by)));
  }
  return say(Waiting::kFinalizeVotes,
             "no finalize vote from " + names_outside(signers(status.finalized_by)));
}

EngineStatus Engine::Impl::status() const {
  EngineStatus status;
  status.epoch = config_.epoch.epoch;
  status.view = cur_;
  status.leader = leader(cur_);
  status.final_view = final_view_;
  status.final_height = tree_.root().height();
  status.final_hash = tree_.root().hash;
  const auto [view, hash] = head();
  const BlockNode* node = tree_.find(hash);
  status.notarized_height = node != nullptr ? node->height() : queue_height();
  status.executed_height = commits_.executed();
  status.certified_height = commits_.certified();
  status.work = work();
  status.quarantined = safety_.quarantined() || !safety_.stopped().empty();
  status.lane_closed = safety_.lane_closed();
  status.diverged = diverged_;
  status.observer = !member();
  status.watching = key_.watching;
  status.frame_in_flight = safety_.frame_in_flight();
  if (armed_) {
    status.proposal_deadline = proposal_deadline_;
    status.certificate_deadline = certificate_deadline_;
  }
  const auto voters = [&](View of, VoteKind kind) {
    const auto pool = pools_.find(of);
    return pool == pools_.end() ? std::vector<ValidatorIndex>{}
                                : pool->second.voters(kind).members();
  };
  status.notarized_by = voters(cur_, VoteKind::kNotarize);
  status.nullified_by = voters(cur_, VoteKind::kNullify);
  status.finalized_by = voters(view, VoteKind::kFinalize);
  for (std::uint16_t i = 0; i < peers_.size(); ++i) {
    const ValidatorIndex index(i);
    if (index != config_.self)
      status.peers.push_back({index, peers_[i].connected, peers_[i].heard, peers_[i].status});
    status.lanes.push_back(
        {index, lanes_.held(index).pos, lanes_.acked_by_quorum(index), lanes_.ordered(index).pos});
  }
  explain(status);
  return status;
}

}  // namespace huangpu::consensus
