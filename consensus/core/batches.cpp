// Lanes: held batches, acks, and sending the own ones again (SPEC C-120..C-124).
#include <algorithm>

#include "consensus/codec/hashing.hpp"
#include "consensus/core/engine_impl.hpp"

namespace huangpu::consensus {

void Engine::Impl::handle(BatchHeld& event) {
  const BatchHeader& header = event.header;
  if (header.epoch != config_.epoch.epoch) return;
  const auto result = lanes_.add(header, event.digest, event.signature);
  if (result.added != LaneBook::Added::kFork) return;
  const Statement first{SignedKind::kBatch, header.pos.value(), result.other->digest,
                        result.other->signature};
  const Statement second{SignedKind::kBatch, header.pos.value(), event.digest, event.signature};
  Evidence evidence{config_.epoch.epoch, header.lane, Conflict{first, second}};
  if (verify_evidence(verify_, evidence)) report(header.lane, first, second);
}

void Engine::Impl::handle(OwnBatchReady& event) {
  const Digest digest = batch_digest(config_.chain.suite, event.header);
  const auto signature = safety_.sign_batch(event.header.pos, digest);
  if (!signature) {
    const Errc why = signature.error().code;
    if (why == Errc::kNotReady || why == Errc::kUnavailable) key_.batches.push_back(event.header);
    if (why == Errc::kNotReady) return;
    return alarm("an own batch was not signed: " + signature.error().message);
  }
  lanes_.add(event.header, digest, *signature);
  out_.push_back(BatchSigned{event.header, digest, *signature});
  if (auto write = safety_.witness_lane()) out_.push_back(WriteSignState{std::move(*write)});
}

void Engine::Impl::on(ValidatorIndex from, const AckVector& acks) {
  if (acks.epoch != config_.epoch.epoch) return;
  for (const LaneAck& ack : acks.lanes) lanes_.acknowledge(from, ack);
}

void Engine::Impl::settle_batches() {
  // The first ack after a pause goes out at once, so that an idle node adds no delay; a busy one
  // bundles.
  if (lanes_.acks_changed()) {
    const MonoMs due = acks_sent_ ? *acks_sent_ + config_.tuning.ack_interval_ms : now_.mono_ms;
    if (now_.mono_ms >= due) {
      acks_sent_ = now_.mono_ms;
      broadcast(AckVector{config_.epoch.epoch, lanes_.take_changed_acks()});
    } else {
      wake(due);
    }
  }
  resend_batches();
}

// A batch few know of becomes work for nobody: its owner repeats it until every connected peer has
// acked it.
void Engine::Impl::resend_batches() {
  if (!member()) return;
  const LanePosition tip = lanes_.held(config_.self).pos;
  const LanePosition ordered = lanes_.ordered(config_.self).pos;
  for (std::uint16_t i = 0; i < peers_.size(); ++i) {
    PeerState& peer = peers_[i];
    const ValidatorIndex index(i);
    if (index == config_.self || !peer.connected) continue;
    const LanePosition acked = std::max(lanes_.acked_by(index, config_.self), ordered);
    if (acked >= tip || acked > peer.batches_acked) {
      peer.batches_acked = acked;
      peer.batches_pause = parameters().retry_ms;
      peer.batches_due = now_.mono_ms + peer.batches_pause;
    }
    if (acked >= tip) continue;
    if (now_.mono_ms < peer.batches_due) {
      wake(peer.batches_due);
      continue;
    }
    const std::uint64_t last =
        std::min(tip.value(), acked.value() + config_.tuning.resend_batches_max);
    out_.push_back(ResendBatches{index, acked.next(), LanePosition(last)});
    // A peer that is overloaded, or verifies slowly, is not helped by more of the same.
    constexpr std::uint32_t kPausesMax = 8;
    peer.batches_pause = std::min(std::max(peer.batches_pause, parameters().retry_ms) * 3 / 2,
                                  parameters().retry_ms * kPausesMax);
    peer.batches_due = now_.mono_ms + peer.batches_pause;
    wake(peer.batches_due);
  }
}

}  // namespace huangpu::consensus
