// One engine that fell behind: what it fetches, and what it believes of the answers.
#include <gtest/gtest.h>

#include "consensus/core/engine.hpp"
#include "tests/unit/consensus/core/script.hpp"

namespace huangpu::consensus::test {
namespace {

TEST(Engine, FetchesTheBlockThatAFarCertificateNamesAndCatchesUpFromTheAnswer) {
  Script s;
  const BatchHeader first = s.hold_batch(1, 1);
  const BatchHeader second = s.hold_batch(1, 2, s.digest(first));
  const Block one = s.block(1, nullptr, 0, first);
  const Block two = s.block(700, &one, 1, second);
  const Digest tip = s.network.hash(two);
  const Certificate far = s.network.certificate(VoteKind::kFinalize, 700, tip, s.others());

  s.receive(s.others()[0], far);
  EXPECT_EQ(s.engine->status().view, View(701));
  s.pass(50);
  ASSERT_FALSE(s.wanted<NeedBlock>().empty());
  EXPECT_EQ(s.wanted<NeedBlock>()[0].hash, tip);

  const Justification gap = s.network.justification(700, s.network.hash(one), 1);
  s.run(BlocksFetched{
      Script::index(s.others()[0]), {{one, {}, std::nullopt}, {two, gap, far}}, std::nullopt});

  ASSERT_EQ(s.wanted<Finalized>().size(), 2U);
  EXPECT_EQ(s.wanted<Finalized>()[0].hash, s.network.hash(one));
  EXPECT_EQ(s.wanted<Finalized>()[1].hash, tip);
}

TEST(Engine, DeliversNoBlockWithAJustificationThatNobodySigned) {
  Script s;
  const BatchHeader first = s.hold_batch(1, 1);
  const Block one = s.block(3, nullptr, 0, first);
  const Digest hash = s.network.hash(one);
  const Certificate final = s.network.certificate(VoteKind::kFinalize, 3, hash, s.others());
  Justification forged;
  for (std::uint64_t v = 1; v < 3; ++v) {
    Certificate empty;
    empty.kind = VoteKind::kNullify;
    empty.view = View(v);
    forged.nullifications.push_back(empty);
  }
  s.receive(s.others()[0], final);

  s.run(BlocksFetched{Script::index(s.others()[0]), {{one, forged, final}}, std::nullopt});
  EXPECT_TRUE(s.wanted<Finalized>().empty());

  const Justification real = s.network.justification(3, {}, 0);
  s.run(BlocksFetched{Script::index(s.others()[1]), {{one, real, final}}, std::nullopt});
  EXPECT_EQ(s.wanted<Finalized>().size(), 1U);
}

TEST(Engine, AsksForTheMissingRangeWhenAPeersStatusIsAhead) {
  Script s;
  PeerStatus status;
  status.view = View(40);
  status.final_view = View(39);
  status.final_height = Height(30);

  s.receive(s.others()[1], status);

  ASSERT_EQ(s.wanted<NeedBlocks>().size(), 1U);
  EXPECT_EQ(s.wanted<NeedBlocks>()[0].from, Height(1));
  EXPECT_EQ(s.wanted<NeedBlocks>()[0].peers.front(), Script::index(s.others()[1]));
}

TEST(Engine, AsksNobodyForWhatOnlyAPeerThatHasGoneSaidItHad) {
  Script s;
  PeerStatus status;
  status.view = View(40);
  status.final_view = View(39);
  status.final_height = Height(30);
  s.receive(s.others()[1], status);
  ASSERT_EQ(s.wanted<NeedBlocks>().size(), 1U);

  s.run(PeerDisconnected{Script::index(s.others()[1])});
  s.clear();
  s.pass(5'000);

  EXPECT_TRUE(s.wanted<NeedBlocks>().empty());
}

TEST(Engine, BelievesNoFetchedBlockThatNoCertificateProves) {
  Script s;
  const Block made_up = s.block(1, nullptr, 0, s.hold_batch(1, 1));

  s.run(BlocksFetched{Script::index(s.others()[0]), {{made_up, {}, std::nullopt}}, std::nullopt});

  EXPECT_TRUE(s.wanted<Finalized>().empty());
  EXPECT_EQ(s.engine->status().final_height, Height(0));
}

// What lies beyond the window of the lane book cannot be held yet, so it leads back to nothing
// (SPEC C-116).
TEST(Engine, CatchesUpOnAnEquivocatedLaneFurtherThanItsWindowReaches) {
  constexpr std::uint64_t kBlocks = 14;
  Script s(8, false, {}, 2);         // a window of eight positions
  s.hold_batch(1, 1, {}, false, 9);  // not the one that was ordered
  std::vector<BatchHeader> ordered;
  std::vector<StoredBlock> blocks;
  for (std::uint64_t i = 1; i <= kBlocks; ++i) {
    const Digest previous = i == 1 ? Digest{} : s.digest(ordered.back());
    ordered.push_back(s.batch_header(1, i, previous, 0));
    const Block* parent = i == 1 ? nullptr : &blocks.back().block;
    const Justification why =
        i == 1 ? Justification{} : s.network.justification(i, s.network.hash(*parent), i - 1);
    Block next = s.block(i, parent, i - 1, ordered.back());
    blocks.push_back({std::move(next), why, std::nullopt});
  }
  const Digest tip = s.network.hash(blocks.back().block);
  blocks.back().finalization = s.network.certificate(VoteKind::kFinalize, kBlocks, tip, s.others());
  s.run(BlocksFetched{Script::index(s.others()[0]), blocks, std::nullopt});

  for (int round = 0; round < 30 && s.wanted<Finalized>().size() < kBlocks; ++round) {
    s.pass(1'000);
    const auto wanted = s.wanted<NeedBatches>();
    std::erase_if(s.effects,
                  [](const Effect& e) { return std::holds_alternative<NeedBatches>(e); });
    for (const NeedBatches& need : wanted) {
      for (std::uint64_t pos = need.first.value(); pos <= need.last.value(); ++pos) {
        const BatchHeader& batch = ordered.at(pos - 1);
        const Digest digest = s.digest(batch);
        s.run(BatchHeld{batch, digest, s.network.sign(1, SignedKind::kBatch, pos, digest)});
      }
    }
  }

  EXPECT_EQ(s.wanted<Finalized>().size(), kBlocks);
}

}  // namespace
}  // namespace huangpu::consensus::test
