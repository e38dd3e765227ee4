// What others can make an engine do over and over: it must cost little, and less each time.
#include <gtest/gtest.h>

#include "consensus/codec/block_codec.hpp"
#include "consensus/core/engine.hpp"
#include "tests/unit/consensus/core/script.hpp"

namespace huangpu::consensus::test {
namespace {

TEST(EngineBounds, SendsOwnBatchesToASilentPeerEverMoreRarely) {
  Script s;
  s.run(OwnBatchReady{s.batch_header(s.self, 1, {}, 0)});
  const auto sent_to = [&](std::size_t peer) {
    std::size_t count = 0;
    for (const ResendBatches& again : s.wanted<ResendBatches>())
      count += again.to == Script::index(peer) ? 1U : 0U;
    return count;
  };

  s.pass(60'000);

  const std::uint64_t constant = 60'000 / s.record.parameters.retry_ms;
  EXPECT_LE(sent_to(s.others()[0]), constant / 6);
  EXPECT_GE(sent_to(s.others()[0]), 20U) << "the pause is bounded, too";
}

TEST(EngineBounds, ResumesSendingOwnBatchesQuicklyAfterAnAck) {
  Script s;
  const BatchHeader first = s.batch_header(s.self, 1, {}, 0);
  s.run(OwnBatchReady{first});
  s.run(OwnBatchReady{s.batch_header(s.self, 2, s.digest(first), 0)});
  s.pass(60'000);
  const std::size_t peer = s.others()[0];
  s.receive(peer,
            AckVector{s.record.epoch,
                      {{Script::index(s.self), LanePosition(1), digest_prefix(s.digest(first))}}});
  s.clear();

  s.pass(s.record.parameters.retry_ms + 10);

  std::size_t again = 0;
  for (const ResendBatches& resend : s.wanted<ResendBatches>()) {
    if (resend.to != Script::index(peer)) continue;
    ++again;
    EXPECT_EQ(resend.first, LanePosition(2));
  }
  EXPECT_EQ(again, 1U);
}

TEST(EngineBounds, DoesNotRepeatVotesThatACertificateProves) {
  Script s;
  s.others_vote(VoteKind::kNullify, 1, Digest{}, 3);
  ASSERT_EQ(s.votes(VoteKind::kNullify).size(), 1U);
  ASSERT_EQ(s.engine->status().view, View(2));
  s.clear();

  s.pass(60'000);

  EXPECT_TRUE(s.said<Vote>().empty());
}

// What a node that was away for long fetches must not pile up in front of its executor.
TEST(EngineBounds, HoldsBackFinalBlocksWhileTwoLagsOfThemWaitForExecution) {
  constexpr std::uint32_t kLag = 3;
  Script s(kLag);
  BlocksFetched fetched{Script::index(s.others()[0]), {}, std::nullopt};
  Digest previous;
  for (std::uint64_t view = 1; view <= 20; ++view) {
    const Block* parent = view > 1 ? &fetched.blocks.back().block : nullptr;
    const BatchHeader batch = s.hold_batch(1, view, previous);
    previous = s.digest(batch);
    const Block block = s.block(view, parent, view - 1, batch);
    fetched.blocks.push_back(
        {block,
         s.network.justification(view, parent ? s.network.hash(*parent) : Digest{}, view - 1),
         s.network.certificate(VoteKind::kFinalize, view, s.network.hash(block), s.others())});
  }

  s.run(fetched);

  EXPECT_EQ(s.wanted<Finalized>().size(), 2U * kLag);
  for (std::uint64_t height = 1; height <= 20; ++height) {
    CommitMessage result;
    result.genesis = s.network.chain().genesis;
    result.epoch = s.record.epoch;
    result.height = Height(height);
    result.block_hash = s.network.hash(fetched.blocks[height - 1].block);
    s.run(Executed{result});
    EXPECT_EQ(s.wanted<Finalized>().size(), std::min<std::uint64_t>(20, height + 2U * kLag));
  }
}

TEST(EngineBounds, StillTakesBlocksAfterMoreViewsWithoutFinalityThanTheTreeHasRoomFor) {
  EngineTuning small;
  small.tree_blocks_max = 192;
  Script s(8, false, small);
  const BatchHeader batch = s.hold_batch(1, 1);
  Justification skipped;
  std::uint64_t view = 1;
  for (; view <= 2 * small.tree_blocks_max || s.leader(view) == s.self; ++view) {
    if (s.leader(view) != s.self)
      s.receive(s.leader(view), s.propose(view, s.block(view, nullptr, 0, batch), skipped));
    skipped.nullifications.push_back(
        s.network.certificate(VoteKind::kNullify, view, Digest{}, s.others()));
    if (skipped.nullifications.size() > nullifications_max(4))
      skipped.nullifications.erase(skipped.nullifications.begin());
    s.receive(s.others()[0], skipped.nullifications.back());
  }
  s.clear();

  s.receive(s.leader(view), s.propose(view, s.block(view, nullptr, 0, batch), skipped));

  EXPECT_EQ(s.votes(VoteKind::kNotarize).size(), 1U) << s.engine->status().waiting_text;
}

TEST(EngineBounds, ChecksNoSignatureOfItsOwnVotesThatAreSentBackToIt) {
  Script s;
  const Block block = s.block(1, nullptr, 0, s.hold_batch(1, 1));
  s.receive(s.leader(1), s.propose(1, block));
  ASSERT_EQ(s.votes(VoteKind::kNotarize).size(), 1U);
  const Vote own = s.votes(VoteKind::kNotarize)[0];
  const std::uint64_t before = s.verifier.checks;

  for (int i = 0; i < 100; ++i) s.receive(s.others()[0], own);

  EXPECT_EQ(s.verifier.checks, before);
  EXPECT_TRUE(s.wanted<QuarantineEntered>().empty());
}

TEST(EngineBounds, DropsAPeerThatForgesAVoteOfThisValidator) {
  Script s;
  Vote forged = s.network.vote(s.others()[0], VoteKind::kNotarize, 5, digest_of(1));
  forged.signer = Script::index(s.self);

  s.receive(s.others()[0], forged);

  ASSERT_EQ(s.wanted<DisconnectPeer>().size(), 1U);
  EXPECT_EQ(s.wanted<DisconnectPeer>()[0].peer, Script::index(s.others()[0]));
  EXPECT_TRUE(s.wanted<QuarantineEntered>().empty());
  EXPECT_TRUE(s.safety->stopped().empty());
}

TEST(EngineBounds, StopsSigningWhenAGenuineVoteOfItsKeyIsNotItsOwn) {
  Script s;

  s.receive(s.others()[0], s.network.vote(s.self, VoteKind::kNotarize, 5, digest_of(1)));

  EXPECT_EQ(s.wanted<QuarantineEntered>().size(), 1U);
  EXPECT_FALSE(s.safety->stopped().empty());
}

TEST(EngineBounds, ChecksNoFinalizationOfABlockItHasDelivered) {
  Script s;
  const Block block = s.block(1, nullptr, 0, s.hold_batch(1, 1));
  s.receive(s.leader(1), s.propose(1, block));
  s.others_vote(VoteKind::kNotarize, 1, s.network.hash(block), 3);
  s.others_vote(VoteKind::kFinalize, 1, s.network.hash(block), 3);
  ASSERT_EQ(s.wanted<Finalized>().size(), 1U);
  const Certificate final =
      s.network.certificate(VoteKind::kFinalize, 1, s.network.hash(block), s.others());
  const std::uint64_t before = s.verifier.checks;

  for (int i = 0; i < 100; ++i)
    s.run(BlocksFetched{Script::index(s.others()[0]), {{block, {}, final}}, std::nullopt});

  EXPECT_EQ(s.verifier.checks, before);
}

}  // namespace
}  // namespace huangpu::consensus::test
