// The end of an epoch: what may be a boundary, and what may stand on one (SPEC C-117).
#include <gtest/gtest.h>

#include "consensus/core/engine.hpp"
#include "tests/unit/consensus/core/script.hpp"

namespace huangpu::consensus::test {
namespace {

TEST(Engine, RefusesABoundaryWhileNoNextEpochIsAnnounced) {
  Script s;
  Block block = s.block(1, nullptr, 0, s.hold_batch(1, 1));
  block.header.flags = kBlockBoundary;
  block.header.next_epoch_hash = digest_of(9);

  s.receive(s.leader(1), s.propose(1, block));

  EXPECT_TRUE(s.votes(VoteKind::kNotarize).empty());
  EXPECT_EQ(s.votes(VoteKind::kNullify).size(), 1U);
}

// View 1 is final and executed, and its state announces that the epoch ends with height 2.
Block announce_the_end(Script& s) {
  const Block first = finalize_first(s);
  s.run(Executed{result_of(s, first, 1), EpochEnd{Height(2), digest_of(9)}});
  return first;
}

TEST(Engine, ProposesABoundaryAgainWhileItIsNotFinal) {  // SPEC C-117
  Script s;                                              // leads view 3
  const Block first = announce_the_end(s);
  const BatchHeader second = s.hold_batch(1, 2, first.cut[0].digest, true);
  s.hold_batch(1, 3, s.digest(second), true);
  Block boundary = s.block(2, &first, 1, second);
  boundary.header.flags = kBlockBoundary;
  boundary.header.next_epoch_hash = digest_of(9);
  s.receive(s.leader(2),
            s.propose(2, boundary, s.network.justification(2, s.network.hash(first), 1)));
  ASSERT_EQ(s.votes(VoteKind::kNotarize).back().digest, s.network.hash(boundary));
  s.others_vote(VoteKind::kNotarize, 2, s.network.hash(boundary));
  s.pass(1'000);

  ASSERT_FALSE(s.said<Proposal>().empty());
  EXPECT_TRUE(s.said<Proposal>()[0].is_reproposal());
  EXPECT_EQ(s.network.hash(s.said<Proposal>()[0].block), s.network.hash(boundary));
}

TEST(Engine, RefusesABlockThatStandsOnABoundary) {  // SPEC C-117
  Script s(8, true);
  const Block first = announce_the_end(s);
  const BatchHeader second = s.hold_batch(1, 2, first.cut[0].digest, true);
  s.pass(100);
  ASSERT_EQ(s.said<Proposal>().size(), 1U);
  const Block boundary = s.said<Proposal>()[0].block;
  ASSERT_NE(boundary.header.flags & kBlockBoundary, 0);
  s.others_vote(VoteKind::kNotarize, 2, s.network.hash(boundary));
  ASSERT_EQ(s.engine->status().view, View(3));
  const BatchHeader third = s.hold_batch(1, 3, s.digest(second), true);
  const Block above = s.block(3, &boundary, 2, third);

  s.receive(s.leader(3),
            s.propose(3, above, s.network.justification(3, s.network.hash(boundary), 2)));

  EXPECT_EQ(s.votes(VoteKind::kNotarize).back().view, View(2));
  EXPECT_EQ(s.votes(VoteKind::kNullify).size(), 1U);
}

}  // namespace
}  // namespace huangpu::consensus::test
