#include "consensus/codec/verify.hpp"

#include <string>

#include "consensus/codec/block_codec.hpp"
#include "consensus/codec/hashing.hpp"

namespace huangpu::consensus {
namespace {

Status check_epoch(const VerifyContext& context, Epoch epoch, const char* what) {
  if (epoch == context.epoch) return {};
  return fail(Errc::kWrongChain, std::string(what) + ": of epoch " + std::to_string(epoch.value()) +
                                     ", not " + std::to_string(context.epoch.value()));
}

Status check_genesis(const VerifyContext& context, const Digest& genesis, const char* what) {
  if (genesis == context.chain.genesis) return {};
  return fail(Errc::kWrongChain, std::string(what) + ": of another chain");
}

struct Claim {
  SignedKind kind;
  Epoch epoch;
  std::uint64_t position;
  const Digest& digest;
};

Status verify_signature(const VerifyContext& context, ValidatorIndex signer, const Claim& claim,
                        const Signature& signature, const char* what) {
  const Validator* validator = context.set.find(signer);
  if (validator == nullptr) {
    return fail(Errc::kUnauthenticated, std::string(what) + ": validator " +
                                            std::to_string(signer.value()) + " is not in the set");
  }
  const SignedMessageBytes message =
      signing_message(claim.kind, context.chain.genesis, claim.epoch, claim.position, claim.digest);
  if (!context.verifier.verify(validator->key, message, signature)) {
    return fail(Errc::kUnauthenticated, std::string(what) + ": the signature of validator " +
                                            std::to_string(signer.value()) + " does not verify");
  }
  return {};
}

Status check_signers(const VerifyContext& context, const SignerSet& signers,
                     const std::vector<Signature>& signatures, const char* what) {
  if (signers.size() != context.set.size()) {
    return fail(Errc::kMalformed, std::string(what) + ": its bitmap is for another set size");
  }
  if (signatures.size() != signers.count()) {
    return fail(Errc::kMalformed, std::string(what) + ": signatures do not match the bitmap");
  }
  if (!context.set.quorum().reached_by(signers)) {
    return fail(Errc::kUnauthenticated, std::string(what) + ": the signers are no quorum");
  }
  return {};
}

Status verify_signatures(const VerifyContext& context, const SignerSet& signers,
                         const std::vector<Signature>& signatures, const Claim& claim,
                         const char* what) {
  std::size_t i = 0;
  for (const ValidatorIndex signer : signers.members()) {
    HP_TRY(verify_signature(context, signer, claim, signatures[i++], what));
  }
  return {};
}

Status check_vote_shape(VoteKind kind, View view, const Digest& digest, const char* what) {
  if (view.value() == 0) return fail(Errc::kMalformed, std::string(what) + ": for view 0");
  if ((kind == VoteKind::kNullify) != digest.is_zero()) {
    return fail(Errc::kMalformed, std::string(what) + ": its kind does not go with its digest");
  }
  return {};
}

Status check_commit_shape(const VerifyContext& context, const CommitMessage& message,
                          const char* what) {
  HP_TRY(check_genesis(context, message.genesis, what));
  HP_TRY(check_epoch(context, message.epoch, what));
  if (message.height.value() == 0) {
    return fail(Errc::kMalformed, std::string(what) + ": for height 0");
  }
  return {};
}

Status check_header_shape(const VerifyContext& context, const BlockHeader& header) {
  HP_TRY(check_genesis(context, header.genesis, "block"));
  HP_TRY(check_epoch(context, header.epoch, "block"));
  if (header.version != kBlockVersion || header.height.value() == 0 || header.view.value() == 0) {
    return fail(Errc::kMalformed, "block: version, height or view is none a block can have");
  }
  if (header.parent_view >= header.view) {
    return fail(Errc::kMalformed, "block: its view is not above its parent's");
  }
  if (((header.flags & kBlockBoundary) != 0) == header.next_epoch_hash.is_zero()) {
    return fail(Errc::kMalformed, "block: the boundary flag and the next epoch disagree");
  }
  return {};
}

}  // namespace

Status verify_vote(const VerifyContext& context, const Vote& vote) {
  HP_TRY(check_epoch(context, vote.epoch, "vote"));
  HP_TRY(check_vote_shape(vote.kind, vote.view, vote.digest, "vote"));
  return verify_signature(context, vote.signer,
                          {signed_kind(vote.kind), vote.epoch, vote.view.value(), vote.digest},
                          vote.signature, "vote");
}

Status check_certificate_shape(const VerifyContext& context, const Certificate& certificate) {
  HP_TRY(check_epoch(context, certificate.epoch, "certificate"));
  HP_TRY(check_vote_shape(certificate.kind, certificate.view, certificate.digest, "certificate"));
  return check_signers(context, certificate.signers, certificate.signatures, "certificate");
}

Status verify_certificate(const VerifyContext& context, const Certificate& certificate) {
  HP_TRY(check_certificate_shape(context, certificate));
  return verify_signatures(context, certificate.signers, certificate.signatures,
                           {signed_kind(certificate.kind), certificate.epoch,
                            certificate.view.value(), certificate.digest},
                           "certificate");
}

Status verify_commit_vote(const VerifyContext& context, const CommitVote& vote) {
  HP_TRY(check_commit_shape(context, vote.message, "commit vote"));
  const Digest digest = commit_digest(context.chain.suite, vote.message);
  return verify_signature(
      context, vote.signer,
      {SignedKind::kCommit, vote.message.epoch, vote.message.height.value(), digest},
      vote.signature, "commit vote");
}

Status verify_commit_certificate(const VerifyContext& context,
                                 const CommitCertificate& certificate) {
  const CommitMessage& message = certificate.message;
  HP_TRY(check_commit_shape(context, message, "commit certificate"));
  HP_TRY(check_signers(context, certificate.signers, certificate.signatures, "commit certificate"));
  const Digest digest = commit_digest(context.chain.suite, message);
  return verify_signatures(context, certificate.signers, certificate.signatures,
                           {SignedKind::kCommit, message.epoch, message.height.value(), digest},
                           "commit certificate");
}

Status check_justification_shape(const VerifyContext& context, View view, const Digest& base_hash,
                                 const Justification& justification) {
  const std::optional<Certificate>& parent = justification.parent;
  if (parent) {
    if (parent->kind == VoteKind::kNullify) {
      return fail(Errc::kMalformed, "justification: a nullification certifies no parent");
    }
    HP_TRY(check_certificate_shape(context, *parent));
    if (parent->digest != base_hash) {
      return fail(Errc::kConflict, "justification: its certificate is of another block");
    }
  }
  const View from = justification.parent_view();
  if (from >= view) {
    return fail(Errc::kConflict, "justification: its parent is not of an earlier view");
  }
  const std::uint64_t due = nullifications_due(from, view, context.set.size());
  if (justification.nullifications.size() != due) {
    return fail(Errc::kConflict, "justification: not every view since the parent is nullified");
  }
  std::uint64_t expected = view.value() - due;
  for (const Certificate& certificate : justification.nullifications) {
    if (certificate.kind != VoteKind::kNullify || certificate.view.value() != expected) {
      return fail(Errc::kConflict, "justification: view " + std::to_string(expected) +
                                       " is not nullified in its place");
    }
    ++expected;
    HP_TRY(check_certificate_shape(context, certificate));
  }
  return {};
}

Status verify_justification(const VerifyContext& context, View view, const Digest& base_hash,
                            const Justification& justification) {
  HP_TRY(check_justification_shape(context, view, base_hash, justification));
  if (justification.parent) HP_TRY(verify_certificate(context, *justification.parent));
  for (const Certificate& certificate : justification.nullifications) {
    HP_TRY(verify_certificate(context, certificate));
  }
  return {};
}

Status check_proposal_shape(const VerifyContext& context, ValidatorIndex leader,
                            const Digest& epoch_genesis, const Proposal& proposal) {
  const BlockHeader& header = proposal.block.header;
  HP_TRY(check_epoch(context, proposal.epoch, "proposal"));
  HP_TRY(check_header_shape(context, header));
  if (header.view > proposal.view) {
    return fail(Errc::kMalformed, "proposal: its block is of a later view");
  }
  if (body_root(context.chain.suite, proposal.block) != header.body_root) {
    return fail(Errc::kConflict, "proposal: the body is not the one the header names");
  }
  const View from = proposal.justification.parent_view();
  if (proposal.is_reproposal()) {
    if (!proposal.justification.parent || from < header.view) {
      return fail(Errc::kConflict, "proposal: a block is proposed again without its certificate");
    }
    const Digest hash = block_hash(context.chain.suite, header);
    return check_justification_shape(context, proposal.view, hash, proposal.justification);
  }
  if (header.proposer != leader) {
    return fail(Errc::kConflict, "proposal: its block names another proposer");
  }
  if (header.parent_view != from) {
    return fail(Errc::kConflict, "proposal: the header names another parent view");
  }
  if (!proposal.justification.parent && header.parent_hash != epoch_genesis) {
    return fail(Errc::kConflict,
                "proposal: without a certificate the parent is the epoch's genesis");
  }
  return check_justification_shape(context, proposal.view, header.parent_hash,
                                   proposal.justification);
}

Status verify_proposal_signature(const VerifyContext& context, ValidatorIndex leader,
                                 const Proposal& proposal) {
  const Digest hash = block_hash(context.chain.suite, proposal.block.header);
  return verify_signature(context, leader,
                          {SignedKind::kPropose, proposal.epoch, proposal.view.value(), hash},
                          proposal.signature, "proposal");
}

Status verify_proposal(const VerifyContext& context, ValidatorIndex leader,
                       const Digest& epoch_genesis, const Proposal& proposal) {
  HP_TRY(check_proposal_shape(context, leader, epoch_genesis, proposal));
  HP_TRY(verify_proposal_signature(context, leader, proposal));
  const Digest base = proposal.is_reproposal()
                          ? block_hash(context.chain.suite, proposal.block.header)
                          : proposal.block.header.parent_hash;
  return verify_justification(context, proposal.view, base, proposal.justification);
}

Status verify_batch_header(const VerifyContext& context, const BatchHeader& header,
                           const Signature& signature) {
  HP_TRY(check_genesis(context, header.genesis, "batch"));
  HP_TRY(check_epoch(context, header.epoch, "batch"));
  if (header.version != kBatchVersion || header.pos.value() == 0 || header.envelope_count == 0) {
    return fail(Errc::kMalformed, "batch: version, position or count is none a batch can have");
  }
  if ((header.pos.value() == 1) != header.prev_digest.is_zero()) {
    return fail(Errc::kMalformed, "batch: only the first of a lane has no predecessor");
  }
  const Digest digest = batch_digest(context.chain.suite, header);
  return verify_signature(context, header.lane,
                          {SignedKind::kBatch, header.epoch, header.pos.value(), digest}, signature,
                          "batch");
}

Status verify_batch(const VerifyContext& context, const Batch& batch) {
  if (batch.envelopes.size() != batch.header.envelope_count ||
      batch.envelopes.total_bytes() != batch.header.byte_count) {
    return fail(Errc::kConflict, "batch: the header miscounts the envelopes");
  }
  HP_TRY(verify_batch_header(context, batch.header, batch.signature));
  if (envelope_root(context.chain.suite, batch.envelopes) != batch.header.envelope_root) {
    return fail(Errc::kConflict, "batch: the envelopes are not those the header names");
  }
  return {};
}

Status verify_ready(const VerifyContext& context, const Ready& ready) {
  HP_TRY(check_epoch(context, ready.epoch, "ready"));
  return verify_signature(context, ready.signer,
                          {SignedKind::kReady, ready.epoch, 0, ready.epoch_hash}, ready.signature,
                          "ready");
}

Status verify_evidence(const VerifyContext& context, const Evidence& evidence) {
  HP_TRY(check_epoch(context, evidence.epoch, "evidence"));
  if (const auto* bad = std::get_if<BadBatch>(&evidence.proof)) {
    if (bad->header.lane != evidence.offender || bad->header.epoch != evidence.epoch) {
      return fail(Errc::kConflict, "evidence: the batch is of another lane");
    }
    if (bad->path.count != bad->header.envelope_count) {
      return fail(Errc::kConflict, "evidence: the path is of another batch");
    }
    HP_TRY(verify_batch_header(context, bad->header, bad->signature));
    if (!crypto::verify_merkle_path(context.chain.suite, bad->header.envelope_root, bad->envelope,
                                    bad->path)) {
      return fail(Errc::kConflict, "evidence: the envelope is not in the batch");
    }
    return {};
  }
  const Conflict& conflict = std::get<Conflict>(evidence.proof);
  if (!classify(conflict.first, conflict.second)) {
    return fail(Errc::kConflict, "evidence: the two statements do not exclude each other");
  }
  for (const Statement* statement : {&conflict.first, &conflict.second}) {
    HP_TRY(
        verify_signature(context, evidence.offender,
                         {statement->kind, evidence.epoch, statement->position, statement->digest},
                         statement->signature, "evidence"));
  }
  return {};
}

}  // namespace huangpu::consensus
