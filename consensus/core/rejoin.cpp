// The way out of quarantine: view reports, and a floor above everything that may have been
// forgotten (SPEC C-171..C-175).
#include <algorithm>

#include "consensus/core/engine_impl.hpp"

namespace huangpu::consensus {

void RejoinNotices::note(ValidatorIndex from, View until, View current, View final_view, MonoMs now,
                         std::uint64_t pause_ms) {
  Notice& notice = notices_[from.value()];
  if (until == notice.until || until <= final_view || now < notice.next_ms) return;
  // An honest node names at most two views beyond what somebody proved; one that names more is
  // heard again when this node has come that far.
  if (until.value() > current.value() + 2) return;
  notice.until = until;
  notice.next_ms = now + pause_ms;
}

bool RejoinNotices::pending(View final_view) const {
  return std::any_of(notices_.begin(), notices_.end(),
                     [&](const Notice& notice) { return notice.until > final_view; });
}

// The certificate that led into the current view, if it is at hand.
const Certificate* Engine::Impl::entered_by() const {
  if (cur_.value() <= 1) return nullptr;
  const View before = cur_.previous();
  if (const auto found = nullified_.find(before); found != nullified_.end()) return &found->second;
  if (const auto found = notarized_.find(before); found != notarized_.end()) return &found->second;
  return newest_final_ && newest_final_->view == before ? &*newest_final_ : nullptr;
}

void Engine::Impl::on(ValidatorIndex from, const GetViewReport& request) {
  if (!member() || !spend(peers_[from.value()], certificate_bytes())) return;
  ViewReport report{request.nonce, config_.epoch.epoch, cur_, false, std::nullopt};
  report.quarantined = safety_.quarantined() || !safety_.stopped().empty();
  if (const Certificate* certificate = entered_by()) report.entered_by = *certificate;
  // A view without its proof would not count: nothing is better than that.
  if (!report.quarantined && cur_.value() > 1 && !report.entered_by) return;
  send(from, std::move(report));
}

void Engine::Impl::on(ValidatorIndex from, const ViewReport& report) {
  // Only an answer to the question of this quarantine says where a peer has been since.
  if (!safety_.quarantined() || rejoin_.nonce == 0 || report.nonce != rejoin_.nonce) return;
  if (rejoin_.needed || rejoin_.reports.contains(from)) return;
  if (report.quarantined || report.epoch != config_.epoch.epoch || report.view.value() == 0) return;
  const auto& proof = report.entered_by;
  if (proof.has_value() != (report.view.value() > 1)) return;
  if (proof) {
    if (proof->epoch != config_.epoch.epoch || proof->view.value() != report.view.value() - 1)
      return;
    if (!verify_certificate(verify_, *proof))
      return disconnect(from, "a view report whose certificate proves nothing");
    sight(*proof);
    if (is_useful(*proof)) adopt(*proof);
  }
  rejoin_.reports.insert(from);
  rejoin_.reported = std::max(rejoin_.reported, report.view);
  if (quorum().reached_by(rejoin_.reports)) {
    rejoin_.needed = View(rejoin_.reported.value() + 2);
    status_due_ = now_.mono_ms;  // an idle network need not wait for the next regular status
  }
}

void Engine::Impl::settle_rejoin() {
  if (!safety_.quarantined()) {
    rejoin_ = {};
    return;
  }
  if (!member() || ending_.ended || diverged_ || !safety_.stopped().empty()) return;
  if (rejoin_.nonce == 0) {
    // Differs between runs, so that no answer of an earlier one counts.
    rejoin_.nonce = std::max<std::uint64_t>(1, now_.wall.value() ^ (now_.mono_ms << 20));
    rejoin_.reports = SignerSet(peers_.size());
    rejoin_.ask_due = now_.mono_ms;
  }
  if (!rejoin_.needed) {
    if (now_.mono_ms >= rejoin_.ask_due) {
      rejoin_.ask_due = now_.mono_ms + config_.tuning.status_interval_ms;
      for (std::uint16_t i = 0; i < peers_.size(); ++i) {
        const ValidatorIndex peer(i);
        if (peer == config_.self || !peers_[i].connected || rejoin_.reports.contains(peer))
          continue;
        send(peer, GetViewReport{rejoin_.nonce});
      }
    }
    return wake(rejoin_.ask_due);
  }
  // settle_floor has left the newest finalization whose block is durable in front.
  if (rejoin_.queued || finals_.empty()) return;
  const FinalPlace& place = finals_.front();
  if (place.height > std::min(durable_, tree_.root().height()) || place.view < *rejoin_.needed ||
      place.view <= safety_.highest_vote()) {
    return;
  }
  if (const Status queued = safety_.rejoin(place.view, place.height, place.hash); !queued)
    return alarm("the quarantine cannot be ended: " + queued.error().message);
  rejoin_.queued = true;
  floor_ = place.view;
}

std::string Engine::Impl::explain_rejoin() const {
  if (!rejoin_.needed) {
    return "view reports of weight " + std::to_string(quorum().weight_of(rejoin_.reports)) +
           " of " + std::to_string(quorum().threshold()) + "; nothing from " +
           names_outside([this] {
             SignerSet heard = rejoin_.reports;
             if (heard.size() == 0) heard = SignerSet(peers_.size());
             heard.insert(config_.self);
             return heard;
           }());
  }
  if (rejoin_.queued) return "its floor is being written into the vote log";
  return "a finalization of view " +
         std::to_string(std::max(rejoin_.needed->value(), safety_.highest_vote().value() + 1)) +
         " or above; the last is of view " + std::to_string(final_view_.value());
}

}  // namespace huangpu::consensus
