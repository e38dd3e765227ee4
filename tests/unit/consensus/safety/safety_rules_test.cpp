#include "consensus/safety/safety_rules.hpp"

#include <gtest/gtest.h>

#include "tests/unit/consensus/support/safety_bench.hpp"

namespace huangpu::consensus::test {
namespace {

class Safety : public ::testing::Test {
 protected:
  Network network_;
  SafetyBench bench_{network_};
  SafetyRules& rules() { return bench_.rules(); }

  static bool guarded(const Result<Released>& result) {
    return !result && result.error().code == Errc::kGuard;
  }
  Digest hash(std::uint64_t view) { return network_.hash(bench_.stored(view).block); }
  void learn_notarization(std::uint64_t view, const Digest& digest) {
    rules().add_certificate(network_.certificate(VoteKind::kNotarize, view, digest));
  }
  StoredBlock other(std::uint64_t view) {
    return {network_.block(view, view, digest_of(0x61), 0), {}, std::nullopt};
  }
};

TEST_F(Safety, GivesNoSignatureBeforeTheFrameIsDurable) {
  const Result<Released> released = rules().notarize(View{1}, bench_.stored(1));
  ASSERT_TRUE(released);
  EXPECT_EQ(*released, std::nullopt);
  EXPECT_TRUE(rules().own_votes_above(View{0})->empty());

  const std::vector<VoteMessage> messages = bench_.sync();
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_TRUE(verify_vote(network_.context(), std::get<Vote>(messages[0])));
}

TEST_F(Safety, GivesAllMessagesOfAFrameInTheOrderOfTheRequests) {
  learn_notarization(1, hash(1));
  ASSERT_TRUE(rules().finalize(View{1}, hash(1)));
  ASSERT_TRUE(rules().propose(View{2}, bench_.stored(2).block, {}));
  ASSERT_TRUE(rules().notarize(View{2}, bench_.stored(2)));
  const std::vector<VoteMessage> messages = bench_.sync();
  ASSERT_EQ(messages.size(), 3U);
  EXPECT_EQ(std::get<Vote>(messages[0]).kind, VoteKind::kFinalize);
  EXPECT_TRUE(verify_proposal_signature(network_.context(), ValidatorIndex{0},
                                        std::get<Proposal>(messages[1])));
  EXPECT_EQ(std::get<Vote>(messages[2]).kind, VoteKind::kNotarize);
}

TEST_F(Safety, KeepsOneFrameUnderWay) {
  ASSERT_TRUE(rules().nullify(View{1}));
  const std::optional<FrameBody> first = rules().take_frame();
  ASSERT_TRUE(first);
  ASSERT_TRUE(rules().nullify(View{2}));
  EXPECT_EQ(rules().take_frame(), std::nullopt);
  EXPECT_FALSE(rules().on_durable(first->seq + 1));
  EXPECT_TRUE(rules().on_durable(first->seq));
  EXPECT_FALSE(rules().on_durable(first->seq));
  EXPECT_EQ(rules().take_frame()->seq, first->seq + 1);
}

TEST_F(Safety, AnswersARepetitionWithTheSameMessage) {
  ASSERT_TRUE(rules().notarize(View{1}, bench_.stored(1)));
  EXPECT_EQ(rules().notarize(View{1}, bench_.stored(1)).value(), std::nullopt);
  const std::vector<VoteMessage> sent = bench_.sync();
  EXPECT_EQ(rules().notarize(View{1}, bench_.stored(1)).value(), sent[0]);
  EXPECT_FALSE(rules().has_open_frame());
}

TEST_F(Safety, RefusesASecondNotarizeProposalOrFinalizeForAView) {
  ASSERT_TRUE(rules().notarize(View{1}, bench_.stored(1)));
  EXPECT_TRUE(guarded(rules().notarize(View{1}, other(1))));
  ASSERT_TRUE(rules().propose(View{2}, bench_.stored(2).block, {}));
  EXPECT_TRUE(guarded(rules().propose(View{2}, other(2).block, {})));
  learn_notarization(3, hash(3));
  ASSERT_TRUE(rules().finalize(View{3}, hash(3)));
  EXPECT_TRUE(guarded(rules().finalize(View{3}, digest_of(1))));
}

TEST_F(Safety, NeverFinalizesAndNullifiesOneView) {
  learn_notarization(1, hash(1));
  ASSERT_TRUE(rules().nullify(View{1}));
  EXPECT_TRUE(guarded(rules().finalize(View{1}, hash(1))));
  learn_notarization(2, hash(2));
  ASSERT_TRUE(rules().finalize(View{2}, hash(2)));
  EXPECT_TRUE(guarded(rules().nullify(View{2})));
}

TEST_F(Safety, KeepsTheExclusionOfFinalizeAndNullifyAcrossARestart) {
  learn_notarization(2, hash(2));
  ASSERT_TRUE(rules().nullify(View{1}));
  ASSERT_TRUE(rules().finalize(View{2}, hash(2)));
  bench_.sync();
  bench_.restart();
  learn_notarization(1, hash(1));
  EXPECT_TRUE(guarded(rules().finalize(View{1}, hash(1))));
  EXPECT_TRUE(guarded(rules().nullify(View{2})));
}

TEST_F(Safety, NotarizesAfterItsOwnNullify) {
  ASSERT_TRUE(rules().nullify(View{1}));
  EXPECT_TRUE(rules().notarize(View{1}, bench_.stored(1)));
}

TEST_F(Safety, ProposesNothingInAViewItNullified) {
  ASSERT_TRUE(rules().nullify(View{1}));
  EXPECT_TRUE(guarded(rules().propose(View{1}, bench_.stored(1).block, {})));
}

TEST_F(Safety, FinalizesOnlyWhatItKnowsToBeNotarized) {
  EXPECT_TRUE(guarded(rules().finalize(View{1}, hash(1))));
  learn_notarization(1, hash(1));
  EXPECT_TRUE(guarded(rules().finalize(View{1}, digest_of(7))));
  EXPECT_TRUE(rules().finalize(View{1}, hash(1)));
}

TEST_F(Safety, CastsNoVoteAtOrBelowTheLastFinalView) {
  rules().set_final(View{5}, Height{3}, hash(5));
  rules().set_final(View{2}, Height{1}, hash(2));
  EXPECT_EQ(rules().last_final(), View{5});
  EXPECT_TRUE(guarded(rules().nullify(View{5})));
  EXPECT_TRUE(guarded(rules().notarize(View{4}, bench_.stored(4))));
  EXPECT_TRUE(rules().nullify(View{6}));
}

TEST_F(Safety, DropsAVoteWhoseViewBecameFinalWhileItsFrameWasUnderWay) {
  ASSERT_TRUE(rules().nullify(View{1}));
  const std::uint64_t seq = rules().take_frame()->seq;
  rules().set_final(View{1}, Height{1}, hash(1));
  EXPECT_TRUE(rules().on_durable(seq)->messages.empty());
}

TEST_F(Safety, RefusesBlocksOfAnotherChainEpochOrLaterView) {
  StoredBlock block = bench_.stored(3);
  EXPECT_TRUE(guarded(rules().notarize(View{2}, block)));
  block.block.header.epoch = Epoch{2};
  EXPECT_TRUE(guarded(rules().notarize(View{3}, block)));
  block = bench_.stored(3);
  block.block.header.genesis = digest_of(1);
  EXPECT_TRUE(guarded(rules().notarize(View{3}, block)));
  EXPECT_TRUE(guarded(rules().nullify(View{0})));
}

TEST_F(Safety, WritesCertificatesInFrontOfTheVotesTheyEnable) {
  learn_notarization(1, hash(1));
  EXPECT_FALSE(rules().has_open_frame()) << "a certificate alone needs no sync";
  ASSERT_TRUE(rules().finalize(View{1}, hash(1)));
  const FrameBody body = *rules().take_frame();
  const Frame frame = read_frame_copy(seal_frame(body, 5), 5)->frame;
  ASSERT_EQ(frame.records.size(), 2U);
  EXPECT_TRUE(std::holds_alternative<CertificateRecord>(frame.records[0]));
  EXPECT_TRUE(std::holds_alternative<FinalizeRecord>(frame.records[1]));
}

TEST_F(Safety, RestoresVotesProposalsAndCertificates) {
  learn_notarization(1, hash(1));
  ASSERT_TRUE(
      rules().propose(View{2}, bench_.stored(2).block, network_.justification(2, hash(1), 1)));
  ASSERT_TRUE(rules().notarize(View{2}, bench_.stored(2)));
  const std::vector<VoteMessage> sent = bench_.sync();
  const ReplayResult result = bench_.restart();

  EXPECT_EQ(result.verdict.kind, Verdict::Kind::kNormal);
  EXPECT_EQ(unsigned_of(rules().own_votes_above(View{0}).value()), unsigned_of(sent));
  ASSERT_NE(rules().own_proposal(View{2}), nullptr);
  EXPECT_TRUE(rules().has_notarization(View{1}, hash(1)));
  EXPECT_EQ(rules().highest_vote(), View{2});
  EXPECT_EQ(result.restored.notarized.at(View{2}).block, bench_.stored(2).block);
  EXPECT_TRUE(guarded(rules().notarize(View{2}, other(2))));
  const Released again = rules().notarize(View{2}, bench_.stored(2)).value();
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(unsigned_of(*again), unsigned_of(sent[1]));
  EXPECT_TRUE(verify_vote(network_.context(), std::get<Vote>(*again)));
}

TEST_F(Safety, WritesTheSignStateAfterTheFrameAndInTurns) {
  bench_.notarize_and_sync(1);
  bench_.notarize_and_sync(2);
  const SignState a = decode_sign_state(*bench_.disk.sign_state[0]).value();
  const SignState b = decode_sign_state(*bench_.disk.sign_state[1]).value();
  EXPECT_EQ(a.counter, 2U);
  EXPECT_EQ(b.counter, 3U);
  EXPECT_EQ(b.synced_seq, 2U);
  EXPECT_EQ(b.notarized, View{2});
}

TEST_F(Safety, RefusesEveryVoteInQuarantineButSignsCommits) {
  rules().enter_quarantine("test");
  EXPECT_TRUE(guarded(rules().propose(View{1}, bench_.stored(1).block, {})));
  EXPECT_TRUE(guarded(rules().notarize(View{1}, bench_.stored(1))));
  EXPECT_TRUE(guarded(rules().nullify(View{1})));
  learn_notarization(1, hash(1));
  EXPECT_TRUE(guarded(rules().finalize(View{1}, hash(1))));
  EXPECT_FALSE(rules().sign_batch(LanePosition{1}, hash(1)));
  EXPECT_FALSE(rules().ready(Epoch{2}, hash(1), ValidatorIndex{0}));
  EXPECT_TRUE(rules().commit(network_.commit_message(1)));
  EXPECT_TRUE(rules().own_votes_above(View{0})->empty());
}

TEST_F(Safety, SignsNothingOfAFrameThatBecomesDurableInQuarantine) {
  ASSERT_TRUE(rules().nullify(View{1}));
  const std::uint64_t seq = rules().take_frame()->seq;
  rules().enter_quarantine("test");
  EXPECT_TRUE(rules().on_durable(seq)->messages.empty());
}

TEST_F(Safety, VotesAgainOnlyAboveTheFloorOfItsRejoinAndOnlyOnceThatIsDurable) {
  bench_.notarize_and_sync(4);
  rules().enter_quarantine("test");
  EXPECT_FALSE(rules().rejoin(View{4}, Height{3}, hash(4))) << "own votes reach as far";
  ASSERT_TRUE(rules().rejoin(View{9}, Height{7}, hash(9)));
  EXPECT_TRUE(guarded(rules().nullify(View{10})));
  bench_.sync();
  EXPECT_FALSE(rules().quarantined());
  EXPECT_TRUE(guarded(rules().nullify(View{9})));
  EXPECT_TRUE(rules().nullify(View{10}));
  EXPECT_FALSE(rules().sign_batch(LanePosition{1}, hash(1))) << "the lane stays closed";
}

TEST_F(Safety, SignsOneBatchPerOwnPositionWithoutGaps) {
  ASSERT_TRUE(rules().sign_batch(LanePosition{1}, digest_of(1)));
  EXPECT_FALSE(rules().sign_batch(LanePosition{1}, digest_of(2)));
  EXPECT_FALSE(rules().sign_batch(LanePosition{3}, digest_of(3)));
  EXPECT_TRUE(rules().sign_batch(LanePosition{2}, digest_of(2)));
  const auto again = rules().sign_batch(LanePosition{1}, digest_of(1));
  ASSERT_TRUE(again.has_value());
  EXPECT_TRUE(crypto::verify(network_.signer(0).public_key(),
                             signing_message(SignedKind::kBatch, network_.chain().genesis,
                                             network_.record().epoch, 1, digest_of(1)),
                             *again));
  EXPECT_EQ(rules().lane_position(), LanePosition{2});
}

TEST_F(Safety, SignsOneCommitMessagePerHeightInAscendingOrder) {
  const CommitVote vote = rules().commit(network_.commit_message(5)).value();
  EXPECT_TRUE(verify_commit_vote(network_.context(), vote));
  const CommitVote again = rules().commit(network_.commit_message(5)).value();
  EXPECT_EQ(unsigned_of(again), unsigned_of(vote));
  EXPECT_TRUE(verify_commit_vote(network_.context(), again));
  CommitMessage different = network_.commit_message(5);
  different.state_root = digest_of(9);
  EXPECT_EQ(rules().commit(different).error().code, Errc::kDiverged);
  EXPECT_EQ(rules().commit(network_.commit_message(4)).error().code, Errc::kGuard);
  EXPECT_TRUE(rules().commit(network_.commit_message(6)));
}

TEST_F(Safety, SignsNoCommitBelowACertificateExceptABoundary) {
  rules().set_certified(Height{8});
  EXPECT_FALSE(rules().commit(network_.commit_message(8)));
  CommitMessage boundary = network_.commit_message(8);
  boundary.next_epoch_hash = digest_of(2);
  EXPECT_TRUE(rules().commit(boundary));
  EXPECT_TRUE(rules().commit(network_.commit_message(9)));
}

TEST_F(Safety, KeepsTheDigestOfTheHighestSignedHeightUnderACertificate) {
  ASSERT_TRUE(rules().commit(network_.commit_message(5)));
  ASSERT_TRUE(rules().commit(network_.commit_message(6)));
  rules().set_certified(Height{6});
  CommitMessage different = network_.commit_message(6);
  different.state_root = digest_of(9);
  EXPECT_EQ(rules().commit(different).error().code, Errc::kDiverged);
}

TEST_F(Safety, StopsForGoodWhenItsKeySignedSomethingElsewhere) {
  bench_.notarize_and_sync(1);
  const Epoch epoch = network_.record().epoch;
  EXPECT_EQ(rules().sight(Occasion::kRunning, SignedKind::kNotarize, epoch, 1, hash(1)),
            Sighting::kKnown);
  EXPECT_EQ(rules().sight(Occasion::kRunning, SignedKind::kNotarize, Epoch{9}, 7, hash(1)),
            Sighting::kUntellable);
  EXPECT_TRUE(rules().stopped().empty());
  EXPECT_EQ(rules().sight(Occasion::kRunning, SignedKind::kNullify, epoch, 2, Digest{}),
            Sighting::kForeign);
  EXPECT_FALSE(rules().stopped().empty());
  EXPECT_TRUE(guarded(rules().nullify(View{3})));
  EXPECT_FALSE(rules().commit(network_.commit_message(1)));
}

TEST_F(Safety, EntersQuarantineWhenAStoredCertificateShowsAForgottenVote) {
  EXPECT_EQ(rules().sight(Occasion::kStartup, SignedKind::kFinalize, network_.record().epoch, 12,
                          digest_of(1)),
            Sighting::kForeign);
  EXPECT_TRUE(rules().quarantined());
  EXPECT_TRUE(rules().stopped().empty());
}

TEST_F(Safety, TellsASecondDigestOfItsOwnVoteAsForeign) {
  bench_.notarize_and_sync(1);
  EXPECT_EQ(rules().sight(Occasion::kRunning, SignedKind::kNotarize, network_.record().epoch, 1,
                          digest_of(1)),
            Sighting::kForeign);
}

TEST_F(Safety, CannotTellSignaturesBelowADurableFloor) {
  bench_.notarize_and_sync(1);
  rules().set_final(View{4}, Height{2}, hash(4));
  ASSERT_TRUE(rules().write_floor());
  bench_.sync();
  const Epoch epoch = network_.record().epoch;
  EXPECT_EQ(rules().sight(Occasion::kRunning, SignedKind::kNotarize, epoch, 4, digest_of(1)),
            Sighting::kUntellable);
  EXPECT_EQ(rules().sight(Occasion::kRunning, SignedKind::kNotarize, epoch, 5, digest_of(1)),
            Sighting::kForeign);
}

TEST_F(Safety, VotesForNothingAfterTheEndOfItsEpoch) {
  CommitMessage boundary = network_.commit_message(3);
  EXPECT_FALSE(rules().end_epoch(network_.commit_certificate(boundary)));
  boundary.next_epoch_hash = digest_of(2);
  ASSERT_TRUE(rules().nullify(View{1}));
  ASSERT_TRUE(rules().end_epoch(network_.commit_certificate(boundary)));
  EXPECT_TRUE(guarded(rules().nullify(View{2})));
  EXPECT_TRUE(bench_.sync().empty());
  const ReplayResult result = bench_.restart();
  EXPECT_TRUE(result.restored.epoch_end.has_value());
  EXPECT_TRUE(guarded(rules().nullify(View{9})));
}

// A signer that fails when told to.
class FlakySigner final : public crypto::Signer {
 public:
  explicit FlakySigner(crypto::Signer& inner) : inner_(inner) {}
  const PublicKey& public_key() const override { return inner_.public_key(); }
  Result<Signature> sign(ByteView message) override {
    if (fails) return fail(Errc::kUnavailable, "the token does not answer");
    return inner_.sign(message);
  }
  bool fails{false};

