#include "consensus/core/commit_book.hpp"

#include "consensus/codec/hashing.hpp"
#include "crypto/base/assert.hpp"

namespace huangpu::consensus {

CommitBook::CommitBook(SuiteId suite, std::size_t validators, std::uint32_t lag_blocks)
    : suite_(suite), validators_(validators), lag_(lag_blocks) {}

bool CommitBook::allows(Height height) const {
  const std::uint64_t needed = height.value() > lag_ ? height.value() - lag_ : 0;
  return executed_.value() >= needed && certified_.value() >= needed;
}

CommitBook::AddResult CommitBook::add(const CommitVote& vote, bool verified) {
  const Height height = vote.message.height;
  if (height <= certified_ || height.value() - certified_.value() > 2 * lag_ ||
      vote.signer.value() >= validators_) {
    return {Added::kOutside, std::nullopt};
  }
  Pool& pool = pools_.try_emplace(height, validators_).first->second;
  auto& slot = pool[vote.signer.value()];
  const Digest digest = commit_digest(suite_, vote.message);
  if (slot) {
    if (slot->digest != digest) return {Added::kConflict, slot->vote};
    if (verified && !slot->verified) slot = Slot{vote, digest, true};
    return {Added::kKnown, std::nullopt};
  }
  slot = Slot{vote, digest, verified};
  return {Added::kNew, std::nullopt};
}

void CommitBook::drop(Height height, ValidatorIndex signer) {
  const auto found = pools_.find(height);
  if (found != pools_.end()) found->second[signer.value()].reset();
}

std::optional<CommitCertificate> CommitBook::assemble(const VerifyContext& context,
                                                      std::vector<ValidatorIndex>& liars) {
  const Quorum& quorum = context.set.quorum();
  for (auto it = pools_.rbegin(); it != pools_.rend(); ++it) {
    Pool& pool = it->second;
    std::map<Digest, SignerSet> by_digest;
    for (const auto& slot : pool) {
      if (slot)
        by_digest.try_emplace(slot->digest, validators_).first->second.insert(slot->vote.signer);
    }
    for (const auto& [digest, signers] : by_digest) {
      if (!quorum.reached_by(signers)) continue;
      CommitCertificate certificate;
      certificate.signers = SignerSet(validators_);
      for (const ValidatorIndex signer : signers.members()) {
        auto& slot = pool[signer.value()];
        if (!slot->verified) {
          if (!verify_commit_vote(context, slot->vote)) {
            liars.push_back(signer);
            slot.reset();
            continue;
          }
          slot->verified = true;
        }
        certificate.message = slot->vote.message;
        certificate.signers.insert(signer);
        certificate.signatures.push_back(slot->vote.signature);
        if (quorum.reached_by(certificate.signers)) return certificate;
      }
    }
  }
  return std::nullopt;
}

void CommitBook::start(Height height) { executed_ = certified_ = height; }

void CommitBook::restore(Height executed) { executed_ = std::max(executed_, executed); }

void CommitBook::executed(const CommitMessage& message) {
  HP_ASSERT(message.height.value() == executed_.value() + 1, "heights are executed in order");
  executed_ = message.height;
  own_[message.height] = {message, commit_digest(suite_, message), std::nullopt};
  // What lies below the newest certificate is covered by it through the history root.
  own_.erase(own_.begin(), own_.lower_bound(certified_));
}

void CommitBook::set_own_vote(Height height, const CommitVote& vote) {
  const auto found = own_.find(height);
  if (found != own_.end()) found->second.vote = vote;
}

const CommitBook::Own* CommitBook::own(Height height) const {
  const auto found = own_.find(height);
  return found == own_.end() ? nullptr : &found->second;
}

std::vector<CommitVote> CommitBook::own_votes_above(Height height) const {
  std::vector<CommitVote> votes;
  for (auto it = own_.rbegin(); it != own_.rend() && it->first > height; ++it) {
    if (it->second.vote) votes.push_back(*it->second.vote);
  }
  return votes;
}

bool CommitBook::certify(const CommitCertificate& certificate) {
  if (certificate.message.height <= certified_) return false;
  certified_ = certificate.message.height;
  newest_ = certificate;
  pools_.erase(pools_.begin(), pools_.upper_bound(certified_));
  own_.erase(own_.begin(), own_.lower_bound(certified_));
  return true;
}

std::optional<std::string> CommitBook::split(const Quorum& quorum) {
  for (const auto& [height, pool] : pools_) {
    if (height <= split_reported_) continue;
    SignerSet all(validators_);
    std::map<Digest, SignerSet> by_digest;
    for (const auto& slot : pool) {
      if (!slot) continue;
      all.insert(slot->vote.signer);
      by_digest.try_emplace(slot->digest, validators_).first->second.insert(slot->vote.signer);
    }
    if (by_digest.size() < 2 || !quorum.reached_by(all)) continue;
    std::string text =
        "validators computed different results for height " + std::to_string(height.value()) + ":";
    bool decided = false;
    for (const auto& [digest, signers] : by_digest) {
      decided = decided || quorum.reached_by(signers);
      text += " " + digest.hex().substr(0, 16) + " by";
      for (const ValidatorIndex signer : signers.members())
        text += " " + std::to_string(signer.value());
      text += ";";
    }
    if (decided) continue;
    split_reported_ = height;
    return text;
  }
  return std::nullopt;
}

SignerSet CommitBook::voters(Height height) const {
  SignerSet set(validators_);
  const auto found = pools_.find(height);
  if (found == pools_.end()) return set;
  for (const auto& slot : found->second) {
    if (slot) set.insert(slot->vote.signer);
  }
  return set;
}

}  // namespace huangpu::consensus
