#include "consensus/core/vote_pool.hpp"

#include "crypto/base/mutant.hpp"

namespace huangpu::consensus {

VotePool::AddResult VotePool::add(const Vote& vote, bool verified) {
  auto& mine = slots_[vote.signer.value()];
  Slot& slot = mine[place(vote.kind)];
  if (slot.vote) {
    if (slot.vote->digest != vote.digest) return {Added::kConflict, slot.vote};
    if (verified && !slot.verified)
      slot = {vote, true};  // the stored copy may carry a bad signature
    return {Added::kKnown, std::nullopt};
  }
  if (vote.kind != VoteKind::kNotarize) {
    const Slot& opposite =
        mine[place(vote.kind == VoteKind::kNullify ? VoteKind::kFinalize : VoteKind::kNullify)];
    if (opposite.vote) return {Added::kConflict, opposite.vote};
  }
  slot = {vote, verified};
  return {Added::kNew, std::nullopt};
}

void VotePool::drop(VoteKind kind, ValidatorIndex signer) {
  slots_[signer.value()][place(kind)] = {};
}

const Vote* VotePool::find(VoteKind kind, ValidatorIndex signer) const {
  const Slot& slot = slots_[signer.value()][place(kind)];
  return slot.vote ? &*slot.vote : nullptr;
}

SignerSet VotePool::voters(VoteKind kind) const {
  SignerSet set(slots_.size());
  for (const auto& slot : slots_) {
    if (slot[place(kind)].vote) set.insert(slot[place(kind)].vote->signer);
  }
  return set;
}

SignerSet VotePool::voters(VoteKind kind, const Digest& digest) const {
  SignerSet set(slots_.size());
  for (const auto& slot : slots_) {
    const auto& vote = slot[place(kind)].vote;
    if (vote && vote->digest == digest) set.insert(vote->signer);
  }
  return set;
}

std::optional<Certificate> VotePool::certificate(VoteKind kind, const Digest& digest,
                                                 const VerifyContext& context,
                                                 std::vector<ValidatorIndex>& liars) {
  const Quorum& quorum = context.set.quorum();
  if (!HP_MUTANT(2) && !quorum.reached_by(voters(kind, digest))) return std::nullopt;
  Certificate certificate;
  certificate.kind = kind;
  certificate.epoch = context.epoch;
  certificate.digest = digest;
  certificate.signers = SignerSet(slots_.size());
  for (auto& by_kind : slots_) {
    Slot& slot = by_kind[place(kind)];
    if (!slot.vote || slot.vote->digest != digest) continue;
    if (!slot.verified) {
      if (!verify_vote(context, *slot.vote)) {
        liars.push_back(slot.vote->signer);
        slot = {};
        continue;
      }
      slot.verified = true;
    }
    certificate.view = slot.vote->view;
    certificate.signers.insert(slot.vote->signer);
    certificate.signatures.push_back(slot.vote->signature);
    // A quorum is enough; further checks would only make the certificate longer.
    if (quorum.reached_by(certificate.signers) ||
        (HP_MUTANT(2) && certificate.signers.count() + 1 == quorum.threshold()))
      return certificate;
  }
  return std::nullopt;
}

}  // namespace huangpu::consensus
