// Judging proposals; notarize and finalize votes (SPEC C-104, C-108).
#include <algorithm>
#include <utility>

#include "consensus/codec/block_codec.hpp"
#include "consensus/codec/hashing.hpp"
#include "consensus/core/engine_impl.hpp"
#include "crypto/base/mutant.hpp"

namespace huangpu::consensus {

// What a header says of itself, before parents and data.
bool Engine::Impl::header_is_sound(const Proposal& proposal, const Digest& hash) const {
  const BlockHeader& header = proposal.block.header;
  const Justification& just = proposal.justification;
  if (header.version != kBlockVersion || header.genesis != config_.chain.genesis ||
      header.epoch != config_.epoch.epoch || header.epoch_hash != epoch_hash_ ||
      header.view.value() == 0 || header.view > proposal.view || header.height.value() == 0 ||
      header.proposer != leader(header.view)) {
    return false;
  }
  // Whether the epoch may end here is judged where the state can tell (C-108).
  if ((header.flags & ~(kBlockHeartbeat | kBlockBoundary)) != 0 ||
      ((header.flags & kBlockBoundary) != 0) == header.next_epoch_hash.is_zero()) {
    return false;
  }
  if (proposal.is_reproposal()) {
    return just.parent && just.parent->digest == hash && just.parent->view >= header.view;
  }
  return header.parent_view == just.parent_view() &&
         header.parent_hash == (just.parent ? just.parent->digest : config_.genesis_block);
}

// SPEC C-25. Certificates already known are not checked again; new ones are kept whatever becomes
// of the block.
bool Engine::Impl::adopt_justification(const Proposal& proposal, const Digest& hash) {
  const Justification& just = proposal.justification;
  const View base = just.parent_view();
  if (base >= proposal.view) return false;
  const std::uint64_t due = nullifications_due(base, proposal.view, peers_.size());
  if (just.nullifications.size() != due && !HP_MUTANT(9)) return false;
  const Digest& base_hash = proposal.is_reproposal() ? hash : proposal.block.header.parent_hash;
  const auto check = [&](const Certificate& certificate) {
    return certificate.epoch == config_.epoch.epoch &&
           (is_known(certificate) || verify_certificate(verify_, certificate).has_value());
  };
  if (just.parent && (just.parent->kind == VoteKind::kNullify || just.parent->digest != base_hash ||
                      !check(*just.parent))) {
    return false;
  }
  std::uint64_t view = proposal.view.value() - due;
  for (const Certificate& nullification : just.nullifications) {
    if (HP_MUTANT(9)) break;
    if (nullification.kind != VoteKind::kNullify || nullification.view.value() != view++ ||
        !check(nullification)) {
      return false;
    }
  }
  const auto take = [&](const Certificate& certificate) {
    if (!is_known(certificate) && is_useful(certificate)) {
      sight(certificate);
      adopt(certificate);
    }
  };
  if (just.parent) take(*just.parent);
  for (const Certificate& nullification : just.nullifications) take(nullification);
  return true;
}

void Engine::Impl::on(ValidatorIndex from, Proposal& proposal) {
  if (proposal.epoch != config_.epoch.epoch || proposal.view <= final_view_) return;
  if (from != leader(proposal.view)) return;
  // A chain that leaves out the finalized view is dead; certificates for it cannot exist.
  if (proposal.justification.parent_view() < final_view_) return;
  const Digest hash = block_hash(config_.chain.suite, proposal.block.header);
  const auto known = proposals_.find(proposal.view);
  if (known != proposals_.end() && known->second.hash == hash) return;

  const auto message = signing_message(SignedKind::kPropose, config_.chain.genesis, proposal.epoch,
                                       proposal.view.value(), hash);
  if (!verify_.verifier.verify(verify_.set.at(from).key, message, proposal.signature)) {
    return disconnect(from, "a proposal with a bad signature");
  }
  if (known != proposals_.end()) {
    const auto statement = [&](const Digest& digest, const Signature& signature) {
      return Statement{SignedKind::kPropose, proposal.view.value(), digest, signature};
    };
    report(from, statement(known->second.hash, known->second.proposal.signature),
           statement(hash, proposal.signature));
    // The second block may still be notarized by others: keep its bytes. Not those of all that
    // follow: they would fill the tree, and one that gets certified is fetched by name.
    if (std::exchange(known->second.forked, true)) return;
    tree_.insert(proposal.block, hash, proven(proposal.block, proposal.justification),
                 now_.mono_ms);
    return;
  }
  ProposalSlot slot{.proposal = {}, .hash = hash, .seen = now_.mono_ms};
  slot.refused = !header_is_sound(proposal, hash);
  if (!slot.refused) {
    if (!adopt_justification(proposal, hash))
      return disconnect(from, "a proposal without justification");
    const auto own =
        proposal.is_reproposal() ? std::nullopt : std::optional(proposal.justification);
    slot.refused = tree_.insert(proposal.block, hash, own, now_.mono_ms) == nullptr;
    PeerState& peer = peers_[from.value()];
    peer.shown_view = std::max(peer.shown_view, proposal.view);
    peer.shown_notarized = std::max(peer.shown_notarized, proposal.justification.parent_view());
  }
  if (proposal.view <= final_view_ || proposal.view > cur_) return;
  slot.proposal = std::move(proposal);
  const View view = slot.proposal.view;
  proposals_.emplace(view, std::move(slot));
}

// Data and caps (SPEC C-108, C-125). `refused` is set for what no waiting repairs.
Engine::Impl::Judgement Engine::Impl::judge_data(const BlockNode& node, bool& refused) {
  if (node.height() <= tree_.root().height()) return std::nullopt;  // delivered, so it was held
  const auto parent = tree_.resolve(node.block.header.parent_hash);
  if (parent.missing || parent.node->misfit) {
    if (parent.missing) want_block(*parent.missing, nullptr);
    return Waiting::kParent;
  }
  std::uint64_t bytes = 0;
  std::uint64_t transfers = 0;
  bool missing = false;
  for (const CutEntry& entry : node.block.cut) {
    const LaneTip& before = (*parent.node->tips)[entry.lane.value()];
    if (entry.pos.value() - before.pos.value() >
        (HP_MUTANT(20) ? std::uint64_t{config_.tuning.resend_batches_max}
                       : parameters().block_batches_per_lane_max))
      refused = true;
    const auto holding = lanes_.holding(entry.lane, before, {entry.pos, entry.digest});
    switch (holding.state) {
      case LaneBook::Holding::State::kHeld:
        bytes += holding.bytes;
        transfers += holding.transfers;
        break;
      case LaneBook::Holding::State::kMissing:
        missing = true;
        if (!refused) want_batches(entry.lane, holding);
        break;
      case LaneBook::Holding::State::kBroken:
        refused = true;
        break;
    }
  }
  if (bytes > parameters().block_bytes_max || transfers > parameters().block_transfers_max)
    refused = true;
  if (missing) return Waiting::kBatches;
  return std::nullopt;
}

// SPEC C-25: the nullifications that a justification had no room for must be known here.
Engine::Impl::Judgement Engine::Impl::judge_gap(const Proposal& proposal) {
  const std::uint64_t carried = proposal.justification.nullifications.size();
  std::size_t missing = 0;
  for (std::uint64_t v = proposal.justification.parent_view().value() + 1;
       v + carried < proposal.view.value() && missing < kGapRequestsMax; ++v) {
    if (nullified_.count(View(v)) != 0) continue;
    ++missing;
    want_certificate(CertificateKind::kNullification, v, Asked::kOne);
  }
  return missing == 0 ? std::nullopt : Judgement(Waiting::kSkippedViews);
}

Engine::Impl::Judgement Engine::Impl::judge(ProposalSlot& slot) {
  const Proposal& proposal = slot.proposal;
  const BlockHeader& header = proposal.block.header;
  const auto refuse = [&]() -> Judgement {
    slot.refused = true;
    return Waiting::kNullifyVotes;
  };
  if (slot.refused || proposal.justification.parent_view() < final_view_) return refuse();
  const auto resolved = tree_.resolve(slot.hash);
  if (resolved.missing) {
    const auto& parent = proposal.justification.parent;
    want_block(*resolved.missing, parent ? &parent->signers : nullptr);
    return Waiting::kParent;
  }
  const BlockNode& node = *resolved.node;
  if (node.misfit) return refuse();

  bool refused = false;
  const Judgement data = judge_data(node, refused);
  if (refused) return refuse();
  if (const Judgement gap = judge_gap(proposal)) return gap;
  if (data) return data;
  if (proposal.is_reproposal()) return std::nullopt;

  // A clock that runs ahead is waited for, unless the block is as early as it can be: clocks that
  // are wrong everywhere must not stop the chain.
  const BlockNode* parent = tree_.find(header.parent_hash);
  const std::uint64_t latest = now_.wall.value() + parameters().clock_drift_ms;
  if (header.timestamp.value() > latest && parent != nullptr &&
      header.timestamp != parent->block.header.timestamp.next()) {
    wake(now_.mono_ms + (header.timestamp.value() - latest));
    return Waiting::kClock;
  }
  if (!commits_.allows(header.height)) {
    const std::uint64_t needed = header.height.value() - parameters().lag_blocks;
    return commits_.executed().value() < needed ? Waiting::kExecution : Waiting::kCommitCertificate;
  }
  if (!ends_with(header)) return refuse();
  return std::nullopt;
}

void Engine::Impl::settle_notarizing() {
  proposal_waits_.reset();
  const auto found = proposals_.find(cur_);
  if (found == proposals_.end() || cur_ <= final_view_) return;
  if (safety_.own_votes(cur_).notarized) return;
  ProposalSlot& slot = found->second;
  proposal_waits_ = judge(slot);
  if (proposal_waits_) return;
  const StoredBlock stored{slot.proposal.block, slot.proposal.justification, std::nullopt};
  const auto vote = safety_.notarize(cur_, stored);
  if (!vote) return alarm("a notarize vote was refused: " + vote.error().message);
  if (*vote) release(**vote);
}

// The block with the justification under which this view notarized it.
std::optional<StoredBlock> Engine::Impl::storable(View view, BlockNode& node) {
  if (const auto slot = proposals_.find(view);
      slot != proposals_.end() && slot->second.hash == node.hash && !slot->second.refused) {
    return StoredBlock{node.block, slot->second.proposal.justification, std::nullopt};
  }
  if (node.block.header.view != view || !node.justification) return std::nullopt;
  if (!verify_justification(verify_, view, node.block.header.parent_hash, *node.justification)) {
    node.justification.reset();  // fetched from a liar: ask again
    return std::nullopt;
  }
  return StoredBlock{node.block, *node.justification, std::nullopt};
}

// SPEC C-104: for every notarized view that is not final, as soon as its block and batches are
// durable here.
void Engine::Impl::settle_finalizing() {
  std::vector<View> views;
  for (auto it = notarized_.upper_bound(final_view_); it != notarized_.end(); ++it)
    views.push_back(it->first);
  for (const View view : views) finalize(view);
}

void Engine::Impl::finalize(View view) {
  const auto found = notarized_.find(view);
  if (found == notarized_.end() || view <= final_view_) return;
  const Certificate& certificate = found->second;
  const OwnVotes own = safety_.own_votes(view);
  if ((own.nullified && !HP_MUTANT(8)) || own.finalized) return;
  // Without a notarize record of this very block it is not in our log, and a record of another one
  // cannot be undone.
  if (own.notarized && *own.notarized != certificate.digest) return;
  const auto resolved = tree_.resolve(certificate.digest);
  if (resolved.missing) return want_block(*resolved.missing, &certificate.signers);
  BlockNode& node = *resolved.node;
  if (node.misfit)
    return alarm("block " + node.hash.hex() + " is notarized and contradicts its parent");
  bool refused = false;
  if (judge_data(node, refused) || refused) return;
  if (!own.notarized) {
    // Voting late changes nothing, since the quorum exists; its record puts block and justification
    // into the log.
    const auto stored = storable(view, node);
    if (!stored) return want_block(certificate.digest, &certificate.signers);
    if (!safety_.notarize(view, *stored)) return;
  }
  const Digest digest = certificate.digest;
  const auto vote = safety_.finalize(view, digest);
  if (vote && *vote) release(**vote);
}

}  // namespace huangpu::consensus
