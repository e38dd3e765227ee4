// Signatures that come later, and listening before voting (SPEC C-160, C-170).
#include <algorithm>
#include <utility>

#include "consensus/codec/message_codec.hpp"
#include "consensus/core/engine_impl.hpp"

namespace huangpu::consensus {

// Everything that should be signed by now and is not, in the order in which it would have left.
void Engine::Impl::handle(SignerAnswered&) {
  for (BatchHeader& header : std::exchange(key_.batches, {})) {
    OwnBatchReady ready{std::move(header)};
    handle(ready);
  }
  const SafetyRules::Signed answered = safety_.sign_waiting();
  for (const Error& error : answered.errors) alarm("a vote was not signed: " + error.message);
  for (const VoteMessage& message : answered.messages) release(message);
  sign_commits();
}

// Every executed height that no certificate covers and that is not signed yet.
void Engine::Impl::sign_commits() {
  bool added = false;
  for (std::uint64_t h = commits_.certified().value() + 1; h <= commits_.executed().value(); ++h) {
    const CommitBook::Own* own = commits_.own(Height(h));
    if (own == nullptr || own->vote) continue;
    if (!sign_commit(CommitMessage(own->message))) break;  // they are signed in order
    added = true;
  }
  if (added) assemble_commits();
}

// False if it stays unsigned for now.
bool Engine::Impl::sign_commit(const CommitMessage& message) {
  if (!member() || diverged_) return false;
  const auto vote = safety_.commit(message);
  if (vote) {
    commits_.set_own_vote(message.height, *vote);
    commits_.add(*vote, true);
    broadcast(*vote);
    return true;
  }
  const std::string height = "height " + std::to_string(message.height.value());
  if (vote.error().code == Errc::kDiverged) {
    diverged_ = true;
    out_.push_back(Diverged{message, message});
    halt(height + " was executed before with another result");
  } else if (safety_.stopped().empty() && vote.error().code != Errc::kNotReady &&
             key_.refused_commit != message.height) {
    // Why it stopped was said when it did.
    key_.refused_commit = message.height;
    alarm("the commit message of " + height + " was not signed: " + vote.error().message);
  }
  return false;
}

// SPEC C-170: what another copy of the key signs shows in certificates while this one is silent.
void Engine::Impl::settle_watch() {
  if (!key_.watching || !key_.watch_until) return;
  if (now_.mono_ms < *key_.watch_until) return wake(*key_.watch_until);
  key_.watching = false;
}

// SPEC C-170: where the network is, as a quorum says when it is first met. A vote that this key
// cast before is at most one view beyond.
void Engine::Impl::note_report(ValidatorIndex from, View view) {
  if (quorum().reached_by(key_.reports) || !key_.reports.insert(from)) return;
  key_.reported = std::max(key_.reported, view);
}

// An own vote in a certificate. While nothing is voted here, one that is older than this start was
// forgotten (quarantine), and a newer one comes from another copy of the key.
void Engine::Impl::sight(const Certificate& certificate) {
  if (!certificate.signers.contains(config_.self)) return;
  const bool silent = key_.watching || safety_.quarantined();
  const bool fresh =
      quorum().reached_by(key_.reports) && certificate.view.value() > key_.reported.value() + 1;
  const auto another_copy = [&] {
    out_.push_back(
        QuarantineEntered{"a certificate holds a vote of the own key that this node never cast",
                          encode_message(Message(certificate)), key_.watching});
  };
  if (safety_.quarantined() && fresh && safety_.stopped().empty()) {
    safety_.stop("a vote of the own key was cast while this node was in quarantine");
    return another_copy();
  }
  const Occasion occasion = silent && !fresh ? Occasion::kStartup : Occasion::kRunning;
  if (safety_.sight(occasion, signed_kind(certificate.kind), certificate.epoch,
                    certificate.view.value(), certificate.digest) != Sighting::kForeign) {
    return;
  }
  if (occasion == Occasion::kRunning) return another_copy();
  out_.push_back(QuarantineEntered{safety_.verdict().reason});
}

}  // namespace huangpu::consensus
