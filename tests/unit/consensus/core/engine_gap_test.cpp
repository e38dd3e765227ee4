// More skipped views in a row than one justification has room for (SPEC C-22, C-25).
#include <gtest/gtest.h>

#include "consensus/codec/block_codec.hpp"
#include "consensus/codec/message_codec.hpp"
#include "consensus/core/engine.hpp"
#include "tests/unit/consensus/core/script.hpp"

namespace huangpu::consensus::test {
namespace {

constexpr std::uint64_t kGap = 1'100;  // views 1 to kGap are nullified

std::vector<Certificate> nullifications(Script& s) {
  std::vector<Certificate> all;
  for (std::uint64_t v = 1; v <= kGap; ++v)
    all.push_back(s.network.certificate(VoteKind::kNullify, v, Digest{}, s.others()));
  return all;
}

// What a leader sends for the view after the gap: the newest nullifications, as many as fit.
Justification justification_of(const std::vector<Certificate>& all) {
  Justification justification;
  const auto carried = static_cast<std::ptrdiff_t>(nullifications_max(4));
  justification.nullifications.assign(all.end() - carried, all.end());
  return justification;
}

TEST(EngineGap, IsBridgedByALeaderWhateverItsLength) {
  Script s;
  const std::vector<Certificate> all = nullifications(s);
  std::uint64_t own = kGap;
  while (s.leader(own + 1) != s.self) --own;  // the newest view of the engine's own
  ASSERT_GT(own, nullifications_max(4));
  s.hold_batch(1, 1, {}, true);
  s.clear();

  for (std::uint64_t v = 1; v <= own; ++v) {
    s.clear();
    s.receive(s.others()[0], all[v - 1]);
  }

  ASSERT_EQ(s.said<Proposal>().size(), 1U) << s.engine->status().waiting_text;
  const Proposal proposal = s.said<Proposal>()[0];
  EXPECT_EQ(proposal.view, View(own + 1));
  EXPECT_EQ(proposal.justification.nullifications.size(), nullifications_max(4));
  EXPECT_EQ(proposal.justification.nullifications.back().view, View(own));
  EXPECT_LE(encode_message(proposal).size(), kControlMessageBytesMax);
  EXPECT_EQ(s.votes(VoteKind::kNotarize).size(), 1U) << "the leader does not believe itself";
}

TEST(EngineGap, IsVotedAcrossOnlyOnceEverySkippedViewIsKnownToBeNullified) {
  Script s;
  const std::vector<Certificate> all = nullifications(s);
  const Block block = s.block(kGap + 1, nullptr, 0, s.hold_batch(1, 1));
  if (s.leader(kGap + 1) == s.self) GTEST_FAIL() << "choose a gap after which another leads";

  s.receive(s.leader(kGap + 1), s.propose(kGap + 1, block, justification_of(all)));

  EXPECT_TRUE(s.votes(VoteKind::kNotarize).empty()) << "the first views may have a block";
  EXPECT_EQ(s.engine->status().waiting, Waiting::kSkippedViews);
  // It asks until it knows: each answer leads to the next question.
  const std::uint64_t unknown = kGap - nullifications_max(4);
  std::size_t answered = 0;
  for (int rounds = 0; rounds < 10 && s.votes(VoteKind::kNotarize).empty(); ++rounds) {
    const auto sent = s.wanted<Send>();
    s.clear();
    for (const Send& send : sent) {
      const auto* get = std::get_if<GetCertificate>(&send.message);
      if (get == nullptr) continue;
      ASSERT_EQ(get->kind, CertificateKind::kNullification);
      ASSERT_LE(get->position, unknown);
      s.receive(send.to.value(), all[get->position - 1]);
      ++answered;
    }
  }
  ASSERT_EQ(s.votes(VoteKind::kNotarize).size(), 1U);
  EXPECT_EQ(s.votes(VoteKind::kNotarize)[0].digest, s.network.hash(block));
  EXPECT_EQ(answered, unknown) << "each certificate is asked of one peer";
}

TEST(EngineGap, IsNotBridgedByFewerNullificationsThanFit) {
  Script s;
  const std::vector<Certificate> all = nullifications(s);
  const Block block = s.block(kGap + 1, nullptr, 0, s.hold_batch(1, 1));
  Justification few = justification_of(all);
  few.nullifications.erase(few.nullifications.begin());

  s.receive(s.leader(kGap + 1), s.propose(kGap + 1, block, few));

  EXPECT_EQ(s.wanted<DisconnectPeer>().size(), 1U);
  EXPECT_TRUE(s.votes(VoteKind::kNotarize).empty());
}

}  // namespace
}  // namespace huangpu::consensus::test
