// The finalized chain: linking certificates to blocks, waiting for their data, delivering in order,
// catching up (SPEC C-114..C-116).
#include <algorithm>
#include <utility>

#include "consensus/codec/block_codec.hpp"
#include "consensus/codec/hashing.hpp"
#include "consensus/core/engine_impl.hpp"
#include "crypto/base/mutant.hpp"

namespace huangpu::consensus {

Height Engine::Impl::queue_height() const {
  return Height(tree_.root().height().value() + queue_.size());
}

void Engine::Impl::settle_delivery() {
  if (final_target_) {
    const auto certificate = finalizations_.find(*final_target_);
    const SignerSet* holders =
        certificate != finalizations_.end() ? &certificate->second.signers : nullptr;
    if (link(*final_target_, holders)) final_target_.reset();
  }
  if (commit_target_) {
    if (commit_target_->first <= queue_height() || link(commit_target_->second, nullptr))
      commit_target_.reset();
  }
  bool delivered = false;
  while (!queue_.empty() && !diverged_ && tree_.root().height() < commits_.deliverable() &&
         deliver_front())
    delivered = true;
  if (!queue_.empty()) want_data_of_queue();
  if (newest_final_ && newest_final_->view > safety_.last_final()) {
    if (const BlockNode* node = tree_.find(newest_final_->digest)) {
      safety_.set_final(newest_final_->view, node->height(), node->hash);
      constexpr std::size_t kFinalsMax = 1'024;
      if (finals_.size() >= kFinalsMax) finals_.pop_back();
      finals_.push_back({newest_final_->view, node->height(), node->hash});
    }
  }
  if (delivered) prune_blocks();
  settle_floor();
  settle_sync();
}

// Appends the chain from the queue's end up to `hash`. False while a block of it is missing.
bool Engine::Impl::link(const Digest& hash, const SignerSet* holders) {
  std::vector<Digest> path;
  Digest at = hash;
  std::optional<Height> expected;  // of `at`, known from its child
  for (;;) {
    const BlockNode* node = tree_.find(at);
    const Height tail = queue_height();
    if (node == nullptr) {
      // A single gap is fetched by name; a long one as a range, which needs no name per block.
      const Height height = expected.value_or(
          commit_target_ && commit_target_->second == at ? commit_target_->first : Height(0));
      if (height.value() > tail.value() + 2) {
        want_sync();
      } else {
        want_block(at, holders);
      }
      return false;
    }
    const Height height = node->height();
    if (height <= tail) {
      const std::uint64_t root = tree_.root().height().value();
      const bool agrees =
          height.value() < root ||
          at == (height.value() == root ? tree_.root().hash : queue_[height.value() - root - 1]);
      if (!agrees) {
        alarm("two finalized blocks at height " + std::to_string(height.value()) +
              ": more than a third of the validators voted twice");
        halt("the chain has forked at height " + std::to_string(height.value()));
        return true;
      }
      if (height.value() < root || height < tail) {
        if (!path.empty())
          halt("the chain has forked above height " + std::to_string(height.value()));
        return true;  // an ancestor of what is already known to be final
      }
      break;
    }
    path.push_back(at);
    at = node->block.header.parent_hash;
    expected = height.previous();
  }
  queue_.insert(queue_.end(), path.rbegin(), path.rend());
  if (!path.empty()) progressed_ = now_.mono_ms;
  return true;
}

bool Engine::Impl::deliver_front() {
  const Digest hash = queue_.front();
  const auto resolved = tree_.resolve(hash);
  if (resolved.node == nullptr || resolved.node->misfit) {
    alarm("block " + hash.hex() + " is final and contradicts its parent");
    return false;
  }
  const BlockNode& node = *resolved.node;
  for (const CutEntry& entry : node.block.cut) {
    const auto holding =
        lanes_.holding(entry.lane, lanes_.ordered(entry.lane), {entry.pos, entry.digest});
    if (holding.state == LaneBook::Holding::State::kMissing) return false;
    if (holding.state == LaneBook::Holding::State::kBroken) {
      alarm("block " + hash.hex() + " is final and breaks the links of lane " +
            std::to_string(entry.lane.value()));
      return false;
    }
  }
  if (!node.justification) {
    // Seen only as a re-proposal so far: its voters store the justification with the block.
    want_block(hash, nullptr);
    return false;
  }
  Finalized finalized{node.block, hash, *node.justification, std::nullopt};
  if (const auto certificate = finalizations_.find(hash); certificate != finalizations_.end()) {
    finalized.certificate = certificate->second;
    finalizations_.erase(certificate);
  }
  for (const CutEntry& entry : node.block.cut) {
    lanes_.set_ordered(entry.lane, {entry.pos, entry.digest});
    acked_only_[entry.lane.value()] = false;
  }
  out_.push_back(std::move(finalized));
  // Proven by a commit certificate alone the view of its finalization is unknown, but it is not
  // below the block's own.
  const View view = node.block.header.view;
  tree_.advance(hash);
  queue_.pop_front();
  raise_final(view);
  progressed_ = now_.mono_ms;
  return true;
}

void Engine::Impl::prune_blocks() {
  if (final_target_ || commit_target_) return;  // their ancestors are not known yet
  const std::set<Digest> keep(queue_.begin(), queue_.end());
  tree_.prune(final_view_, [&](const Digest& hash) { return keep.count(hash) != 0; });
}

// One request per lane for as much of the queue as a reply may carry and the lane book takes: what
// lies beyond its window is forgotten on arrival, and the links that lead back from it with it.
void Engine::Impl::want_data_of_queue() {
  constexpr std::size_t kBlocksAhead = 32;
  const std::uint64_t reach = std::min(kBatchesPerRequestMax, lanes_.window());
  std::map<ValidatorIndex, LaneTip> furthest;
  for (std::size_t i = 0; i < std::min(queue_.size(), kBlocksAhead); ++i) {
    const BlockNode* node = tree_.find(queue_[i]);
    if (node == nullptr) break;
    for (const CutEntry& entry : node->block.cut) {
      const LanePosition ordered = lanes_.ordered(entry.lane).pos;
      if (entry.pos <= ordered) continue;
      const std::uint64_t distance = entry.pos.value() - ordered.value();
      const auto known = furthest.find(entry.lane);
      if (known == furthest.end() || distance <= reach)
        furthest[entry.lane] = {entry.pos, entry.digest};
    }
  }
  for (const auto& [lane, tip] : furthest) {
    const auto holding = lanes_.holding(lane, lanes_.ordered(lane), tip);
    if (holding.state == LaneBook::Holding::State::kMissing) want_batches(lane, holding);
  }
}

void Engine::Impl::settle_floor() {
  constexpr std::uint64_t kViewsPerFloor = 128;
  // At the newest that is durable, not at the newest: under load the disk is always one behind, and
  // the log would grow for as long as it lasts.
  const Height synced = std::min(durable_, tree_.root().height());
  while (finals_.size() > 1 && finals_[1].height <= synced) finals_.pop_front();
  if (finals_.empty() || finals_.front().height > synced) return;
  const FinalPlace& place = finals_.front();
  if (place.view.value() < floor_.value() + kViewsPerFloor) return;
  if (can_vote() && safety_.write_floor(place.view, place.height, place.hash)) floor_ = place.view;
}

// The highest final height that a connected peer says it has.
Height Engine::Impl::best_peer_height() const {
  Height best{0};
  for (const PeerState& peer : peers_) {
    if ((peer.connected || HP_MUTANT(16)) && peer.status)
      best = std::max(best, peer.status->final_height);
  }
  return best;
}

// A peer says that it is ahead. Only its answer, which proves itself, is believed.
void Engine::Impl::settle_sync() {
  const Height best = best_peer_height();
  const Height tail = queue_height();
  if (best <= tail || queue_.size() >= config_.tuning.sync_blocks_max / 2) return;
  constexpr std::uint64_t kFarBehind = 16;
  const MonoMs due = progressed_ + parameters().retry_ms;
  if (best.value() - tail.value() < kFarBehind && now_.mono_ms < due && !sync_wants_.contains(0))
    return wake(due);
  want_sync();
}

void Engine::Impl::want_sync() {
  const auto attempt = sync_wants_.want(0, now_.mono_ms, 0);
  if (!attempt) return;
  const Height tail = queue_height();
  SignerSet ahead(peers_.size());
  for (std::uint16_t i = 0; i < peers_.size(); ++i) {
    if (peers_[i].status && peers_[i].status->final_height > tail) ahead.insert(ValidatorIndex(i));
  }
  const std::uint32_t room = config_.tuning.sync_blocks_max -
                             std::min<std::uint32_t>(config_.tuning.sync_blocks_max - 1,
                                                     static_cast<std::uint32_t>(queue_.size()));
  out_.push_back(
      NeedBlocks{tail.next(), std::min(room, kBlocksPerReplyMax), peers_for(&ahead, *attempt)});
}

void Engine::Impl::want_block(const Digest& hash, const SignerSet* preferred) {
  if (const auto attempt = block_wants_.want(hash, now_.mono_ms, config_.tuning.fetch_delay_ms)) {
    out_.push_back(NeedBlock{hash, peers_for(preferred, *attempt)});
  }
}

void Engine::Impl::want_batches(ValidatorIndex lane, const LaneBook::Holding& missing) {
  const BatchKey key{lane, missing.last, missing.digest};
  const auto attempt = batch_wants_.want(key, now_.mono_ms, config_.tuning.fetch_delay_ms);
  if (!attempt) return;
  SignerSet holders(peers_.size());
  for (std::uint16_t i = 0; i < peers_.size(); ++i) {
    if (lanes_.acked_by(ValidatorIndex(i), lane) >= missing.last) holders.insert(ValidatorIndex(i));
  }
  holders.insert(lane);
  holders.insert(leader(cur_));
  holders.erase(config_.self);
  const std::uint64_t from =
      std::max(missing.first.value(),
               missing.last.value() - std::min(missing.last.value(), kBatchesPerRequestMax) + 1);
  out_.push_back(NeedBatches{lane, LanePosition(from), missing.last, missing.digest,
                             peers_for(&holders, *attempt)});
}

void Engine::Impl::want_certificate(CertificateKind kind, std::uint64_t position, Asked asked) {
  const auto attempt = certificate_wants_.want({kind, position}, now_.mono_ms, 0);
  if (!attempt) return;
  const bool one = asked == Asked::kOne;
  const auto shift = one ? static_cast<std::uint32_t>(position) : 0;
  auto peers = peers_for(nullptr, *attempt + shift);
  if (one && peers.size() > 1) peers.resize(1);
  for (const ValidatorIndex peer : peers) {
    send(peer, GetCertificate{kind, config_.epoch.epoch, position});
  }
}

// Connected peers, the preferred first, each group rotated so that attempts start elsewhere.
std::vector<ValidatorIndex> Engine::Impl::peers_for(const SignerSet* preferred,
                                                    std::uint32_t attempt) const {
  std::vector<ValidatorIndex> first;
  std::vector<ValidatorIndex> rest;
  for (std::uint16_t i = 0; i < peers_.size(); ++i) {
    if (!peers_[i].connected) continue;
    const ValidatorIndex peer(i);
    (preferred != nullptr && preferred->contains(peer) ? first : rest).push_back(peer);
  }
  for (auto* group : {&first, &rest}) {
    const std::size_t shift = group->empty() ? 0 : (attempt + config_.self.value()) % group->size();
    std::rotate(group->begin(), group->begin() + static_cast<std::ptrdiff_t>(shift), group->end());
  }
  first.insert(first.end(), rest.begin(), rest.end());
  return first;
}

// The justification, if it is at least of the right shape for the block. Signatures are checked
// where they decide.
std::optional<Justification> Engine::Impl::plausible(const Block& block,
                                                     const Justification& justification) const {
  const BlockHeader& header = block.header;
  if (justification.parent_view() != header.parent_view || header.parent_view >= header.view)
    return std::nullopt;
  if (justification.parent && (justification.parent->kind == VoteKind::kNullify ||
                               justification.parent->digest != header.parent_hash)) {
    return std::nullopt;
  }
  const std::uint64_t due = nullifications_due(header.parent_view, header.view, peers_.size());
  if (justification.nullifications.size() != due) return std::nullopt;
  std::uint64_t view = header.view.value() - due;
  for (const Certificate& nullification : justification.nullifications) {
    if (nullification.kind != VoteKind::kNullify || nullification.view.value() != view++)
      return std::nullopt;
  }
  return justification;
}

// A justification from outside, checked whole although the chain above it ends in a certificate: it
// is stored with the block as evidence for auditors, and a lying peer must not plant a false one.
std::optional<Justification> Engine::Impl::proven(const Block& block,
                                                  const Justification& justification) const {
  const BlockHeader& header = block.header;
  if (!verify_justification(verify_, header.view, header.parent_hash, justification)) {
    return std::nullopt;
  }
  return plausible(block, justification);
}

// Blocks are believed if they were asked for by hash, or lie on a chain that ends in a certified
// block.
void Engine::Impl::handle(BlocksFetched& event) {
  if (event.from.value() >= peers_.size() || event.blocks.size() > kBlocksPerReplyMax) return;
  std::vector<Digest> hashes;
  for (const StoredBlock& stored : event.blocks)
    hashes.push_back(block_hash(config_.chain.suite, stored.block.header));

  if (event.commit_certificate) on(event.from, *event.commit_certificate);
  std::size_t certified = 0;  // one past the last certified block
  for (std::size_t i = hashes.size(); i > 0 && certified == 0; --i) {
    const auto& finalization = event.blocks[i - 1].finalization;
    const bool wanted = (final_target_ && *final_target_ == hashes[i - 1]) ||
                        (commit_target_ && commit_target_->second == hashes[i - 1]);
    if (wanted) certified = i;
    if (!finalization || finalization->kind != VoteKind::kFinalize ||
        finalization->digest != hashes[i - 1] || finalization->epoch != config_.epoch.epoch) {
      continue;
    }
    // Of a block that is delivered nothing waits for it, and nothing would forget it.
    if (event.blocks[i - 1].block.header.height <= tree_.root().height()) continue;
    if (!verify_certificate(verify_, *finalization))
      return disconnect(event.from, "a finalization that proves nothing");
    certified = i;
    sight(*finalization);
    keep_finalization(*finalization);
  }
  // Backwards from the certified block along the parents' hashes; anything before a break is
  // somebody's invention.
  std::size_t first = certified;
  while (first > 0 &&
         (first == certified || event.blocks[first].block.header.parent_hash == hashes[first - 1]))
    --first;
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    const bool on_chain = i >= first && i < certified;
    if (!on_chain && !block_wants_.contains(hashes[i])) continue;
    const Block& block = event.blocks[i].block;
    if (on_chain && block.header.height <= tree_.root().height()) continue;
    auto justification = proven(block, event.blocks[i].justification);
    if (justification) {
      // What this node missed may show votes of its key that it does not know (SPEC C-88).
      if (justification->parent) sight(*justification->parent);
      for (const Certificate& nullification : justification->nullifications) sight(nullification);
    }
    tree_.insert(block, hashes[i], std::move(justification), now_.mono_ms);
  }
  if (certified == 0) return;
  const Digest& tip = hashes[certified - 1];
  if (tree_.find(tip) == nullptr) return;
  const Height tail = queue_height();
  link(tip, nullptr);
  if (queue_height() > tail) sync_wants_.hurry(0, now_.mono_ms);
  if (const auto& finalization = event.blocks[certified - 1].finalization;
      finalization && is_useful(*finalization)) {
    adopt(*finalization);
  }
}

}  // namespace huangpu::consensus
