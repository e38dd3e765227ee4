// SafetyRules: what is known and forgotten, floors, quarantine and foreign signatures. No vote is
// made here.
#include <algorithm>

#include "consensus/safety/safety_rules.hpp"

namespace huangpu::consensus {
namespace {

// Votes of final views are kept to recognise our own signatures; beyond this many the oldest go.
constexpr std::size_t kVotesKept = 1U << 16;

}  // namespace

void SafetyRules::set_final(View view, Height height, const Digest& digest) {
  if (view <= final_.view) return;
  final_.view = view;
  final_.height = height;
  final_.digest = digest;
  final_.lane_closed = lane_closed_;
  messages_.erase(messages_.begin(), messages_.upper_bound({view, SignedKind::kCommit}));
  proposals_.erase(proposals_.begin(), proposals_.upper_bound(view));
  notarizations_.erase(notarizations_.begin(), notarizations_.upper_bound(view));
  // Certificates of the final view itself stay: one of them led into the next view.
  waiting_.erase(waiting_.begin(), waiting_.lower_bound({view, VoteKind::kNotarize}));
  logged_certificates_.erase(logged_certificates_.begin(),
                             logged_certificates_.lower_bound({view, VoteKind::kNotarize}));
  forget_old_votes();
}

void SafetyRules::forget_old_votes() {
  // Own signatures at or below a durable floor cannot be told from forged ones after a restart
  // either.
  votes_.erase(votes_.begin(), votes_.upper_bound({horizon_, SignedKind::kCommit}));
  while (votes_.size() > kVotesKept && votes_.begin()->first.first <= final_.view) {
    horizon_ = std::max(horizon_, votes_.begin()->first.first);
    votes_.erase(votes_.begin());
  }
}

Status SafetyRules::write_floor() { return write_floor(final_.view, final_.height, final_.digest); }

Status SafetyRules::write_floor(View view, Height height, const Digest& digest) {
  if (!stopped_.empty()) return fail(Errc::kGuard, "guard: signing has stopped: " + stopped_);
  if (quarantined_) return fail(Errc::kGuard, "guard: in quarantine");
  if (view > final_.view) return fail(Errc::kGuard, "guard: a floor at a view that is not final");
  if (view <= horizon_) return {};
  const FloorRecord floor{view, height, digest, false, lane_closed_};
  open_records_.raw(encode_record(floor));
  open_.floor = floor;
  return {};
}

Status SafetyRules::end_epoch(const CommitCertificate& boundary) {
  if (epoch_ended_) return {};
  if (boundary.message.epoch != config_.epoch || !boundary.message.is_boundary()) {
    return fail(Errc::kGuard, "guard: this certificate does not end the epoch");
  }
  open_records_.raw(encode_record(EpochEndRecord{boundary}));
  open_.epoch_end = true;
  epoch_ended_ = true;
  return {};
}

void SafetyRules::set_certified(Height height) {
  certified_ = std::max(certified_, height);
  // The highest stays as the watermark below which nothing new is signed.
  while (own_commits_.size() > 1 && own_commits_.begin()->first <= certified_) {
    own_commits_.erase(own_commits_.begin());
  }
}

bool SafetyRules::has_open_frame() const { return open_records_.size() > 0; }

Result<std::vector<VoteMessage>> SafetyRules::own_votes_above(View view) {
  std::vector<VoteMessage> messages;
  if (!may_sign()) return messages;
  const View above = std::max(view, final_.view);
  for (auto it = votes_.upper_bound({above, SignedKind::kCommit}); it != votes_.end(); ++it) {
    if (!it->second.durable || !may_vote(it->first.first)) continue;
    Result<VoteMessage> message = message_of(it->first, it->second);
    if (message) {
      messages.push_back(std::move(*message));
    } else if (message.error().code == Errc::kNotReady ||
               message.error().code == Errc::kUnavailable) {
      unsigned_.insert(it->first);
    } else {
      return tl::unexpected<Error>(message.error());
    }
  }
  return messages;
}

SafetyRules::Signed SafetyRules::sign_waiting() {
  Signed answered;
  for (auto it = unsigned_.begin(); it != unsigned_.end();) {
    const auto vote = votes_.find(*it);
    // What is final, ended or stopped meanwhile stays in the log and is never signed.
    if (vote == votes_.end() || !may_sign() || !may_vote(it->first)) {
      it = unsigned_.erase(it);
      continue;
    }
    Result<VoteMessage> message = message_of(*it, vote->second);
    if (!message &&
        (message.error().code == Errc::kNotReady || message.error().code == Errc::kUnavailable)) {
      ++it;
      continue;
    }
    if (message) {
      answered.messages.push_back(std::move(*message));
    } else {
      answered.errors.push_back(message.error());
    }
    it = unsigned_.erase(it);
  }
  return answered;
}

const ProposeRecord* SafetyRules::own_proposal(View view) const {
  const auto it = proposals_.find(view);
  return it == proposals_.end() ? nullptr : &it->second;
}

OwnVotes SafetyRules::own_votes(View view) const {
  OwnVotes own;
  const auto digest = [&](SignedKind kind) -> std::optional<Digest> {
    const VoteEntry* entry = find(view, kind);
    return entry == nullptr ? std::nullopt : std::optional<Digest>(entry->digest);
  };
  own.proposed = digest(SignedKind::kPropose);
  own.notarized = digest(SignedKind::kNotarize);
  own.finalized = digest(SignedKind::kFinalize);
  own.nullified = find(view, SignedKind::kNullify) != nullptr;
  return own;
}

bool SafetyRules::has_notarization(View view, const Digest& digest) const {
  const auto it = notarizations_.find(view);
  return it != notarizations_.end() && it->second == digest;
}

LanePosition SafetyRules::lane_position() const {
  return own_batches_.empty() ? LanePosition{0} : own_batches_.rbegin()->first;
}

std::optional<Height> SafetyRules::highest_commit() const {
  if (own_commits_.empty()) return std::nullopt;
  return own_commits_.rbegin()->first;
}

// --- other copies of the key ---

Sighting SafetyRules::compare(SignedKind kind, std::uint64_t position, const Digest& digest) const {
  const auto known = [&digest](const Digest& own) {
    return own == digest ? Sighting::kKnown : Sighting::kForeign;
  };
  switch (kind) {
    case SignedKind::kPropose:
    case SignedKind::kNotarize:
    case SignedKind::kNullify:
    case SignedKind::kFinalize: {
      if (const VoteEntry* entry = find(View{position}, kind)) return known(entry->digest);
      return View{position} <= horizon_ ? Sighting::kUntellable : Sighting::kForeign;
    }
    case SignedKind::kBatch: {
      const auto it = own_batches_.find(LanePosition{position});
      if (it != own_batches_.end()) return known(it->second);
      return LanePosition{position} < lane_position() ? Sighting::kUntellable : Sighting::kForeign;
    }
    case SignedKind::kCommit: {
      // A commit message that was signed and not stored is lost in a crash and computed again.
      const auto it = own_commits_.find(Height{position});
      return it == own_commits_.end() ? Sighting::kUntellable : known(it->second);
    }
    case SignedKind::kReady:
      return Sighting::kUntellable;
  }
  return Sighting::kUntellable;
}

Sighting SafetyRules::judge(SignedKind kind, Epoch epoch, std::uint64_t position,
                            const Digest& digest) const {
  // In quarantine, and in a lane it closed, signatures we forgot are what we expect to meet; and
  // signing stops only once.
  const bool forgotten =
      quarantined_ || !stopped_.empty() || (kind == SignedKind::kBatch && lane_closed_);
  if (epoch != config_.epoch || forgotten) return Sighting::kUntellable;
  return compare(kind, position, digest);
}

Sighting SafetyRules::sight(Occasion occasion, SignedKind kind, Epoch epoch, std::uint64_t position,
                            const Digest& digest) {
  const Sighting sighting = judge(kind, epoch, position, digest);
  if (sighting != Sighting::kForeign) return sighting;
  std::string reason = std::string("a ") + to_string(kind) + " of the own key for " +
                       std::to_string(position) + " was found that this node did not make";
  if (occasion == Occasion::kStartup) {
    enter_quarantine(std::move(reason));
  } else {
    stop(std::move(reason));
  }
  return sighting;
}

// --- quarantine ---

void SafetyRules::enter_quarantine(std::string reason) {
  if (quarantined_) return;
  quarantined_ = true;
  lane_closed_ = true;
  verdict_ = {Verdict::Kind::kQuarantine, std::move(reason)};
}

Status SafetyRules::rejoin(View view, Height height, const Digest& digest) {
  if (!quarantined_) return fail(Errc::kGuard, "guard: not in quarantine");
  if (!stopped_.empty()) return fail(Errc::kGuard, "guard: signing has stopped: " + stopped_);
  if (epoch_ended_) return fail(Errc::kGuard, "guard: the epoch has ended");
  if (view <= highest_vote_) {
    return fail(Errc::kGuard, "guard: the own votes reach above the finalization");
  }
  if (in_flight_ && in_flight_->floor && in_flight_->floor->rejoin) return {};
  // Records of votes that were queued before the quarantine are of views below and are not signed.
  const FloorRecord floor{view, height, digest, true, true};
  open_records_.raw(encode_record(floor));
  open_.floor = floor;
  set_final(view, height, digest);
  return {};
}

void SafetyRules::stop(std::string reason) {
  if (stopped_.empty()) stopped_ = std::move(reason);
}

}  // namespace huangpu::consensus
