#include "consensus/core/engine.hpp"

#include <algorithm>
#include <utility>

#include "consensus/codec/hashing.hpp"
#include "consensus/core/engine_impl.hpp"
#include "crypto/base/assert.hpp"

namespace huangpu::consensus {
namespace {

BlockNode root_node(const EngineConfig& config, const Restored& restored) {
  BlockNode root;
  if (restored.tip) {
    root.block = restored.tip->block;
    root.justification = restored.tip->justification;
    root.hash = block_hash(config.chain.suite, root.block.header);
    HP_ASSERT(restored.tip_lanes.size() == config.epoch.set.size(),
              "the stored tip has one tip per lane");
    root.tips = restored.tip_lanes;
  } else {
    root.hash = config.genesis_block;
    root.block.header.height = config.genesis_height;
    root.block.header.timestamp = config.genesis_time;
    root.tips.emplace(config.epoch.set.size());
  }
  return root;
}

}  // namespace

Engine::Impl::Impl(EngineConfig config, SafetyRules& safety, const crypto::Verifier& verifier,
                   Restored restored)
    : config_(std::move(config)),
      safety_(safety),
      verify_{config_.chain, config_.epoch.epoch, config_.epoch.set, verifier},
      epoch_hash_(epoch_hash(config_.chain.suite, config_.epoch)),
      schedule_(config_.chain.suite, config_.genesis_block, config_.epoch.set.size(),
                config_.epoch.parameters.leader_window),
      peers_(config_.epoch.set.size()),
      notices_(config_.epoch.set.size()),
      acked_only_(config_.epoch.set.size()),
      tree_(config_.chain.suite, root_node(config_, restored), config_.tuning.tree_blocks_max),
      commits_(config_.chain.suite, config_.epoch.set.size(), config_.epoch.parameters.lag_blocks),
      lanes_(config_.epoch.set, config_.epoch.parameters, config_.self),
      block_wants_(config_.tuning),
      batch_wants_(config_.tuning),
      certificate_wants_(config_.tuning),
      sync_wants_(config_.tuning) {
  commits_.start(config_.genesis_height);
  restore(std::move(restored));
}

void Engine::Impl::restore(Restored&& restored) {
  restoring_ = true;
  const auto& tips = *tree_.root().tips;
  for (std::size_t i = 0; i < tips.size(); ++i) {
    lanes_.set_ordered(ValidatorIndex(static_cast<std::uint16_t>(i)), tips[i]);
  }
  std::sort(restored.batches.begin(), restored.batches.end(),
            [](const BatchHeld& a, const BatchHeld& b) {
              return std::tie(a.header.lane, a.header.pos) < std::tie(b.header.lane, b.header.pos);
            });
  for (const BatchHeld& batch : restored.batches)
    lanes_.add(batch.header, batch.digest, batch.signature);

  for (const StoredBlock& stored : restored.blocks) {
    const Digest hash = block_hash(config_.chain.suite, stored.block.header);
    tree_.insert(stored.block, hash, plausible(stored.block, stored.justification), 0);
  }
  if (restored.tip) {
    raise_final(restored.tip->block.header.view);
    if (restored.tip->finalization) adopt(*restored.tip->finalization);
    durable_ = restored.tip->block.header.height;
  }
  if (safety_.last_final() > final_view_) raise_final(safety_.last_final());
  for (const StoredBlock& stored : restored.blocks) {
    if (stored.finalization) adopt(*stored.finalization);
  }
  for (const Certificate& certificate : restored.certificates) {
    if (!is_useful(certificate)) continue;
    // The third witness: a stored certificate with a vote of ours that the log does not know.
    if (certificate.signers.contains(config_.self)) {
      static_cast<void>(safety_.sight(Occasion::kStartup, signed_kind(certificate.kind),
                                      certificate.epoch, certificate.view.value(),
                                      certificate.digest));
    }
    adopt(certificate);
  }
  if (restored.commit_certificate) adopt(*restored.commit_certificate);
  if (!restored.executed.empty()) {
    const Height first = restored.executed.front().height;
    commits_.restore(first.previous());
    for (const CommitMessage& message : restored.executed) commits_.executed(message);
  }
  commits_.restore(restored.executed_height);
  ending_.announced = restored.end;
  if (safety_.highest_vote() > cur_) enter(safety_.highest_vote());
  if (const ProposeRecord* own = safety_.own_proposal(cur_)) {
    const StoredBlock stored{own->block, own->justification, std::nullopt};
    tree_.insert(own->block, own->digest, plausible(own->block, own->justification), 0);
    proposals_[cur_] = {.proposal = {config_.epoch.epoch, cur_, own->block, own->justification, {}},
                        .hash = own->digest};
  }
  restoring_ = false;
  out_.clear();
  spreads_.clear();
  commit_spread_.reset();
}

// SPEC C-104: own stored votes count here as they count elsewhere, and are sent again as they were.
void Engine::Impl::start() {
  started_ = true;
  entered_ = progressed_ = now_.mono_ms;
  resend_pause_ = parameters().retry_ms;
  resend_due_ = now_.mono_ms + resend_pause_;
  status_due_ = now_.mono_ms;
  for (PeerState& peer : peers_) peer.heard = now_.mono_ms;
  key_.watching = config_.tuning.watch_ms > 0 && peers_.size() > 1;
  key_.reports = SignerSet(peers_.size());
  key_.reports.insert(config_.self);
  if (!safety_.stopped().empty()) {
    alarm("this validator signs nothing: " + safety_.stopped());
  }
  if (safety_.quarantined()) out_.push_back(QuarantineEntered{safety_.verdict().reason});
  if (auto own = safety_.own_votes_above(final_view_)) {
    for (const VoteMessage& message : *own) release(message);
  } else {
    alarm("own votes cannot be signed again: " + own.error().message);
  }
  sign_commits();
  compare(commits_.certified());
}

Effects Engine::Impl::step(Now now, Event event) {
  now_ = now;
  out_.clear();
  if (!started_) start();
  std::visit([this](auto& e) { handle(e); }, event);
  settle();
  return std::exchange(out_, {});
}

void Engine::Impl::settle() {
  deadline_.reset();
  block_wants_.begin();
  batch_wants_.begin();
  certificate_wants_.begin();
  sync_wants_.begin();
  settle_delivery();
  settle_ended();
  settle_watch();
  settle_rejoin();
  if (can_vote()) {
    settle_finalizing();
    settle_proposing();
    settle_notarizing();
  }
  settle_timers();
  settle_batches();
  settle_gossip();
  settle_epoch_end();
  block_wants_.end();
  batch_wants_.end();
  certificate_wants_.end();
  sync_wants_.end();
  for (const auto& due :
       {block_wants_.due(), batch_wants_.due(), certificate_wants_.due(), sync_wants_.due()}) {
    if (due) wake(*due);
  }
  // One frame under way at a time; everything this step wants to sign stands in the next one.
  if (auto frame = safety_.take_frame()) out_.push_back(WriteFrame{std::move(*frame)});
}

void Engine::Impl::handle(MessageReceived& event) {
  if (event.from == config_.self) return;
  if (event.from.value() >= peers_.size()) return serve_observer(event.from, event.message);
  PeerState& peer = peers_[event.from.value()];
  peer.heard = now_.mono_ms;
  std::visit(
      [&](auto& message) {
        if constexpr (requires { on(event.from, message); }) on(event.from, message);
      },
      event.message);
}

void Engine::Impl::handle(PeerConnected& event) {
  if (event.peer == config_.self) return;
  if (event.peer.value() >= peers_.size()) return send(event.peer, own_status());
  PeerState& peer = peers_[event.peer.value()];
  peer = {};
  peer.connected = true;
  peer.heard = now_.mono_ms;
  if (key_.watching && !key_.watch_until) key_.watch_until = now_.mono_ms + config_.tuning.watch_ms;
  lanes_.forget_peer(event.peer);
  send(event.peer, own_status());
}

void Engine::Impl::handle(PeerDisconnected& event) {
  if (event.peer.value() >= peers_.size()) return;
  peers_[event.peer.value()].connected = false;
}

void Engine::Impl::handle(FrameDurable& event) {
  auto durable = safety_.on_durable(event.seq);
  HP_ASSERT(durable.has_value(), "only the frame under way becomes durable");
  if (durable->sign_state) out_.push_back(WriteSignState{std::move(*durable->sign_state)});
  for (const Error& error : durable->errors) alarm("a vote was not signed: " + error.message);
  for (const VoteMessage& message : durable->messages) release(message);
}

// A signed message of ours: to everybody, and into the own pools.
void Engine::Impl::release(const VoteMessage& message) {
  if (const auto* proposal = std::get_if<Proposal>(&message)) {
    const auto slot = proposals_.find(proposal->view);
    if (slot != proposals_.end()) slot->second.proposal.signature = proposal->signature;
    broadcast(*proposal);
    return;
  }
  const Vote& vote = std::get<Vote>(message);
  broadcast(vote);
  count(vote, true);
}

// An observer has no lane.
LaneTip Engine::Impl::own_lane() const { return member() ? lanes_.held(config_.self) : LaneTip{}; }

void Engine::Impl::handle(BlocksDurable& event) { durable_ = std::max(durable_, event.height); }

void Engine::Impl::wake(MonoMs when) {
  if (!deadline_ || when < *deadline_) deadline_ = when;
}

void Engine::Impl::alarm(const std::string& text) {
  // The same line once: an operator reads it, a peer must not be able to flood with it.
  constexpr std::size_t kTextsMax = 1'024;
  if (alarmed_.size() >= kTextsMax || !alarmed_.insert(text).second) return;
  out_.push_back(Alarm{text});
}

void Engine::Impl::send(ValidatorIndex to, Message message) {
  const Channel channel = channel_of(kind_of(message));
  out_.push_back(Send{to, std::move(message), channel});
}

void Engine::Impl::broadcast(Message message) {
  const Channel channel = channel_of(kind_of(message));
  out_.push_back(Broadcast{std::move(message), channel});
}

void Engine::Impl::halt(const std::string& reason) {
  safety_.stop(reason);
  alarm(reason);
}

void Engine::Impl::disconnect(ValidatorIndex peer, const std::string& reason) {
  out_.push_back(DisconnectPeer{peer, reason});
}

bool Engine::Impl::can_vote() const {
  return member() && !ending_.ended && !key_.watching && !diverged_ && !safety_.quarantined() &&
         safety_.stopped().empty();
}

bool Engine::Impl::may_seal() const {
  if (!can_vote() || safety_.lane_closed()) return false;
  const LaneTip held = lanes_.held(config_.self);
  const LaneTip ordered = lanes_.ordered(config_.self);
  if (held.pos.value() - ordered.pos.value() >= parameters().lane_batches_max) return false;
  const auto unordered = lanes_.holding(config_.self, ordered, held);
  return unordered.bytes + parameters().batch_bytes_max <= parameters().lane_bytes_max;
}

Engine::Engine(EngineConfig config, SafetyRules& safety, const crypto::Verifier& verifier,
               Restored restored)
    : impl_(std::make_unique<Impl>(std::move(config), safety, verifier, std::move(restored))) {}
Engine::~Engine() = default;
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;

Effects Engine::step(Now now, Event event) { return impl_->step(now, std::move(event)); }
std::optional<MonoMs> Engine::next_deadline() const { return impl_->next_deadline(); }
EngineStatus Engine::status() const { return impl_->status(); }
bool Engine::may_seal() const { return impl_->may_seal(); }
bool Engine::level() const { return impl_->level(); }
LaneTip Engine::own_lane_tip() const { return impl_->own_lane(); }
LanePosition Engine::ordered_position(ValidatorIndex lane) const {
  return lane.value() < impl_->lanes().size() ? impl_->lanes().ordered(lane).pos : LanePosition{0};
}

}  // namespace huangpu::consensus
