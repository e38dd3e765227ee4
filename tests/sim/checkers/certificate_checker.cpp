#include "tests/sim/checkers/certificate_checker.hpp"

namespace huangpu::sim {

void CertificateChecker::look(const consensus::Certificate& certificate) {
  // A Byzantine validator's vote may be seen in a certificate first, an honest one's never is.
  const auto cast = votes_.find({certificate.kind, certificate.view, certificate.digest});
  std::set<std::uint16_t> proven;
  for (const ValidatorIndex signer : certificate.signers.members()) {
    if (!honest_.at(signer.value()) ||
        (cast != votes_.end() && cast->second.contains(signer.value())))
      proven.insert(signer.value());
  }
  if (!weights_.reached(proven)) {
    violations_.push_back({"C1", std::string("a certificate of ") +
                                     consensus::to_string(certificate.kind) + " in view " +
                                     std::to_string(certificate.view.value()) +
                                     " without a quorum of votes that were cast"});
  }
  certified(certificate.kind, certificate.view, certificate.digest);
}

void CertificateChecker::on_sent(std::size_t node, const consensus::Message& message) {
  if (const auto* vote = std::get_if<consensus::Vote>(&message)) {
    // Whoever names another one as the signer, or nobody, has forged it.
    const std::size_t signer = vote->signer.value();
    if (signer >= weights_.size() || honest_.at(signer) != honest_.at(node)) return;
    auto& signers = votes_[{vote->kind, vote->view, vote->digest}];
    if (signers.insert(vote->signer.value()).second && weights_.reached(signers))
      certified(vote->kind, vote->view, vote->digest);
  } else if (!honest_.at(node)) {
    return;  // says what it likes; whoever believes it shows it
  } else if (const auto* certificate = std::get_if<consensus::Certificate>(&message)) {
    look(*certificate);
  } else if (const auto* proposal = std::get_if<consensus::Proposal>(&message)) {
    if (proposal->justification.parent) look(*proposal->justification.parent);
    for (const auto& each : proposal->justification.nullifications) look(each);
  }
}

void CertificateChecker::certified(consensus::VoteKind kind, View view,
                                   const crypto::Digest& digest) {
  const std::string at = "view " + std::to_string(view.value());
  switch (kind) {
    case consensus::VoteKind::kNotarize:
      if (notarized_.try_emplace(view, digest).first->second != digest)
        violations_.push_back({"S6", at + " has two notarized blocks"});
      break;
    case consensus::VoteKind::kNullify:
      nullified_.insert(view);
      break;
    case consensus::VoteKind::kFinalize: {
      if (finalized_.try_emplace(view, digest).first->second != digest)
        violations_.push_back({"S7", at + " has two finalized blocks"});
      // Counted from votes, not from certificates: a finalized block had a quorum of notarize
      // votes, each of which was sent.
      const auto votes = votes_.find({consensus::VoteKind::kNotarize, view, digest});
      std::set<std::uint16_t> voters;
      if (votes != votes_.end()) voters = votes->second;
      for (std::size_t i = 0; i < weights_.size(); ++i) {
        if (!honest_.at(i)) voters.insert(static_cast<std::uint16_t>(i));
      }
      if (!weights_.reached(voters))
        violations_.push_back({"S8", at + " is finalized without a quorum of notarize votes"});
      break;
    }
  }
  if (nullified_.contains(view) && finalized_.contains(view))
    violations_.push_back({"S7", at + " is finalized and nullified"});
}

}  // namespace huangpu::sim
