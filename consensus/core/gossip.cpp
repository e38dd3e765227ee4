// Status exchange, spreading of certificates, and sending again what may have been lost (SPEC
// C-137..C-141).
#include <algorithm>

#include "consensus/core/engine_impl.hpp"

namespace huangpu::consensus {

std::size_t Engine::Impl::certificate_bytes() const {
  return 128 + peers_.size() * crypto::Signature::kEncodedBytesMax;
}

// Answers to one peer are bounded per retry interval: a standstill must not become a storm.
bool Engine::Impl::spend(PeerState& peer, std::size_t bytes) {
  if (now_.mono_ms >= peer.budget_since + parameters().retry_ms) {
    peer.budget_since = now_.mono_ms;
    peer.budget_used = 0;
  }
  if (peer.budget_used + bytes > config_.tuning.answer_bytes_max) return false;
  peer.budget_used += bytes;
  return true;
}

PeerStatus Engine::Impl::own_status() const {
  PeerStatus status;
  status.epoch = config_.epoch.epoch;
  status.view = cur_;
  status.final_view = final_view_;
  status.final_height = tree_.root().height();
  status.notarized_view = notarized_.empty() ? final_view_ : notarized_.rbegin()->first;
  status.nullified_view = nullified_.empty() ? View(0) : nullified_.rbegin()->first;
  status.executed_height = commits_.executed();
  status.certified_height = commits_.certified();
  status.quarantined = safety_.quarantined();
  if (status.quarantined) status.rejoin_view = rejoin_.needed;
  status.lanes = lanes_.all_acks();
  return status;
}

// Own votes above `view`, newest first, of the newest few views. What a certificate proves needs no
// votes any more: peers that lack it get it for their status.
std::vector<Vote> Engine::Impl::own_votes_above(View view) const {
  constexpr std::size_t kViewsMax = 16;
  std::vector<Vote> votes;
  if (!member()) return votes;
  std::size_t views = 0;
  for (auto it = pools_.rbegin(); it != pools_.rend() && it->first > view && views < kViewsMax;
       ++it) {
    const std::size_t before = votes.size();
    for (const VoteKind kind : {VoteKind::kNotarize, VoteKind::kNullify, VoteKind::kFinalize}) {
      if (const Vote* vote = it->second.find(kind, config_.self)) votes.push_back(*vote);
    }
    if (votes.size() > before) ++views;
  }
  std::erase_if(votes, [&](const Vote& vote) {
    return (vote.kind == VoteKind::kNotarize && notarized_.contains(vote.view)) ||
           (vote.kind == VoteKind::kNullify && nullified_.contains(vote.view));
  });
  return votes;
}

void Engine::Impl::on(ValidatorIndex from, const PeerStatus& status) {
  if (status.epoch != config_.epoch.epoch) return inform_laggard(from, status);
  PeerState& peer = peers_[from.value()];
  peer.status = status;
  note_report(from, status.view);
  if (status.quarantined && status.rejoin_view) {
    // A liar costs a few empty blocks per interval, no more than the heartbeat of a quiet chain.
    notices_.note(from, *status.rejoin_view, cur_, final_view_, now_.mono_ms,
                  std::max<std::uint64_t>(parameters().heartbeat_ms,
                                          std::uint64_t{8} * parameters().retry_ms));
  }
  // Set, not raised: a peer that lost its memory says so.
  peer.shown_view = status.view;
  peer.shown_notarized = status.notarized_view;
  peer.shown_final = status.final_view;
  peer.shown_final_height = status.final_height;
  peer.shown_certified = status.certified_height;
  for (const LaneAck& ack : status.lanes) lanes_.acknowledge(from, ack);
  answer(from, status);
}

// Exactly what the status says is lacking, most useful first.
void Engine::Impl::answer(ValidatorIndex to, const PeerStatus& status) {
  PeerState& peer = peers_[to.value()];
  const std::size_t cost = certificate_bytes();
  const auto offer = [&](const auto& message, std::size_t bytes) {
    const bool affordable = spend(peer, bytes);
    if (affordable) send(to, message);
    return affordable;
  };
  constexpr std::size_t kCommitBytes = 512;
  constexpr std::size_t kVoteBytes = 160;
  if (newest_final_ && status.final_view < newest_final_->view && !offer(*newest_final_, cost))
    return;
  if (commits_.newest() && status.certified_height < commits_.certified() &&
      !offer(*commits_.newest(), cost + kCommitBytes)) {
    return;
  }
  for (auto it = nullified_.rbegin(); it != nullified_.rend() && it->first >= status.view; ++it) {
    if (!offer(it->second, cost)) return;
  }
  const View notarized = std::max({status.notarized_view, status.final_view, final_view_});
  for (auto it = notarized_.rbegin(); it != notarized_.rend() && it->first > notarized; ++it) {
    if (!offer(it->second, cost)) return;
  }
  for (const Vote& vote : own_votes_above(status.final_view)) {
    if (!offer(vote, kVoteBytes)) return;
  }
  if (const auto own = proposals_.find(cur_); own != proposals_.end() &&
                                              leader(cur_) == config_.self && status.view <= cur_ &&
                                              !own->second.proposal.signature.empty()) {
    const auto& proposal = own->second.proposal;
    const std::size_t bytes = 1'024 + cost * (1 + proposal.justification.nullifications.size());
    if (!offer(proposal, std::min<std::size_t>(bytes, config_.tuning.answer_bytes_max / 2))) return;
  }
  for (const CommitVote& vote : commits_.own_votes_above(status.certified_height)) {
    if (!offer(vote, kCommitBytes)) return;
  }
}

void Engine::Impl::on(ValidatorIndex from, const GetCertificate& request) {
  if (!spend(peers_[from.value()], certificate_bytes())) return;
  if (request.epoch != config_.epoch.epoch) {
    if (request.kind == CertificateKind::kCommit) out_.push_back(ServeFromStore{from, request});
    return;
  }
  const View view(request.position);
  const auto reply = [&](const std::map<View, Certificate>& from_map) {
    const auto found = from_map.find(view);
    if (found == from_map.end()) return false;
    send(from, found->second);
    return true;
  };
  switch (request.kind) {
    case CertificateKind::kNotarization:
      if (reply(notarized_)) return;
      break;
    case CertificateKind::kNullification:
      if (reply(nullified_)) return;
      break;
    case CertificateKind::kFinalization:
      break;
    case CertificateKind::kCommit:
      if (commits_.newest() && commits_.newest()->message.height.value() == request.position) {
        return send(from, *commits_.newest());
      }
      break;
  }
  // A finalization of the view, or a later one, ends the question.
  if (request.kind != CertificateKind::kCommit && newest_final_ && newest_final_->view >= view) {
    return send(from, *newest_final_);
  }
  out_.push_back(ServeFromStore{from, request});
}

void Engine::Impl::on(ValidatorIndex from, const GetBlockByHash& request) {
  constexpr std::size_t kReplyBytes = 8'192;
  if (!spend(peers_[from.value()], kReplyBytes)) return;
  const BlockNode* node = tree_.find(request.hash);
  // The epoch's start is a node without a block to send.
  if (node == nullptr || node->hash == config_.genesis_block ||
      (!node->justification && node->height() <= tree_.root().height())) {
    out_.push_back(ServeFromStore{from, request});
    return;
  }
  BlocksReply reply;
  reply.blocks.push_back(
      {node->block, node->justification.value_or(Justification{}), std::nullopt});
  if (newest_final_ && newest_final_->digest == node->hash)
    reply.blocks.back().finalization = newest_final_;
  send(from, std::move(reply));
}

void Engine::Impl::schedule_spread(const Certificate& certificate) {
  if (restoring_) return;
  spreads_[{certificate.kind, certificate.view}] = now_.mono_ms + config_.tuning.spread_delay_ms;
}

// To peers that have not shown by now that they know: most learned it by themselves from the same
// votes.
void Engine::Impl::spread_certificates() {
  for (auto it = spreads_.begin(); it != spreads_.end();) {
    const auto [kind, view] = it->first;
    if (now_.mono_ms < it->second) {
      wake(it->second);
      ++it;
      continue;
    }
    it = spreads_.erase(it);
    const Certificate* certificate = nullptr;
    Height height{0};
    if (kind == VoteKind::kFinalize) {
      if (newest_final_ && newest_final_->view == view) certificate = &*newest_final_;
      if (certificate != nullptr) {
        const BlockNode* node = tree_.find(certificate->digest);
        if (node != nullptr) height = node->height();
      }
    } else {
      const auto& source = kind == VoteKind::kNotarize ? notarized_ : nullified_;
      const auto found = source.find(view);
      if (found != source.end()) certificate = &found->second;
    }
    if (certificate == nullptr) continue;
    for (std::uint16_t i = 0; i < peers_.size(); ++i) {
      const PeerState& peer = peers_[i];
      const ValidatorIndex index(i);
      if (!peer.connected || index == config_.self) continue;
      if (!everyone_spreads() && index != leader(cur_)) continue;
      bool knows = peer.shown_final >= view;
      if (kind == VoteKind::kNotarize) knows = knows || peer.shown_notarized >= view;
      if (kind == VoteKind::kNullify) knows = knows || peer.shown_view > view;
      if (kind == VoteKind::kFinalize)
        knows = knows || (height.value() > 0 && peer.shown_final_height >= height);
      if (!knows) send(index, *certificate);
    }
  }
  if (!commit_spread_) return;
  if (now_.mono_ms < *commit_spread_) return wake(*commit_spread_);
  commit_spread_.reset();
  for (std::uint16_t i = 0; i < peers_.size(); ++i) {
    if (!peers_[i].connected || peers_[i].shown_certified >= commits_.certified()) continue;
    send(ValidatorIndex(i), *commits_.newest());
  }
}

// Stuck in a view: own votes that may have been lost, and the certificate that led here. Stored
// bytes only.
void Engine::Impl::resend_own() {
  if (!member()) return;
  const auto votes = own_votes_above(final_view_);
  const auto own = proposals_.find(cur_);
  const bool proposed = own != proposals_.end() && leader(cur_) == config_.self &&
                        !own->second.proposal.signature.empty();
  if (votes.empty() && !proposed) {
    resend_due_ = std::max(resend_due_, now_.mono_ms + resend_pause_);
    return;
  }
  if (now_.mono_ms < resend_due_) return wake(resend_due_);
  constexpr std::uint32_t kPausesMax = 8;
  resend_pause_ = std::min(resend_pause_ + resend_pause_ / 2, parameters().retry_ms * kPausesMax);
  resend_due_ = now_.mono_ms + resend_pause_;
  wake(resend_due_);
  if (const Certificate* certificate = entered_by()) broadcast(*certificate);
  if (proposed) broadcast(own->second.proposal);
  for (const Vote& vote : votes) broadcast(vote);
}

void Engine::Impl::settle_gossip() {
  if (now_.mono_ms >= status_due_) {
    status_due_ = now_.mono_ms + config_.tuning.status_interval_ms;
    broadcast(own_status());
  }
  wake(status_due_);
  spread_certificates();
  resend_own();
}

}  // namespace huangpu::consensus