 private:
  crypto::Signer& inner_;
};

TEST_F(Safety, SignsADurableVoteLaterIfTheSignerFailed) {
  FlakySigner signer(network_.signer(0));
  SafetyConfig config{network_.chain(), network_.record().epoch, ValidatorIndex{0}};
  SafetyRules rules(config, signer, {});
  ASSERT_TRUE(rules.nullify(View{1}));
  signer.fails = true;
  const SafetyRules::Durable durable = rules.on_durable(rules.take_frame()->seq).value();
  EXPECT_TRUE(durable.messages.empty());
  EXPECT_EQ(durable.errors.size(), 1U);
  signer.fails = false;
  EXPECT_TRUE(rules.nullify(View{1}).value().has_value());
}

TEST_F(Safety, StopsVotingBeforeTheOpenFrameOutgrowsOneWrite) {
  StoredBlock large = bench_.stored(1);
  large.block.system.push_back(Bytes(kSystemBytesMax));
  bool exhausted = false;
  for (std::uint64_t view = 1; view < 1'000 && !exhausted; ++view) {
    const Result<Released> released = rules().notarize(View{view}, large);
    exhausted = !released && released.error().code == Errc::kExhausted;
  }
  EXPECT_TRUE(exhausted);
  EXPECT_LE(rules().take_frame()->sealed_bytes(), kFrameBytesMax);
}

}  // namespace
}  // namespace huangpu::consensus::test
