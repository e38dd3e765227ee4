// Executed heights, commit votes and certificates (SPEC C-130..C-134).
#include <algorithm>

#include "consensus/codec/hashing.hpp"
#include "consensus/core/engine_impl.hpp"
#include "crypto/base/assert.hpp"

namespace huangpu::consensus {

void Engine::Impl::handle(Executed& event) {
  const CommitMessage& message = event.message;
  HP_ASSERT(message.height <= tree_.root().height(), "only delivered blocks are executed");
  commits_.executed(message);
  if (event.end) ending_.announced = event.end;
  compare(message.height);
  // Every height is signed, in order, unless a certificate covers it already.
  if (message.height <= commits_.certified() && !message.is_boundary()) return;
  if (sign_commit(message)) assemble_commits();
}

void Engine::Impl::on(ValidatorIndex from, const CommitVote& vote) {
  if (vote.message.genesis != config_.chain.genesis || vote.message.epoch != config_.epoch.epoch)
    return;
  if (vote.signer != from) return;
  PeerState& peer = peers_[from.value()];
  peer.shown_final_height = std::max(peer.shown_final_height, vote.message.height);
  const auto result = commits_.add(vote, false);
  if (result.added == CommitBook::Added::kConflict) {
    if (!verify_commit_vote(verify_, vote))
      return disconnect(from, "a commit vote with a bad signature");
    if (verify_commit_vote(verify_, *result.other)) {
      const auto statement = [&](const CommitVote& v) {
        return Statement{SignedKind::kCommit, v.message.height.value(),
                         commit_digest(config_.chain.suite, v.message), v.signature};
      };
      return report(from, statement(*result.other), statement(vote));
    }
    disconnect(from, "a commit vote with a bad signature");
    commits_.drop(vote.message.height, from);
    commits_.add(vote, true);
  }
  if (result.added == CommitBook::Added::kNew || result.added == CommitBook::Added::kConflict)
    assemble_commits();
}

void Engine::Impl::assemble_commits() {
  std::vector<ValidatorIndex> liars;
  const auto certificate = commits_.assemble(verify_, liars);
  for (const ValidatorIndex liar : liars) disconnect(liar, "a commit vote with a bad signature");
  if (certificate) adopt(*certificate);
  if (const auto split = commits_.split(quorum())) alarm(*split);
}

void Engine::Impl::on(ValidatorIndex from, const CommitCertificate& certificate) {
  PeerState& peer = peers_[from.value()];
  if (certificate.message.genesis != config_.chain.genesis ||
      certificate.message.epoch != config_.epoch.epoch)
    return;
  if (certificate.message.height > commits_.certified()) {
    if (!verify_commit_certificate(verify_, certificate))
      return disconnect(from, "a commit certificate that proves nothing");
    adopt(certificate);
  }
  peer.shown_certified = std::max(peer.shown_certified, certificate.message.height);
  peer.shown_final_height = std::max(peer.shown_final_height, certificate.message.height);
}

void Engine::Impl::adopt(const CommitCertificate& certificate) {
  if (!commits_.certify(certificate)) return;
  const CommitMessage& message = certificate.message;
  safety_.set_certified(message.height);
  // It also proves that its block is final.
  if (message.height > queue_height()) commit_target_ = {message.height, message.block_hash};
  compare(message.height);
  if (diverged_) return;
  out_.push_back(CommitCertified{certificate});
  if (everyone_spreads()) commit_spread_ = now_.mono_ms + config_.tuning.spread_delay_ms;
}

// What a quorum computed against what this node computed. Through the history root one comparison
// covers every height below.
void Engine::Impl::compare(Height height) {
  const CommitBook::Own* own = commits_.own(height);
  const auto& newest = commits_.newest();
  if (own == nullptr || !newest || newest->message.height != height || diverged_) return;
  if (own->digest == commit_digest(config_.chain.suite, newest->message)) return;
  diverged_ = true;
  out_.push_back(Diverged{own->message, newest->message});
  halt("this node computed another result for height " + std::to_string(height.value()) +
       " than a quorum certified");
}

}  // namespace huangpu::consensus
