// The leader's part: what to build on, when, and with which batches (SPEC C-109).
#include <algorithm>
#include <utility>

#include "consensus/codec/block_codec.hpp"
#include "consensus/codec/hashing.hpp"
#include "consensus/core/engine_impl.hpp"
#include "crypto/base/mutant.hpp"

namespace huangpu::consensus {

// The highest certified view below the current one such that every view between is nullified.
std::variant<Base, std::vector<View>> Engine::Impl::find_base() const {
  std::vector<View> missing;
  Base base{View(0), config_.genesis_block, nullptr};
  for (std::uint64_t v = cur_.value() - 1; v > 0; --v) {
    const View view(v);
    if (const auto found = notarized_.find(view); found != notarized_.end()) {
      base = {view, found->second.digest, &found->second};
      break;
    }
    if (newest_final_ && newest_final_->view == view) {
      base = {view, newest_final_->digest, &*newest_final_};
      break;
    }
    if (nullified_.count(view) != 0) continue;
    missing.push_back(view);
    if (view <= final_view_ || missing.size() == kGapRequestsMax) break;
  }
  if (!missing.empty()) return missing;
  return base;
}

Justification Engine::Impl::justify(const Base& base) const {
  Justification justification;
  if (base.certificate != nullptr) justification.parent = *base.certificate;
  const std::uint64_t due = nullifications_due(base.view, cur_, peers_.size());
  for (std::uint64_t v = cur_.value() - due; v < cur_.value(); ++v) {
    justification.nullifications.push_back(nullified_.at(View(v)));
  }
  return justification;
}

Block Engine::Impl::build(const Base& base, const BlockNode& parent, LaneBook::Cut&& cut,
                          std::vector<Bytes>&& items, bool heartbeat) const {
  std::vector<LaneTip> tips = *parent.tips;
  for (const CutEntry& entry : cut.entries) tips[entry.lane.value()] = {entry.pos, entry.digest};
  const TimestampMs parent_time = parent.block.header.timestamp;
  Block block;
  block.cut = std::move(cut.entries);
  block.system = std::move(items);
  const auto& end = ending_.announced;
  const bool last = end && parent.height().next() == end->height;
  std::uint8_t flags = heartbeat ? std::uint8_t{kBlockHeartbeat} : std::uint8_t{0};
  if (last) flags |= kBlockBoundary;
  block.header = {.genesis = config_.chain.genesis,
                  .epoch = config_.epoch.epoch,
                  .epoch_hash = epoch_hash_,
                  .view = cur_,
                  .height = parent.height().next(),
                  .parent_hash = parent.hash,
                  .parent_view = base.view,
                  .proposer = config_.self,
                  .timestamp = now_.wall > parent_time ? now_.wall : parent_time.next(),
                  .cut_root = cut_root(config_.chain.suite, tips),
                  .body_root = body_root(config_.chain.suite, block),
                  .flags = flags,
                  .next_epoch_hash = last ? end->next_epoch_hash : Digest{}};
  return block;
}

void Engine::Impl::settle_proposing() {
  if (leader(cur_) != config_.self || proposals_.count(cur_) != 0) return;
  const OwnVotes own = safety_.own_votes(cur_);
  if (own.nullified || own.proposed) return;

  const auto found = find_base();
  if (const auto* missing = std::get_if<std::vector<View>>(&found)) {
    for (const View view : *missing) {
      const Asked asked = view == missing->front() ? Asked::kAll : Asked::kOne;
      want_certificate(CertificateKind::kNotarization, view.value(), asked);
      want_certificate(CertificateKind::kNullification, view.value(), asked);
    }
    return;
  }
  const Base base = std::get<Base>(found);
  const auto resolved = tree_.resolve(base.hash);
  if (resolved.missing) {
    want_block(*resolved.missing,
               base.certificate != nullptr ? &base.certificate->signers : nullptr);
    // A leader that cannot propose says so, so that nobody waits for its timers.
    if (!base_missing_since_) base_missing_since_ = now_.mono_ms;
    const MonoMs due = *base_missing_since_ + scaled(parameters().proposal_ms) / 2;
    if (now_.mono_ms < due) return wake(due);
    if (work() && !gave_up_) nullify();
    return;
  }
  const BlockNode& parent = *resolved.node;
  if (parent.misfit)
    return alarm("block " + base.hash.hex() + " is certified and contradicts its parent");

  const bool final = is_final(base.view, base.hash);
  // Nothing stands on a boundary: it is proposed again until it is final (C-117).
  if ((parent.block.header.flags & kBlockBoundary) != 0 && !HP_MUTANT(13)) {
    if (!final) propose(base, parent.block);
    return;
  }
  if (!commits_.allows(parent.height().next())) {
    // What is final waits for execution and certificates. What is not final can become so only by
    // being proposed again, because nothing may be built on it.
    if (!final) propose(base, parent.block);
    return;
  }
  auto cut = lanes_.choose_cut(*parent.tips, acked_only_);
  const bool heartbeat = heartbeat_due();
  auto items = unplaced_items(parent);
  if (cut.entries.empty() && !heartbeat && !notices_.pending(final_view_) && items.empty() &&
      !ending(parent.height())) {
    // Nothing to order. A chain that does not become final by itself is proposed again, without
    // growing it.
    if (final || !has_unfinished_chain()) return;
    const MonoMs due = entered_ + scaled(parameters().proposal_ms) / 2;
    if (now_.mono_ms < due) return wake(due);
    return propose(base, parent.block);
  }
  // Pacing: under load small blocks are not worth their votes (SPEC C-109).
  const MonoMs due = parent.seen_ms + parameters().block_interval_ms;
  if (parent.seen_ms > 0 && !cut.full && now_.mono_ms < due) return wake(due);

  std::vector<ValidatorIndex> unacked;
  for (const CutEntry& entry : cut.entries) {
    if (entry.pos > lanes_.acked_by_quorum(entry.lane)) unacked.push_back(entry.lane);
  }
  if (!unacked.empty()) optimistic_[cur_] = std::move(unacked);
  propose(base, build(base, parent, std::move(cut), std::move(items), heartbeat));
}

void Engine::Impl::propose(const Base& base, const Block& block) {
  Proposal proposal{config_.epoch.epoch, cur_, block, justify(base), {}};
  const Digest hash = block_hash(config_.chain.suite, block.header);
  const auto queued = safety_.propose(cur_, block, proposal.justification);
  if (!queued) return alarm("an own proposal was refused: " + queued.error().message);
  const bool fresh = !proposal.is_reproposal();
  tree_.insert(block, hash, fresh ? std::optional(proposal.justification) : std::nullopt,
               now_.mono_ms);
  proposals_[cur_] = {.proposal = std::move(proposal), .hash = hash, .seen = now_.mono_ms};
}

}  // namespace huangpu::consensus
