#include "consensus/codec/verify.hpp"
#include "consensus/codec/block_codec.hpp"

#include <gtest/gtest.h>

#include "tests/unit/consensus/support/network.hpp"

namespace huangpu::consensus::test {
namespace {

class Verify : public ::testing::Test {
 protected:
  Network network_;
  const Digest hash_ = digest_of(0xaa);

  static Errc code(const Status& status) { return status ? Errc{0} : status.error().code; }
};

TEST_F(Verify, AcceptsAVoteOnlyUnderItsChainEpochViewKindAndSigner) {
  const Vote vote = network_.vote(2, VoteKind::kNotarize, 5, hash_);
  EXPECT_TRUE(verify_vote(network_.context(), vote));

  Vote changed = vote;
  changed.view = View{6};
  EXPECT_EQ(code(verify_vote(network_.context(), changed)), Errc::kUnauthenticated);
  changed = vote;
  changed.kind = VoteKind::kFinalize;
  EXPECT_EQ(code(verify_vote(network_.context(), changed)), Errc::kUnauthenticated);
  changed = vote;
  changed.signer = ValidatorIndex{1};
  EXPECT_EQ(code(verify_vote(network_.context(), changed)), Errc::kUnauthenticated);
  changed = vote;
  changed.signer = ValidatorIndex{4};
  EXPECT_EQ(code(verify_vote(network_.context(), changed)), Errc::kUnauthenticated);
  changed = vote;
  changed.epoch = Epoch{2};
  EXPECT_EQ(code(verify_vote(network_.context(), changed)), Errc::kWrongChain);

  ChainContext other = network_.chain();
  other.genesis = digest_of(0x48);
  const VerifyContext context{other, network_.record().epoch, network_.record().set,
                              crypto::default_verifier()};
  EXPECT_EQ(code(verify_vote(context, vote)), Errc::kUnauthenticated);
}

TEST_F(Verify, RefusesVotesWhoseDigestDoesNotGoWithTheirKind) {
  EXPECT_FALSE(verify_vote(network_.context(), network_.vote(0, VoteKind::kNullify, 5, hash_)));
  EXPECT_FALSE(verify_vote(network_.context(), network_.vote(0, VoteKind::kNotarize, 5, Digest{})));
  EXPECT_FALSE(verify_vote(network_.context(), network_.vote(0, VoteKind::kNotarize, 0, hash_)));
}

TEST_F(Verify, AcceptsAnyQuorumAsACertificate) {
  const std::vector<std::vector<std::size_t>> quorums = {
      {0, 1, 2}, {1, 2, 3}, {0, 2, 3}, {0, 1, 2, 3}};
  for (const auto& signers : quorums) {
    EXPECT_TRUE(verify_certificate(network_.context(),
                                   network_.certificate(VoteKind::kFinalize, 9, hash_, signers)));
  }
}

TEST_F(Verify, RefusesACertificateBelowTheQuorum) {
  const std::vector<std::size_t> two{0, 3};
  const Certificate certificate = network_.certificate(VoteKind::kFinalize, 9, hash_, two);
  EXPECT_EQ(code(verify_certificate(network_.context(), certificate)), Errc::kUnauthenticated);
}

TEST_F(Verify, RefusesACertificateThatUsesOneSignatureTwice) {
  Certificate certificate = network_.certificate(VoteKind::kFinalize, 9, hash_);
  certificate.signatures[1] = certificate.signatures[0];
  EXPECT_FALSE(verify_certificate(network_.context(), certificate));
}

TEST_F(Verify, RefusesACertificateOfAnotherSet) {
  Network strangers(4, {}, 2);
  const Certificate certificate = strangers.certificate(VoteKind::kFinalize, 9, hash_);
  EXPECT_EQ(code(verify_certificate(network_.context(), certificate)), Errc::kUnauthenticated);
  Network seven(7);
  const Certificate wide = seven.certificate(VoteKind::kFinalize, 9, hash_);
  EXPECT_EQ(code(verify_certificate(network_.context(), wide)), Errc::kMalformed);
}

TEST_F(Verify, RefusesACertificateWithSignaturesMissing) {
  Certificate certificate = network_.certificate(VoteKind::kFinalize, 9, hash_);
  certificate.signatures.pop_back();
  EXPECT_EQ(code(verify_certificate(network_.context(), certificate)), Errc::kMalformed);
}

TEST_F(Verify, CountsTheWeightOfSigners) {
  Network weighted(4, {5, 1, 1, 1});
  const std::vector<std::size_t> heavy{0, 1};
  const std::vector<std::size_t> light{1, 2, 3};
  EXPECT_TRUE(verify_certificate(weighted.context(),
                                 weighted.certificate(VoteKind::kNotarize, 1, hash_, heavy)));
  EXPECT_FALSE(verify_certificate(weighted.context(),
                                  weighted.certificate(VoteKind::kNotarize, 1, hash_, light)));
}

TEST_F(Verify, AcceptsACommitCertificateOnlyForItsMessage) {
  CommitCertificate certificate = network_.commit_certificate(network_.commit_message(7));
  EXPECT_TRUE(verify_commit_certificate(network_.context(), certificate));
  certificate.message.state_root = digest_of(0x99);
  EXPECT_EQ(code(verify_commit_certificate(network_.context(), certificate)),
            Errc::kUnauthenticated);
  certificate.message = network_.commit_message(7);
  certificate.message.genesis = digest_of(1);
  EXPECT_EQ(code(verify_commit_certificate(network_.context(), certificate)), Errc::kWrongChain);
}

TEST_F(Verify, AcceptsAJustificationWithoutHolesOnly) {
  EXPECT_TRUE(verify_justification(network_.context(), View{6}, hash_,
                                   network_.justification(6, hash_, 3)));
  EXPECT_TRUE(verify_justification(network_.context(), View{1}, hash_,
                                   network_.justification(1, hash_, 0)));

  Justification hole = network_.justification(6, hash_, 3);
  hole.nullifications.erase(hole.nullifications.begin());
  EXPECT_FALSE(verify_justification(network_.context(), View{6}, hash_, hole));
  Justification wrong_view = network_.justification(6, hash_, 3);
  wrong_view.nullifications[0] = network_.certificate(VoteKind::kNullify, 3, Digest{});
  EXPECT_FALSE(verify_justification(network_.context(), View{6}, hash_, wrong_view));
  Justification weak = network_.justification(6, hash_, 3);
  const std::vector<std::size_t> two{0, 1};
  weak.nullifications[1] = network_.certificate(VoteKind::kNullify, 5, Digest{}, two);
  EXPECT_FALSE(verify_justification(network_.context(), View{6}, hash_, weak));
  Justification nullified_parent = network_.justification(6, hash_, 3);
  nullified_parent.parent = network_.certificate(VoteKind::kNullify, 3, Digest{});
  EXPECT_FALSE(verify_justification(network_.context(), View{6}, hash_, nullified_parent));
  EXPECT_FALSE(verify_justification(network_.context(), View{6}, digest_of(2),
                                    network_.justification(6, hash_, 3)));
  EXPECT_FALSE(verify_justification(network_.context(), View{3}, hash_,
                                    network_.justification(6, hash_, 3)));
}

// SPEC C-22, C-25: the newest that fit, not fewer and not others.
TEST_F(Verify, AcceptsTheNewestNullificationsOfAGapThatIsLongerThanAJustification) {
  const std::size_t most = nullifications_max(network_.size());
  const std::uint64_t view = most + 10;
  Justification all = network_.justification(view, hash_, 3);
  ASSERT_GT(all.nullifications.size(), most);
  EXPECT_FALSE(check_justification_shape(network_.context(), View{view}, hash_, all));

  Justification newest = all;
  newest.nullifications.erase(newest.nullifications.begin(),
                              newest.nullifications.end() - static_cast<std::ptrdiff_t>(most));
  EXPECT_TRUE(check_justification_shape(network_.context(), View{view}, hash_, newest));
  Justification oldest = all;
  oldest.nullifications.resize(most);
  EXPECT_FALSE(check_justification_shape(network_.context(), View{view}, hash_, oldest));
  newest.nullifications.erase(newest.nullifications.begin());
  EXPECT_FALSE(check_justification_shape(network_.context(), View{view}, hash_, newest));
}

class VerifyProposal : public Verify {
 protected:
  const Digest genesis_block_ = digest_of(0x60);
  Status verify(const Proposal& proposal, std::uint16_t leader = 1) {
    return verify_proposal(network_.context(), ValidatorIndex{leader}, genesis_block_, proposal);
  }
};

TEST_F(VerifyProposal, AcceptsTheFirstBlockOfAnEpochOnItsGenesisOnly) {
  const Block first = network_.block(1, 1, genesis_block_, 0, 1);
  EXPECT_TRUE(verify(network_.proposal(1, 1, first, {})));
  const Block elsewhere = network_.block(1, 1, digest_of(0x61), 0, 1);
  EXPECT_FALSE(verify(network_.proposal(1, 1, elsewhere, {})));
}

TEST_F(VerifyProposal, AcceptsABlockOnACertifiedParentAcrossNullifiedViews) {
  const Block block = network_.block(5, 3, hash_, 2, 1);
  const Justification justification = network_.justification(5, hash_, 2);
  const Proposal proposal = network_.proposal(1, 5, block, justification);
  EXPECT_TRUE(verify(proposal)) << verify(proposal).error().message;
}

TEST_F(VerifyProposal, RefusesAnotherLeaderBodyOrParentView) {
  const Block block = network_.block(5, 3, hash_, 2, 1);
  const Justification justification = network_.justification(5, hash_, 2);
  EXPECT_FALSE(verify(network_.proposal(2, 5, block, justification)));
  EXPECT_FALSE(verify(network_.proposal(1, 5, block, justification), 2));
  Block other_body = block;
  other_body.cut[0].pos = LanePosition{99};
  EXPECT_FALSE(verify(network_.proposal(1, 5, other_body, justification)));
  const Block other_view = network_.block(5, 3, hash_, 3, 1);
  EXPECT_FALSE(verify(network_.proposal(1, 5, other_view, justification)));
  Proposal signature = network_.proposal(1, 5, block, justification);
  signature.signature = network_.proposal(1, 6, block, justification).signature;
  EXPECT_FALSE(verify(signature));
}

TEST_F(VerifyProposal, AcceptsABlockProposedAgainWithItsOwnCertificateOnly) {
  const Block block = network_.block(3, 2, hash_, 1, 0);
  const Digest own = network_.hash(block);
  EXPECT_TRUE(verify(network_.proposal(1, 6, block, network_.justification(6, own, 4))));
  EXPECT_TRUE(verify(network_.proposal(1, 4, block, network_.justification(4, own, 3))));
  EXPECT_FALSE(verify(network_.proposal(1, 6, block, network_.justification(6, hash_, 4))));
  EXPECT_FALSE(verify(network_.proposal(1, 6, block, network_.justification(6, own, 2))))
      << "a certificate from before the block existed";
  EXPECT_FALSE(verify(network_.proposal(1, 6, block, {})));
}

TEST_F(VerifyProposal, RefusesABoundaryFlagWithoutTheNextEpochAndTheReverse) {
  Block block = network_.block(1, 1, genesis_block_, 0, 1);
  block.header.flags = kBlockBoundary;
  EXPECT_FALSE(verify(network_.proposal(1, 1, block, {})));
  block.header.flags = 0;
  block.header.next_epoch_hash = digest_of(1);
  EXPECT_FALSE(verify(network_.proposal(1, 1, block, {})));
  block.header.flags = kBlockBoundary;
  EXPECT_TRUE(verify(network_.proposal(1, 1, block, {})));
}

TEST_F(Verify, AcceptsABatchOnlyFromItsOwnerAndWithItsEnvelopes) {
  const Batch batch = network_.batch(3, 1, Digest{}, {Bytes{1, 2, 3}, Bytes{4}});
  EXPECT_TRUE(verify_batch(network_.context(), batch));
  Batch other = batch;
  other.envelopes = EnvelopeList::copy_of(std::vector<Bytes>{Bytes{1, 2, 3}, Bytes{5}});
  EXPECT_EQ(code(verify_batch(network_.context(), other)), Errc::kConflict);
  other = batch;
  other.header.lane = ValidatorIndex{2};
  EXPECT_EQ(code(verify_batch(network_.context(), other)), Errc::kUnauthenticated);
  EXPECT_FALSE(verify_batch(network_.context(), network_.batch(3, 2, Digest{}, {Bytes{1}})));
  EXPECT_FALSE(verify_batch(network_.context(), network_.batch(3, 1, hash_, {Bytes{1}})));
  EXPECT_FALSE(verify_batch(network_.context(), network_.batch(3, 1, Digest{}, {})));
}

TEST_F(Verify, AcceptsEvidenceOnlyIfBothSignaturesAreTheOffenders) {
  const auto statement = [this](std::size_t i, std::uint8_t fill) {
    return Statement{SignedKind::kNotarize, 5, digest_of(fill),
                     network_.sign(i, SignedKind::kNotarize, 5, digest_of(fill))};
  };
  Evidence evidence{network_.record().epoch, ValidatorIndex{2},
                    Conflict{statement(2, 1), statement(2, 2)}};
  EXPECT_TRUE(verify_evidence(network_.context(), evidence));
  evidence.proof = Conflict{statement(2, 1), statement(1, 2)};
  EXPECT_FALSE(verify_evidence(network_.context(), evidence));
  evidence.proof = Conflict{statement(2, 1), statement(2, 1)};
  EXPECT_FALSE(verify_evidence(network_.context(), evidence));
}

TEST_F(Verify, AcceptsABadBatchOnlyWithThePathOfItsEnvelope) {
  const std::vector<Bytes> envelopes{Bytes{1}, Bytes{2}, Bytes{3}};
  const Batch batch = network_.batch(3, 1, Digest{}, envelopes);
  BadBatch bad{batch.header, batch.signature, envelopes[1],
               crypto::merkle_path(network_.chain().suite, std::span<const Bytes>(envelopes), 1)};
  Evidence evidence{network_.record().epoch, ValidatorIndex{3}, bad};
  EXPECT_TRUE(verify_evidence(network_.context(), evidence));
  bad.envelope = Bytes{9};
  evidence.proof = bad;
  EXPECT_FALSE(verify_evidence(network_.context(), evidence));
}

TEST_F(Verify, AcceptsAReadyOfTheNamedEpochOnly) {
  const Ready ready{network_.record().epoch, hash_, ValidatorIndex{1},
                    network_.sign(1, SignedKind::kReady, 0, hash_)};
  EXPECT_TRUE(verify_ready(network_.context(), ready));
  Ready other = ready;
  other.epoch_hash = digest_of(3);
  EXPECT_FALSE(verify_ready(network_.context(), other));
}

}  // namespace
}  // namespace huangpu::consensus::test
