// Checks of signed objects against a validator set (SPEC C-6..C-9, C-25, C-42). Cheap checks come
// first; signatures last.
//
// Errors: kWrongChain (other genesis or epoch), kMalformed (impossible shape), kUnauthenticated
// (unknown signer, bad signature, weight below the quorum), kConflict (parts contradict each
// other).
#pragma once

#include "consensus/types/block.hpp"
#include "consensus/types/commit.hpp"
#include "consensus/types/epoch.hpp"
#include "consensus/types/message.hpp"
#include "crypto/sign/verifier.hpp"

namespace huangpu::consensus {

// What every check needs: the chain, one epoch and its validators. Refers to objects that must
// outlive it.
struct VerifyContext {
  const ChainContext& chain;
  Epoch epoch;
  const ValidatorSet& set;
  const crypto::Verifier& verifier;
};

// Shape and signature of one vote. Nullify votes carry the zero digest, the others never do.
[[nodiscard]] Status verify_vote(const VerifyContext& context, const Vote& vote);

// Bitmap size equals the set's, weight reaches the quorum, every signature verifies.
[[nodiscard]] Status verify_certificate(const VerifyContext& context,
                                        const Certificate& certificate);
// The same without signature checks: what can be told from the bytes.
[[nodiscard]] Status check_certificate_shape(const VerifyContext& context,
                                             const Certificate& certificate);

[[nodiscard]] Status verify_commit_vote(const VerifyContext& context, const CommitVote& vote);
[[nodiscard]] Status verify_commit_certificate(const VerifyContext& context,
                                               const CommitCertificate& certificate);

// The justification of a proposal: the certificate of the base and one nullification for every view
// between base and `view`, or for the newest nullifications_max() of them (SPEC C-25): then a voter
// needs the others from elsewhere, and a reader of certified blocks relies on the voters.
// `base_hash` is the parent's hash, or the block's own for a re-proposal.
[[nodiscard]] Status verify_justification(const VerifyContext& context, View view,
                                          const Digest& base_hash,
                                          const Justification& justification);

// The same without signature checks, for those who hold some of the certificates already.
[[nodiscard]] Status check_justification_shape(const VerifyContext& context, View view,
                                               const Digest& base_hash,
                                               const Justification& justification);

// What a proposal proves by itself: shape, body root, the leader's signature, the justification.
// Not the parent's content, the cut, times or data. `epoch_genesis` is the hash of the block the
// epoch starts from.
[[nodiscard]] Status verify_proposal(const VerifyContext& context, ValidatorIndex leader,
                                     const Digest& epoch_genesis, const Proposal& proposal);

// Its first two parts, cheap and in this order: shape and body root; the signature of the leader.
[[nodiscard]] Status check_proposal_shape(const VerifyContext& context, ValidatorIndex leader,
                                          const Digest& epoch_genesis, const Proposal& proposal);
[[nodiscard]] Status verify_proposal_signature(const VerifyContext& context, ValidatorIndex leader,
                                               const Proposal& proposal);

// The owner's signature over the header.
[[nodiscard]] Status verify_batch_header(const VerifyContext& context, const BatchHeader& header,
                                         const Signature& signature);
// That, and that counts, size and root of the header describe the envelopes.
[[nodiscard]] Status verify_batch(const VerifyContext& context, const Batch& batch);

[[nodiscard]] Status verify_ready(const VerifyContext& context, const Ready& ready);

// Both signatures by the named offender, and the statements exclude each other.
[[nodiscard]] Status verify_evidence(const VerifyContext& context, const Evidence& evidence);

}  // namespace huangpu::consensus
