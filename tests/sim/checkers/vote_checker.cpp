#include "tests/sim/checkers/vote_checker.hpp"

#include <algorithm>
#include <utility>

#include "consensus/codec/hashing.hpp"

namespace huangpu::sim {

namespace {

// The vote that a log record stands for, put into `votes`; the view, or nothing for other records.
template <class Map>
void put(Map& votes, const consensus::LogRecord& record) {
  if (const auto* p = std::get_if<consensus::ProposeRecord>(&record)) {
    votes[p->view].proposed.insert(p->digest);
  } else if (const auto* n = std::get_if<consensus::NotarizeRecord>(&record)) {
    votes[n->view].notarized.insert(n->digest);
  } else if (const auto* z = std::get_if<consensus::NullifyRecord>(&record)) {
    votes[z->view].nullified = true;
  } else if (const auto* f = std::get_if<consensus::FinalizeRecord>(&record)) {
    votes[f->view].finalized.insert(f->digest);
  }
}

}  // namespace

void VoteChecker::violation(const char* rule, std::size_t node, View view,
                            const std::string& text) {
  violations_.push_back(
      {rule, "n" + std::to_string(node) + " " + text + " in view " + std::to_string(view.value())});
}

void VoteChecker::on_durable(std::size_t node, const consensus::Frame& frame) {
  for (const auto& record : frame.records) {
    put(nodes_[node].durable, record);
    // From here on what it sends is judged like anybody's, also against what it sent before it
    // forgot.
    const auto* floor = std::get_if<consensus::FloorRecord>(&record);
    if (floor != nullptr && floor->rejoin) nodes_[node].quarantined = false;
  }
}

void VoteChecker::on_sent(std::size_t node, const consensus::Message& message) {
  Node& self = nodes_[node];
  if (const auto* proposal = std::get_if<consensus::Proposal>(&message)) {
    const crypto::Digest hash = consensus::block_hash(suite_, proposal->block.header);
    Votes& sent = self.sent[proposal->view];
    const bool first = sent.proposed.insert(hash).second;
    votes_made_ += first ? 1 : 0;
    if (first && self.quarantined)
      violation("Q1", node, proposal->view, "proposes although it may have forgotten a vote");
    if (sent.proposed.size() > 1) violation("S1", node, proposal->view, "proposes two blocks");
    if (!self.durable[proposal->view].proposed.contains(hash))
      violation("S5", node, proposal->view, "sends a proposal that is not on its platter");
    return;
  }
  const auto* vote = std::get_if<consensus::Vote>(&message);
  if (vote == nullptr || vote->signer.value() != node) return;
  Votes& sent = self.sent[vote->view];
  const Votes& durable = self.durable[vote->view];
  bool on_platter = false;
  bool first = false;  // later ones are repetitions, which are always allowed
  switch (vote->kind) {
    case consensus::VoteKind::kNotarize:
      first = sent.notarized.insert(vote->digest).second;
      on_platter = durable.notarized.contains(vote->digest);
      break;
    case consensus::VoteKind::kNullify:
      first = !std::exchange(sent.nullified, true);
      on_platter = durable.nullified;
      break;
    case consensus::VoteKind::kFinalize:
      first = sent.finalized.insert(vote->digest).second;
      on_platter = durable.finalized.contains(vote->digest);
      break;
  }
  // What was queued before its view became final may be in the log, but it stays there.
  votes_made_ += first ? 1 : 0;
  if (first && self.quarantined)
    violation("Q1", node, vote->view, "votes although it may have forgotten a vote");
  if (first && vote->view <= self.final_view)
    violation("S4", node, vote->view,
              std::string("sends a first ") + consensus::to_string(vote->kind) +
                  " at or below final view " + std::to_string(self.final_view.value()));
  if (!on_platter) violation("S5", node, vote->view, "sends a vote that is not on its platter");
  if (sent.notarized.size() > 1) violation("S1", node, vote->view, "notarizes two blocks");
  if (sent.finalized.size() > 1) violation("S2", node, vote->view, "finalizes two blocks");
  if (!sent.finalized.empty() && sent.nullified)
    violation("S2", node, vote->view, "finalizes and nullifies");
}

void VoteChecker::on_ordered(std::size_t node, const node::ExecuteBlock& block) {
  // A block that is final by a later one, or by a commit certificate, does not say in which view.
  if (!block.stored.finalization) return;
  View& final_view = nodes_[node].final_view;
  final_view = std::max(final_view, block.stored.finalization->view);
}

void VoteChecker::on_started(std::size_t node, const Started& what) {
  nodes_[node].quarantined = what.verdict.kind == consensus::Verdict::Kind::kQuarantine;
  if (what.verdict.kind != consensus::Verdict::Kind::kNormal) return;
  const View floor = what.votes.floor ? what.votes.floor->view : View{0};
  for (const auto& [view, sent] : nodes_[node].sent) {
    if (view <= floor) continue;
    const auto found = what.votes.votes.find(view);
    const consensus::OwnVotes restored =
        found == what.votes.votes.end() ? consensus::OwnVotes{} : found->second;
    const auto holds = [](const std::optional<crypto::Digest>& own,
                          const std::set<crypto::Digest>& said) {
      return said.empty() || (own && said.contains(*own));
    };
    if (!holds(restored.proposed, sent.proposed) || !holds(restored.notarized, sent.notarized) ||
        !holds(restored.finalized, sent.finalized) || (sent.nullified && !restored.nullified)) {
      violation("D2", node, view, "starts without a vote that it had sent");
    }
  }
}

}  // namespace huangpu::sim
