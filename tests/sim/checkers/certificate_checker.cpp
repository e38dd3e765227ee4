#include "tests/sim/checkers/certificate_checker.hpp"

namespace huangpu::sim {

void CertificateChecker::look(const consensus::Certificate& certificate) {
  certified(certificate.kind, certificate.view, certificate.digest);
}

void CertificateChecker::on_sent(std::size_t /*node*/, const consensus::Message& message) {
  if (const auto* vote = std::get_if<consensus::Vote>(&message)) {
    auto& signers = votes_[{vote->kind, vote->view, vote->digest}];
    signers.insert(vote->signer.value());
    if (signers.size() == quorum_) certified(vote->kind, vote->view, vote->digest);
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
      if (votes == votes_.end() || votes->second.size() < quorum_)
        violations_.push_back({"S8", at + " is finalized without a quorum of notarize votes"});
      break;
    }
  }
  if (nullified_.contains(view) && finalized_.contains(view))
    violations_.push_back({"S7", at + " is finalized and nullified"});
}

}  // namespace huangpu::sim
