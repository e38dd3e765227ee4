// Votes into certificates, certificates into knowledge (SPEC C-110..C-112), and proof of what
// nobody honest signs.
#include <algorithm>

#include "consensus/codec/message_codec.hpp"
#include "consensus/core/engine_impl.hpp"

namespace huangpu::consensus {
namespace {

// What proves that the own key has another user, as peers send it.
std::optional<Bytes> shown(const Message& message) { return encode_message(message); }

}  // namespace

void Engine::Impl::on(ValidatorIndex from, const Vote& vote) {
  if (vote.epoch != config_.epoch.epoch) return;
  if ((vote.kind == VoteKind::kNullify) != vote.digest.is_zero()) return;
  if (vote.signer == config_.self) {
    // Nobody needs to tell us what we voted. A valid vote that we do not know comes from another
    // copy of the key; one that we know is no news, and costs no signature check.
    const SignedKind kind = signed_kind(vote.kind);
    if (safety_.judge(kind, vote.epoch, vote.view.value(), vote.digest) != Sighting::kForeign)
      return;
    if (!verify_vote(verify_, vote)) return disconnect(from, "a forged vote of the own key");
    if (safety_.sight(Occasion::kRunning, kind, vote.epoch, vote.view.value(), vote.digest) ==
        Sighting::kForeign) {
      out_.push_back(QuarantineEntered{"a vote of the own key that this node never cast was seen",
                                       shown(Message(vote)), key_.watching});
    }
    return;
  }
  if (vote.signer != from) return;
  PeerState& peer = peers_[from.value()];
  peer.shown_view = std::max(peer.shown_view, vote.view);
  if (vote.kind == VoteKind::kFinalize)
    peer.shown_notarized = std::max(peer.shown_notarized, vote.view);
  if (vote.kind == VoteKind::kNotarize) {
    if (const BlockNode* node = tree_.find(vote.digest);
        node != nullptr && node->block.header.view == vote.view) {
      peer.shown_notarized = std::max(peer.shown_notarized, node->block.header.parent_view);
    }
  }
  if (vote.view <= final_view_ || vote.view.value() > cur_.value() + config_.tuning.ahead_views_max)
    return;
  count(vote, false);
}

void Engine::Impl::count(const Vote& vote, bool verified) {
  if (vote.view <= final_view_) return;
  VotePool& pool = pools_.try_emplace(vote.view, peers_.size()).first->second;
  const auto result = pool.add(vote, verified);
  if (result.added == VotePool::Added::kConflict) {
    if (!verify_vote(verify_, vote)) return disconnect(vote.signer, "a vote with a bad signature");
    if (verify_vote(verify_, *result.other)) {
      return report(vote.signer, statement_of(*result.other), statement_of(vote));
    }
    disconnect(vote.signer, "a vote with a bad signature");
    pool.drop(result.other->kind, vote.signer);
    pool.add(vote, true);
  }
  certify(vote.view, vote.kind, vote.digest);
}

void Engine::Impl::certify(View view, VoteKind kind, const Digest& digest) {
  if (!is_useful({.kind = kind,
                  .epoch = config_.epoch.epoch,
                  .view = view,
                  .digest = digest,
                  .signers = {},
                  .signatures = {}})) {
    return;
  }
  std::vector<ValidatorIndex> liars;
  const auto certificate = pools_.at(view).certificate(kind, digest, verify_, liars);
  for (const ValidatorIndex liar : liars) disconnect(liar, "a vote with a bad signature");
  if (certificate) adopt(*certificate);
}

bool Engine::Impl::is_known(const Certificate& certificate) const {
  switch (certificate.kind) {
    case VoteKind::kNotarize: {
      const auto found = notarized_.find(certificate.view);
      return found != notarized_.end() && found->second.digest == certificate.digest;
    }
    case VoteKind::kNullify:
      return nullified_.count(certificate.view) != 0;
    case VoteKind::kFinalize:
      return newest_final_ && newest_final_->proves_same(certificate);
  }
  return false;
}

bool Engine::Impl::is_useful(const Certificate& certificate) const {
  const View view = certificate.view;
  switch (certificate.kind) {
    case VoteKind::kNotarize:
      // The final view's own notarization still serves as a base until its finalization is held.
      return view >= final_view_ && view.value() > 0 && notarized_.count(view) == 0 &&
             !(newest_final_ && newest_final_->view == view);
    case VoteKind::kNullify:
      return view > final_view_ && nullified_.count(view) == 0;
    case VoteKind::kFinalize:
      return view > final_view_ || (view == final_view_ && view.value() > 0 &&
                                    !(newest_final_ && newest_final_->view == view));
  }
  return false;
}

void Engine::Impl::on(ValidatorIndex from, const Certificate& certificate) {
  if (certificate.epoch != config_.epoch.epoch) return;
  PeerState& peer = peers_[from.value()];
  peer.shown_view = std::max(peer.shown_view, certificate.view);
  if (certificate.kind == VoteKind::kNotarize)
    peer.shown_notarized = std::max(peer.shown_notarized, certificate.view);
  if (certificate.kind == VoteKind::kFinalize)
    peer.shown_final = std::max(peer.shown_final, certificate.view);
  if (certificate.kind == VoteKind::kNotarize && certificate.view > final_view_) {
    const auto other = notarized_.find(certificate.view);
    if (other != notarized_.end() && other->second.digest != certificate.digest &&
        verify_certificate(verify_, certificate)) {
      alarm("two notarizations of view " + std::to_string(certificate.view.value()) +
            ": more than a third of the validators voted twice");
    }
  }
  if (!is_useful(certificate)) return;
  if (!verify_certificate(verify_, certificate))
    return disconnect(from, "a certificate that proves nothing");
  sight(certificate);
  adopt(certificate);
}

void Engine::Impl::adopt(const Certificate& certificate) {
  if (!is_useful(certificate)) return;
  const View view = certificate.view;
  safety_.add_certificate(certificate);
  schedule_spread(certificate);
  switch (certificate.kind) {
    case VoteKind::kNotarize:
      notarized_.emplace(view, certificate);
      break;
    case VoteKind::kNullify:
      nullified_.emplace(view, certificate);
      break;
    case VoteKind::kFinalize: {
      keep_finalization(certificate);
      newest_final_ = certificate;
      final_target_ = certificate.digest;
      raise_final(view);
      break;
    }
  }
  if (view >= cur_) enter(view.next());
}

// Until its block is delivered. When full, that of the earliest view goes: later ones cover its
// block.
void Engine::Impl::keep_finalization(const Certificate& certificate) {
  constexpr std::size_t kFinalizationsMax = 1'024;
  finalizations_.insert_or_assign(certificate.digest, certificate);
  if (finalizations_.size() <= kFinalizationsMax) return;
  finalizations_.erase(
      std::min_element(finalizations_.begin(), finalizations_.end(),
                       [](const auto& a, const auto& b) { return a.second.view < b.second.view; }));
}

// Views up to `view` are closed: nothing of them is voted for, collected or proposed any more.
void Engine::Impl::raise_final(View view) {
  if (view <= final_view_) return;
  final_view_ = view;
  notarized_.erase(notarized_.begin(), notarized_.lower_bound(view));
  nullified_.erase(nullified_.begin(), nullified_.upper_bound(view));
  pools_.erase(pools_.begin(), pools_.upper_bound(view));
  proposals_.erase(proposals_.begin(), proposals_.upper_bound(view));
  std::erase_if(spreads_, [&](const auto& entry) {
    return entry.first.second <= view &&
           !(entry.first.first == VoteKind::kFinalize && entry.first.second == view);
  });
  if (view >= cur_) enter(view.next());
}

void Engine::Impl::report(ValidatorIndex offender, const Statement& first,
                          const Statement& second) {
  const auto kind = classify(first, second);
  if (!kind || !reported_.insert({offender, *kind}).second) return;
  Evidence evidence{config_.epoch.epoch, offender, Conflict{first, second}};
  out_.push_back(EvidenceFound{evidence});
  broadcast(std::move(evidence));
}

void Engine::Impl::on(ValidatorIndex from, const Evidence& evidence) {
  const auto kind = kind_of(evidence);
  if (!kind || evidence.epoch != config_.epoch.epoch ||
      reported_.count({evidence.offender, *kind}) != 0)
    return;
  if (!verify_evidence(verify_, evidence)) return disconnect(from, "evidence that proves nothing");
  reported_.insert({evidence.offender, *kind});
  out_.push_back(EvidenceFound{evidence});
  const auto* conflict = std::get_if<Conflict>(&evidence.proof);
  if (evidence.offender != config_.self || conflict == nullptr) return;
  // Against us: at least one of the two statements was made by another copy of the key.
  for (const Statement* statement : {&conflict->first, &conflict->second}) {
    if (safety_.sight(Occasion::kRunning, statement->kind, evidence.epoch, statement->position,
                      statement->digest) == Sighting::kForeign) {
      out_.push_back(
          QuarantineEntered{"evidence shows a signature of the own key that this node never made",
                            shown(Message(evidence)), key_.watching});
      return;
    }
  }
}

}  // namespace huangpu::consensus
