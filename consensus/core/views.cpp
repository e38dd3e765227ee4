// Entering and leaving views: work, timers, nullify (SPEC C-105..C-107).
#include <algorithm>

#include "consensus/core/engine_impl.hpp"
#include "crypto/base/assert.hpp"
#include "crypto/base/mutant.hpp"

namespace huangpu::consensus {

void Engine::Impl::enter(View view) {
  HP_ASSERT(view > cur_, "views are entered in ascending order");
  // A view of ours that named un-acked batches and was left without a notarization: those lanes
  // must be acked first.
  if (const auto mine = optimistic_.find(cur_); mine != optimistic_.end()) {
    const bool delayed = notarized_.count(cur_) == 0;
    for (const ValidatorIndex lane : mine->second) acked_only_[lane.value()] = delayed;
    optimistic_.erase(mine);
  }
  cur_ = view;
  entered_ = now_.mono_ms;
  armed_ = false;
  gave_up_ = false;
  proposal_waits_.reset();
  base_missing_since_.reset();
  resend_pause_ = parameters().retry_ms;
  resend_due_ = now_.mono_ms + resend_pause_;
  // Views far behind that never got a certificate cannot be heard of again but through one.
  const std::uint64_t window = config_.tuning.ahead_views_max;
  if (cur_.value() > window) {
    const View old(cur_.value() - window);
    proposals_.erase(proposals_.begin(), proposals_.lower_bound(old));
    // Nor may their blocks fill the tree when nothing becomes final for hours. One that turns out
    // to be needed is fetched by name.
    if (tree_.size() > config_.tuning.tree_blocks_max / 2) {
      std::set<Digest> keep(queue_.begin(), queue_.end());
      for (const auto& [at, certificate] : notarized_) keep.insert(certificate.digest);
      tree_.prune(old, [&](const Digest& hash) { return keep.contains(hash); });
    }
  }
}

std::pair<View, Digest> Engine::Impl::head() const {
  if (!notarized_.empty() && notarized_.rbegin()->first >= final_view_) {
    return {notarized_.rbegin()->first, notarized_.rbegin()->second.digest};
  }
  if (newest_final_ && newest_final_->view == final_view_)
    return {final_view_, newest_final_->digest};
  return {final_view_, tree_.root().hash};
}

bool Engine::Impl::is_final(View view, const Digest& hash) const {
  if (view <= final_view_) return true;
  const BlockNode* node = tree_.find(hash);
  return node != nullptr && node->height() <= queue_height();
}

bool Engine::Impl::has_unfinished_chain() const {
  for (auto it = notarized_.upper_bound(final_view_); it != notarized_.end(); ++it) {
    if (is_final(it->first, it->second.digest)) continue;
    const BlockNode* node = tree_.find(it->second.digest);
    const bool reproposed = node != nullptr && node->block.header.view != it->first;
    if (node == nullptr || reproposed || !node->block.cut.empty() || !node->block.system.empty())
      return true;
  }
  return false;
}

bool Engine::Impl::heartbeat_due() const {
  const std::uint64_t interval = parameters().heartbeat_ms;
  if (interval == 0) return false;
  const BlockNode* node = tree_.find(head().second);
  return node != nullptr && now_.wall.value() >= node->block.header.timestamp.value() + interval;
}

// SPEC C-106. Arms the timers: something waits that a block, or a finalization, would settle.
bool Engine::Impl::work() const {
  const auto [view, hash] = head();
  const BlockNode* node = tree_.find(hash);
  // Waiting for own execution or a commit certificate: a view change would not shorten it.
  if (node != nullptr && is_final(view, hash) && !commits_.allows(node->height().next()))
    return false;
  if (heartbeat_due() || notices_.pending(final_view_) || has_unfinished_chain() ||
      ending(queue_height()))
    return true;
  if (node != nullptr && !unplaced_items(*node).empty()) return true;
  if (!proposals_.empty() && proposals_.rbegin()->first >= cur_) return true;
  for (std::uint16_t i = 0; i < lanes_.size(); ++i) {
    const ValidatorIndex lane(i);
    const LanePosition known = std::min(lanes_.acked_by_quorum(lane), lanes_.held(lane).pos);
    const LanePosition placed =
        node != nullptr && node->tips ? (*node->tips)[i].pos : lanes_.ordered(lane).pos;
    if (known > placed) return true;
  }
  return false;
}

// duration x factor, factor = min(1.5^max(0, view - final_view - 3), backoff_max), in thousandths.
MonoMs Engine::Impl::scaled(std::uint32_t duration_ms) const {
  const std::uint64_t cap = std::uint64_t{1'000} * parameters().backoff_max;
  std::uint64_t factor = 1'000;
  const std::uint64_t ahead = cur_.value() - std::min(cur_, final_view_).value();
  for (std::uint64_t i = 3; i < ahead && factor < (HP_MUTANT(15) ? cap << 10 : cap); ++i)
    factor += factor / 2;
  return std::uint64_t{duration_ms} * (HP_MUTANT(15) ? factor : std::min(factor, cap)) / 1'000;
}

// Fast skip: the leader said nothing for silence_ms although a quorum can be heard. Affects latency
// only.
bool Engine::Impl::leader_silent() {
  const ValidatorIndex who = leader(cur_);
  if (who == config_.self || proposals_.count(cur_) != 0) return false;
  const MonoMs silence = parameters().silence_ms;
  const MonoMs due = peers_[who.value()].heard + silence;
  if (now_.mono_ms < due) {
    wake(due);
    return false;
  }
  SignerSet heard(peers_.size());
  heard.insert(config_.self);
  for (std::uint16_t i = 0; i < peers_.size(); ++i) {
    if (now_.mono_ms - peers_[i].heard < silence) heard.insert(ValidatorIndex(i));
  }
  return quorum().reached_by(heard);
}

void Engine::Impl::settle_timers() {
  if (!can_vote() || gave_up_) {
    armed_ = false;
    return;
  }
  const OwnVotes own = safety_.own_votes(cur_);
  if (own.nullified || own.finalized) {
    gave_up_ = true;
    armed_ = false;
    return;
  }
  const auto slot = proposals_.find(cur_);
  if (slot != proposals_.end() && slot->second.refused) return nullify();
  // More than f have given up, or the leader itself has: joining is harmless and brings views
  // together.
  if (const auto pool = pools_.find(cur_); pool != pools_.end()) {
    const SignerSet nullifiers = pool->second.voters(VoteKind::kNullify);
    if (quorum().includes_honest(nullifiers) || nullifiers.contains(leader(cur_))) return nullify();
  }
  if (!work()) {
    armed_ = false;
    if (parameters().heartbeat_ms != 0) {
      const std::uint64_t next =
          tree_.root().block.header.timestamp.value() + parameters().heartbeat_ms;
      if (next > now_.wall.value()) wake(now_.mono_ms + (next - now_.wall.value()));
    }
    return;
  }
  const MonoMs clock = HP_MUTANT(14) ? now_.wall.value() : now_.mono_ms;
  if (!armed_) {
    armed_ = true;
    proposal_deadline_ = clock + scaled(parameters().proposal_ms);
    certificate_deadline_ = clock + scaled(parameters().certificate_ms);
  }
  const bool proposed = slot != proposals_.end();
  if (clock >= certificate_deadline_ || (!proposed && clock >= proposal_deadline_) ||
      leader_silent()) {
    return nullify();
  }
  wake(certificate_deadline_);
  if (!proposed) wake(proposal_deadline_);
}

void Engine::Impl::nullify() {
  gave_up_ = true;
  armed_ = false;
  // A refusal means a vote that excludes it (a finalize of this view): then the view ends without
  // us.
  if (auto vote = safety_.nullify(cur_); vote && *vote) release(**vote);
}

}  // namespace huangpu::consensus
