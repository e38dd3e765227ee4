// One engine, event by event.
#include "consensus/core/engine.hpp"

#include <gtest/gtest.h>

#include "tests/unit/consensus/core/script.hpp"

namespace huangpu::consensus::test {
namespace {

CommitVote commit_vote(Script& script, std::size_t signer, const CommitMessage& message) {
  const Digest digest = commit_digest(script.network.chain().suite, message);
  return {message, Script::index(signer),
          script.network.sign(signer, SignedKind::kCommit, message.height.value(), digest)};
}

TEST(Engine, LeadsAProposalThroughNotarizeFinalizeAndCommit) {
  Script s;
  const BatchHeader batch = s.hold_batch(1, 1);
  const Block block = s.block(1, nullptr, 0, batch);
  const Digest hash = s.network.hash(block);

  s.receive(s.leader(1), s.propose(1, block));
  ASSERT_EQ(s.votes(VoteKind::kNotarize).size(), 1U);
  EXPECT_EQ(s.votes(VoteKind::kNotarize)[0].digest, hash);

  s.others_vote(VoteKind::kNotarize, 1, hash);
  EXPECT_EQ(s.engine->status().view, View(2));
  ASSERT_EQ(s.votes(VoteKind::kFinalize).size(), 1U);

  s.others_vote(VoteKind::kFinalize, 1, hash);
  ASSERT_EQ(s.wanted<Finalized>().size(), 1U);
  EXPECT_EQ(s.wanted<Finalized>()[0].hash, hash);
  EXPECT_TRUE(s.wanted<Finalized>()[0].certificate.has_value());

  const CommitMessage result = result_of(s, block, 1);
  s.run(Executed{result});
  ASSERT_EQ(s.said<CommitVote>().size(), 1U);
  s.receive(s.others()[0], commit_vote(s, s.others()[0], result));
  s.receive(s.others()[1], commit_vote(s, s.others()[1], result));
  ASSERT_EQ(s.wanted<CommitCertified>().size(), 1U);
  EXPECT_EQ(s.engine->status().certified_height, Height(1));
  EXPECT_EQ(s.engine->status().waiting, Waiting::kIdle);
}

TEST(Engine, SendsNoVoteBeforeItsFrameIsDurable) {
  Script s;
  s.manual_sync = true;
  const Block block = s.block(1, nullptr, 0, s.hold_batch(1, 1));

  s.receive(s.leader(1), s.propose(1, block));

  ASSERT_EQ(s.wanted<WriteFrame>().size(), 1U);
  EXPECT_TRUE(s.votes(VoteKind::kNotarize).empty());
  EXPECT_EQ(s.engine->status().waiting, Waiting::kDisk);
  s.run(FrameDurable{s.wanted<WriteFrame>()[0].body.seq});
  EXPECT_EQ(s.votes(VoteKind::kNotarize).size(), 1U);
}

TEST(Engine, PutsAFinalizeAndTheNextNotarizeIntoOneFrame) {
  Script s;
  const BatchHeader first = s.hold_batch(1, 1);
  const BatchHeader second = s.hold_batch(1, 2, s.digest(first));
  const Block one = s.block(1, nullptr, 0, first);
  const Block two = s.block(2, &one, 1, second);
  s.receive(s.leader(1), s.propose(1, one));
  s.clear();

  s.receive(s.leader(2), s.propose(2, two, s.network.justification(2, s.network.hash(one), 1)));

  EXPECT_EQ(s.wanted<WriteFrame>().size(), 1U);
  EXPECT_EQ(s.votes(VoteKind::kFinalize).size(), 1U);
  EXPECT_EQ(s.votes(VoteKind::kNotarize).size(), 1U);
}

TEST(Engine, StillFollowsANotarizationAfterItsOwnNullifyButNeverFinalizesThatView) {
  Script s;
  const BatchHeader batch = s.hold_batch(1, 1, {}, true);
  s.pass(300);
  ASSERT_EQ(s.votes(VoteKind::kNullify).size(), 1U);
  const Block block = s.block(1, nullptr, 0, batch);

  s.receive(s.leader(1), s.propose(1, block));
  EXPECT_EQ(s.votes(VoteKind::kNotarize).size(), 1U)
      << "notarize after nullify is allowed in the current view";
  s.others_vote(VoteKind::kNotarize, 1, s.network.hash(block));

  EXPECT_EQ(s.engine->status().view, View(2));
  s.pass(1'000);
  EXPECT_TRUE(s.votes(VoteKind::kFinalize).empty());
}

TEST(Engine, DoesNotNullifyAViewItFinalized) {
  Script s;
  const Block block = s.block(1, nullptr, 0, s.hold_batch(1, 1));
  s.receive(s.leader(1), s.propose(1, block));
  s.others_vote(VoteKind::kNotarize, 1, s.network.hash(block));
  ASSERT_EQ(s.votes(VoteKind::kFinalize).size(), 1U);

  s.others_vote(VoteKind::kNullify, 1, Digest{}, 3);
  s.pass(5'000);

  for (const Vote& vote : s.votes(VoteKind::kNullify)) EXPECT_GT(vote.view, View(1));
}

TEST(Engine, JoinsANullifyOfMoreThanAThirdWithoutWorkOfItsOwn) {
  Script s;
  std::vector<std::size_t> followers = s.others();
  std::erase(followers, s.leader(1));

  s.receive(followers[0], s.network.vote(followers[0], VoteKind::kNullify, 1, Digest{}));
  EXPECT_TRUE(s.votes(VoteKind::kNullify).empty());
  s.receive(followers[1], s.network.vote(followers[1], VoteKind::kNullify, 1, Digest{}));

  EXPECT_EQ(s.votes(VoteKind::kNullify).size(), 1U);
  EXPECT_EQ(s.engine->status().view, View(2));
}

TEST(Engine, FollowsALeaderThatGivesUpItsOwnView) {
  Script s;

  s.receive(s.leader(1), s.network.vote(s.leader(1), VoteKind::kNullify, 1, Digest{}));

  EXPECT_EQ(s.votes(VoteKind::kNullify).size(), 1U);
}

TEST(Engine, GivesUpTheViewOfAnInvalidBlockAtOnce) {
  Script s;
  Block block = s.block(1, nullptr, 0, s.hold_batch(1, 1));
  block.header.cut_root = digest_of(9);

  s.receive(s.leader(1), s.propose(1, block));

  EXPECT_TRUE(s.votes(VoteKind::kNotarize).empty());
  EXPECT_EQ(s.votes(VoteKind::kNullify).size(), 1U);
}

TEST(Engine, LetsNoViewExpireBecauseTheWallClockJumped) {
  Script s;
  s.hold_batch(1, 1, {}, true);
  s.now.wall = TimestampMs(s.now.wall.value() + 3'600'000);
  s.run(Tick{});
  EXPECT_TRUE(s.votes(VoteKind::kNullify).empty());
  EXPECT_EQ(s.engine->status().view, View(1));
  s.pass(300);
  EXPECT_EQ(s.votes(VoteKind::kNullify).size(), 1U);
}

TEST(Engine, WaitsForAClockThatIsBehindTheBlock) {
  Script s;
  Block block = s.block(1, nullptr, 0, s.hold_batch(1, 1));
  block.header.timestamp = TimestampMs(s.now.wall.value() + 1'050);

  s.receive(s.leader(1), s.propose(1, block));
  EXPECT_TRUE(s.votes(VoteKind::kNotarize).empty());
  EXPECT_EQ(s.engine->status().waiting, Waiting::kClock);
  s.pass(60);

  EXPECT_EQ(s.votes(VoteKind::kNotarize).size(), 1U);
  EXPECT_TRUE(s.votes(VoteKind::kNullify).empty());
}

TEST(Engine, AsksForBatchesThatAProposalNamesAndVotesWhenTheyArrive) {
  Script s;
  const BatchHeader batch = s.batch_header(1, 1, {}, 0);
  s.receive(s.leader(1), s.propose(1, s.block(1, nullptr, 0, batch)));
  EXPECT_TRUE(s.wanted<NeedBatches>().empty()) << "it may still arrive by itself";

  s.pass(20);
  ASSERT_EQ(s.wanted<NeedBatches>().size(), 1U);
  EXPECT_EQ(s.wanted<NeedBatches>()[0].digest, s.digest(batch));
  EXPECT_TRUE(s.votes(VoteKind::kNotarize).empty());

  s.hold_batch(1, 1);
  EXPECT_EQ(s.votes(VoteKind::kNotarize).size(), 1U);
}

TEST(Engine, KeepsTheFirstOfTwoProposalsAndProvesTheOffence) {
  Script s;
  const BatchHeader batch = s.hold_batch(1, 1);
  const Block one = s.block(1, nullptr, 0, batch);
  Block other = one;
  other.header.timestamp = other.header.timestamp.next();

  s.receive(s.leader(1), s.propose(1, one));
  s.receive(s.leader(1), s.propose(1, other));

  ASSERT_EQ(s.wanted<EvidenceFound>().size(), 1U);
  const Evidence evidence = s.wanted<EvidenceFound>()[0].evidence;
  EXPECT_EQ(kind_of(evidence), EvidenceKind::kDoublePropose);
  EXPECT_TRUE(verify_evidence(s.network.context(), evidence).has_value());
  ASSERT_EQ(s.votes(VoteKind::kNotarize).size(), 1U);
  EXPECT_EQ(s.votes(VoteKind::kNotarize)[0].digest, s.network.hash(one));
}

TEST(Engine, StillTakesProposalsAfterALeaderSignedThousands) {
  Script s;
  const BatchHeader batch = s.hold_batch(1, 1);
  Block block = s.block(1, nullptr, 0, batch);
  for (std::uint64_t i = 0; i < 5'000; ++i) {
    block.header.timestamp = TimestampMs(9'000'000 + i);
    s.receive(s.leader(1), s.propose(1, block));
    s.clear();
  }
  s.others_vote(VoteKind::kNullify, 1, Digest{});
  ASSERT_EQ(s.engine->status().view, View(2));
  s.clear();

  const Block next = s.block(2, nullptr, 0, batch);
  Justification justification;
  justification.nullifications.push_back(
      s.network.certificate(VoteKind::kNullify, 1, Digest{}, s.others()));
  s.receive(s.leader(2), s.propose(2, next, justification));

  ASSERT_EQ(s.votes(VoteKind::kNotarize).size(), 1U) << "there was no room for an honest block";
  EXPECT_EQ(s.votes(VoteKind::kNotarize)[0].digest, s.network.hash(next));
}

TEST(Engine, ProvesConflictingVotesOfAPeer) {
  struct Case {
    VoteKind first, second;
    EvidenceKind kind;
  };
  for (const Case& c :
       {Case{VoteKind::kNotarize, VoteKind::kNotarize, EvidenceKind::kDoubleNotarize},
        Case{VoteKind::kFinalize, VoteKind::kFinalize, EvidenceKind::kDoubleFinalize},
        Case{VoteKind::kFinalize, VoteKind::kNullify, EvidenceKind::kFinalizeAndNullify},
        Case{VoteKind::kNullify, VoteKind::kFinalize, EvidenceKind::kFinalizeAndNullify}}) {
    Script s;
    const std::size_t peer = s.others()[0];
    const auto digest = [](VoteKind kind, std::uint8_t fill) {
      return kind == VoteKind::kNullify ? Digest{} : digest_of(fill);
    };

    s.receive(peer, s.network.vote(peer, c.first, 5, digest(c.first, 1)));
    s.receive(peer, s.network.vote(peer, c.second, 5, digest(c.second, 2)));

    ASSERT_EQ(s.wanted<EvidenceFound>().size(), 1U);
    EXPECT_EQ(kind_of(s.wanted<EvidenceFound>()[0].evidence), c.kind);
  }
}

TEST(Engine, ProvesALaneOwnerThatSignsTwoBatchesForOnePosition) {
  Script s;
  s.hold_batch(1, 1, {}, false, 1);

  s.hold_batch(1, 1, {}, false, 2);

  ASSERT_EQ(s.wanted<EvidenceFound>().size(), 1U);
  EXPECT_EQ(kind_of(s.wanted<EvidenceFound>()[0].evidence), EvidenceKind::kLaneEquivocation);
}

TEST(Engine, CountsNoVoteWithABadSignatureAndDropsItsSender) {
  Script s;
  const Block block = s.block(1, nullptr, 0, s.hold_batch(1, 1));
  s.receive(s.leader(1), s.propose(1, block));
  const Digest hash = s.network.hash(block);
  Vote forged = s.network.vote(s.others()[0], VoteKind::kNotarize, 1, hash);
  forged.signature = s.network.sign(s.others()[0], SignedKind::kNotarize, 2, hash);

  s.receive(s.others()[0], forged);
  s.receive(s.others()[1], s.network.vote(s.others()[1], VoteKind::kNotarize, 1, hash));

  EXPECT_EQ(s.engine->status().view, View(1));
  ASSERT_EQ(s.wanted<DisconnectPeer>().size(), 1U);
  EXPECT_EQ(s.wanted<DisconnectPeer>()[0].peer, Script::index(s.others()[0]));
  s.receive(s.others()[2], s.network.vote(s.others()[2], VoteKind::kNotarize, 1, hash));
  EXPECT_EQ(s.engine->status().view, View(2));
}

TEST(Engine, IgnoresVotesThatAPeerRelaysForOthers) {
  Script s;

  s.receive(s.others()[0], s.network.vote(s.others()[1], VoteKind::kNullify, 1, Digest{}));
  s.receive(s.others()[0], s.network.vote(s.others()[2], VoteKind::kNullify, 1, Digest{}));

  EXPECT_TRUE(s.votes(VoteKind::kNullify).empty());
}

TEST(Engine, StopsForGoodWhenACertificateContradictsItsOwnResult) {
  Script s;
  const Block block = finalize_first(s);
  s.run(Executed{result_of(s, block, 1)});
  const CommitMessage theirs = result_of(s, block, 2);
  s.clear();

  for (const std::size_t peer : s.others()) s.receive(peer, commit_vote(s, peer, theirs));

  ASSERT_EQ(s.wanted<Diverged>().size(), 1U);
  EXPECT_EQ(s.wanted<Diverged>()[0].certified, theirs);
  EXPECT_TRUE(s.wanted<CommitCertified>().empty());
  EXPECT_EQ(s.engine->status().waiting, Waiting::kDiverged);
  s.hold_batch(1, 2, s.digest(s.batch_header(1, 1, {}, 0)), true);
  s.pass(5'000);
  EXPECT_TRUE(s.said<Vote>().empty());
  EXPECT_FALSE(s.engine->may_seal());
}

TEST(Engine, RaisesAnAlarmThatNamesWhoComputedWhat) {
  Script s;
  const Block block = finalize_first(s);
  s.run(Executed{result_of(s, block, 1)});

  s.receive(s.others()[0], commit_vote(s, s.others()[0], result_of(s, block, 2)));
  s.receive(s.others()[1], commit_vote(s, s.others()[1], result_of(s, block, 3)));

  ASSERT_EQ(s.wanted<Alarm>().size(), 1U);
  EXPECT_NE(s.wanted<Alarm>()[0].text.find("height 1"), std::string::npos);
  EXPECT_TRUE(s.wanted<Diverged>().empty());
}

TEST(Engine, ProvesTwoCommitMessagesForOneHeight) {
  Script s;
  const Block block = finalize_first(s);
  const std::size_t peer = s.others()[0];

  s.receive(peer, commit_vote(s, peer, result_of(s, block, 1)));
  s.receive(peer, commit_vote(s, peer, result_of(s, block, 2)));

  ASSERT_EQ(s.wanted<EvidenceFound>().size(), 1U);
  EXPECT_EQ(kind_of(s.wanted<EvidenceFound>()[0].evidence), EvidenceKind::kDoubleCommit);
}

TEST(Engine, StopsSigningWhenACertificateHoldsAVoteItNeverCast) {
  Script s;
  std::vector<std::size_t> signers{s.self, s.others()[0], s.others()[1]};
  std::sort(signers.begin(), signers.end());

  s.receive(s.others()[0], s.network.certificate(VoteKind::kNotarize, 1, digest_of(7), signers));

  EXPECT_EQ(s.wanted<QuarantineEntered>().size(), 1U);
  s.hold_batch(1, 1, {}, true);
  s.pass(2'000);
  EXPECT_TRUE(s.said<Vote>().empty());
}

// A home restored from an old copy: log, sign-state and blocks agree with each other, and only what
// the others have shows that the key signed more.
TEST(Engine, StopsSigningWhenABlockItMissedHoldsAVoteItNeverCast) {
  Script s;
  std::vector<std::size_t> signers{s.self, s.others()[0], s.others()[1]};
  std::sort(signers.begin(), signers.end());
  const BatchHeader first = s.hold_batch(1, 1);
  const BatchHeader second = s.hold_batch(1, 2, s.digest(first));
  const Block one = s.block(1, nullptr, 0, first);
  const Block two = s.block(2, &one, 1, second);
  const Certificate final =
      s.network.certificate(VoteKind::kFinalize, 2, s.network.hash(two), s.others());
  s.receive(s.others()[0], final);
  Justification justification;
  justification.parent =
      s.network.certificate(VoteKind::kNotarize, 1, s.network.hash(one), signers);

  s.run(BlocksFetched{Script::index(s.others()[0]),
                      {{one, {}, std::nullopt}, {two, justification, final}},
                      std::nullopt});

  EXPECT_EQ(s.wanted<Finalized>().size(), 2U) << "it still follows";
  EXPECT_EQ(s.wanted<QuarantineEntered>().size(), 1U);
  EXPECT_TRUE(s.engine->status().quarantined);
  s.hold_batch(1, 3, s.digest(second), true);
  s.pass(2'000);
  EXPECT_TRUE(s.said<Vote>().empty());
}

// lag 1: nothing may be built on a block that is not executed and certified. The leader of view 2
// finds the block of view 1 notarized but not final, so it must propose that very block again.
TEST(Engine, ProposesABlockAgainWhenTheLagForbidsASuccessor) {
  Script s(1, true);
  const BatchHeader batch = s.hold_batch(1, 1, {}, true);
  const Block block = s.block(1, nullptr, 0, batch);
  const Digest hash = s.network.hash(block);
  s.receive(s.leader(1), s.propose(1, block));
  s.hold_batch(1, 2, s.digest(batch), true);
  s.clear();

  s.others_vote(VoteKind::kNotarize, 1, hash);

  ASSERT_EQ(s.said<Proposal>().size(), 1U);
  EXPECT_TRUE(s.said<Proposal>()[0].is_reproposal());
  EXPECT_EQ(s.network.hash(s.said<Proposal>()[0].block), hash);
  EXPECT_EQ(s.votes(VoteKind::kNotarize).size(), 1U) << "it votes for its own re-proposal";
}

TEST(Engine, WaitsWithoutTimersWhileAFinalBlockIsNotCertified) {
  Script s(1, true);
  const BatchHeader first = s.hold_batch(1, 1, {}, true);
  const Block block = s.block(1, nullptr, 0, first);
  s.receive(s.leader(1), s.propose(1, block));
  s.others_vote(VoteKind::kFinalize, 1, s.network.hash(block), 3);
  s.hold_batch(1, 2, s.digest(first), true);
  s.clear();

  s.pass(10'000);
  EXPECT_TRUE(s.said<Proposal>().empty());
  EXPECT_TRUE(s.votes(VoteKind::kNullify).empty());
  EXPECT_EQ(s.engine->status().waiting, Waiting::kExecution);

  s.run(Executed{result_of(s, block, 1)});
  EXPECT_EQ(s.engine->status().waiting, Waiting::kCommitCertificate);
  for (const std::size_t peer : s.others())
    s.receive(peer, commit_vote(s, peer, result_of(s, block, 1)));
  ASSERT_EQ(s.said<Proposal>().size(), 1U);
  EXPECT_FALSE(s.said<Proposal>()[0].is_reproposal());
}

// Under load the disk is always a block behind the newest finalization.
TEST(Engine, WritesAFloorAtTheNewestDurableBlockWhileLaterOnesAreFinal) {
  Script s;
  const Block first = finalize_first(s);
  Block parent = first;
  std::uint64_t parent_view = 1;
  Digest previous = s.digest(s.batch_header(1, 1, {}, 0));
  for (const std::uint64_t view : {200U, 201U}) {
    const BatchHeader batch = s.hold_batch(1, parent.header.height.value() + 1, previous);
    previous = s.digest(batch);
    const Block block = s.block(view, &parent, parent_view, batch);
    Justification justification;
    justification.parent =
        s.network.certificate(VoteKind::kNotarize, parent_view, s.network.hash(parent), s.others());
    for (std::uint64_t gap = parent_view + 1; gap < view; ++gap) {
      justification.nullifications.push_back(
          s.network.certificate(VoteKind::kNullify, gap, Digest{}, s.others()));
    }
    s.receive(s.leader(view), s.propose(view, block, justification));
    s.others_vote(VoteKind::kNotarize, view, s.network.hash(block), 3);
    s.others_vote(VoteKind::kFinalize, view, s.network.hash(block), 3);
    parent = block;
    parent_view = view;
  }
  ASSERT_EQ(s.wanted<Finalized>().size(), 3U);
  s.clear();

  s.run(BlocksDurable{Height{2}});

  View floor{0};
  for (const WriteFrame& write : s.wanted<WriteFrame>()) floor = std::max(floor, write.body.floor);
  EXPECT_EQ(floor, View(200)) << "the vote log never gets shorter";
}

TEST(Engine, SendsExactlyTheSameVotesAfterARestart) {
  Script s;
  const Block block = s.block(1, nullptr, 0, s.hold_batch(1, 1));
  s.receive(s.leader(1), s.propose(1, block));
  s.others_vote(VoteKind::kNotarize, 1, s.network.hash(block));
  const auto notarize = s.votes(VoteKind::kNotarize);
  const auto finalize = s.votes(VoteKind::kFinalize);
  ASSERT_EQ(finalize.size(), 1U);

  s.restart();

  EXPECT_EQ(unsigned_of(s.votes(VoteKind::kNotarize)), unsigned_of(notarize));
  EXPECT_EQ(unsigned_of(s.votes(VoteKind::kFinalize)), unsigned_of(finalize));
  EXPECT_EQ(s.engine->status().view, View(2));
  // Its own votes count: two more make the finalization.
  for (const std::size_t peer : s.others()) s.run(PeerConnected{Script::index(peer)});
  s.hold_batch(1, 1);
  s.others_vote(VoteKind::kFinalize, 1, s.network.hash(block));
  EXPECT_EQ(s.wanted<Finalized>().size(), 1U);
}

TEST(Engine, AnswersAStatusWithExactlyWhatItsSenderLacks) {
  Script s;
  const Block block = finalize_first(s);
  s.clear();
  PeerStatus behind;
  behind.view = View(1);

  s.receive(s.others()[2], behind);
  ASSERT_EQ(s.wanted<Send>().size(), 1U);
  const auto certificate = std::get<Certificate>(s.wanted<Send>()[0].message);
  EXPECT_EQ(certificate.kind, VoteKind::kFinalize);
  EXPECT_EQ(certificate.digest, s.network.hash(block));

  s.clear();
  behind.view = View(2);
  behind.final_view = View(1);
  behind.final_height = Height(1);
  s.receive(s.others()[2], behind);
  EXPECT_TRUE(s.wanted<Send>().empty());
}

TEST(Engine, AcksTheFirstBatchAtOnceAndBundlesThoseOfABusyLane) {
  Script s;
  Digest previous = s.digest(s.hold_batch(1, 1));
  EXPECT_EQ(s.said<AckVector>().size(), 1U);

  for (std::uint64_t pos = 2; pos < 10; ++pos) previous = s.digest(s.hold_batch(1, pos, previous));
  EXPECT_EQ(s.said<AckVector>().size(), 1U);
  s.pass(5);

  ASSERT_EQ(s.said<AckVector>().size(), 2U);
  EXPECT_EQ(s.said<AckVector>()[1].lanes[0].pos, LanePosition(9));
}

TEST(Engine, SendsOwnBatchesAgainUntilAPeerAcksThem) {
  Script s;
  const BatchHeader own = s.batch_header(s.self, 1, {}, 0);
  s.run(OwnBatchReady{own});
  ASSERT_EQ(s.wanted<BatchSigned>().size(), 1U);
  const std::size_t quick = s.others()[0];
  s.receive(quick,
            AckVector{s.record.epoch,
                      {{Script::index(s.self), LanePosition(1), digest_prefix(s.digest(own))}}});

  s.pass(300);

  EXPECT_EQ(s.wanted<ResendBatches>().size(), 2U);
  for (const ResendBatches& again : s.wanted<ResendBatches>())
    EXPECT_NE(again.to, Script::index(quick));
}

// SPEC C-71: in a network that stands still nothing else would tell a restored copy of the own lane
// from the lane.
TEST(EngineLanes, AnOwnBatchIsWitnessedAlsoWhenNoVoteIsUnderWay) {
  Script s;
  s.run(OwnBatchReady{s.batch_header(s.self, 1, {}, 0)});
  ASSERT_EQ(s.wanted<BatchSigned>().size(), 1U);
  const auto writes = s.wanted<WriteSignState>();
  ASSERT_FALSE(writes.empty());
  EXPECT_EQ(decode_sign_state(writes.back().write.bytes)->lane_position, LanePosition(1));
}

}  // namespace
}  // namespace huangpu::consensus::test
