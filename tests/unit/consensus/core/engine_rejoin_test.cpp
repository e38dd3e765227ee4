// The way out of quarantine: what a report must prove, which finalization ends it, and what a
// notice of a quarantined peer may cost the others.
#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "consensus/core/rejoin.hpp"
#include "tests/unit/consensus/core/script.hpp"
#include "tests/unit/consensus/support/safety_bench.hpp"

namespace huangpu::consensus::test {
namespace {

class QuarantinedEngine : public ::testing::Test {
 protected:
  QuarantinedEngine() {
    s_.safety->enter_quarantine("for this test");
    s_.run(Tick{});
    nonce_ = questions().at(0).nonce;
  }

  template <class T>
  [[nodiscard]] std::vector<T> sent() const {
    std::vector<T> found;
    for (const Send& send : s_.wanted<Send>()) {
      if (const T* one = std::get_if<T>(&send.message)) found.push_back(*one);
    }
    return found;
  }
  [[nodiscard]] std::vector<GetViewReport> questions() const { return sent<GetViewReport>(); }
  [[nodiscard]] ViewReport report(std::uint64_t view) {
    ViewReport report{nonce_, s_.record.epoch, View(view), false, std::nullopt};
    if (view > 1) report.entered_by = s_.network.certificate(VoteKind::kNullify, view - 1, {});
    return report;
  }
  void report_by_all(const ViewReport& report) {
    for (const std::size_t peer : s_.others()) s_.receive(peer, report);
  }
  // V, as its status tells the others.
  [[nodiscard]] std::optional<View> needed() {
    s_.clear();
    s_.pass(1'100);
    const auto statuses = s_.said<PeerStatus>();
    return statuses.empty() ? std::nullopt : statuses.back().rejoin_view;
  }

  Script s_;
  std::uint64_t nonce_ = 0;
};

// SPEC C-171
TEST_F(QuarantinedEngine, AsksAgainWhoeverHasNotAnsweredUntilAQuorumHas) {
  EXPECT_EQ(questions().size(), 3U);
  s_.receive(s_.others()[0], report(1));
  s_.receive(s_.others()[1], report(1));
  s_.clear();
  s_.pass(1'000);
  EXPECT_EQ(questions().size(), 1U);
  s_.receive(s_.others()[2], report(1));
  s_.clear();
  s_.pass(5'000);
  EXPECT_TRUE(questions().empty());
}

// SPEC C-171
TEST_F(QuarantinedEngine, CountsNoReportThatAnswersSomethingElseOrProvesNothing) {
  const auto changed = [this](std::uint64_t view, auto&& change) {
    ViewReport bad = report(view);
    change(bad);
    return bad;
  };
  const std::vector<ViewReport> bad{
      changed(1, [](ViewReport& r) { ++r.nonce; }),
      changed(1, [](ViewReport& r) { r.nonce = 0; }),
      changed(1, [](ViewReport& r) { r.epoch = Epoch(r.epoch.value() + 1); }),
      changed(1, [](ViewReport& r) { r.quarantined = true; }),
      changed(1, [](ViewReport& r) { r.view = View(0); }),
      changed(3, [](ViewReport& r) { r.entered_by.reset(); }),
      changed(3, [](ViewReport& r) { r.view = View(1); }),
      changed(3, [](ViewReport& r) { r.view = View(9); }),
      changed(3, [](ViewReport& r) { r.entered_by->epoch = Epoch(7); }),
  };
  for (const ViewReport& each : bad) report_by_all(each);
  EXPECT_TRUE(s_.wanted<DisconnectPeer>().empty());
  EXPECT_EQ(needed(), std::nullopt);

  ViewReport forged = report(3);
  forged.entered_by->view = View(5);
  forged.view = View(6);
  report_by_all(forged);
  EXPECT_EQ(s_.wanted<DisconnectPeer>().size(), 3U);
  EXPECT_EQ(needed(), std::nullopt);

  for (int i = 0; i < 3; ++i) s_.receive(s_.others()[0], report(1));
  EXPECT_EQ(needed(), std::nullopt) << "one peer is one report";
}

// SPEC C-172
TEST_F(QuarantinedEngine, WaitsForTwoViewsBeyondTheHighestThatAReportProves) {
  s_.receive(s_.others()[0], report(1));
  s_.receive(s_.others()[1], report(4));
  s_.receive(s_.others()[2], report(2));
  EXPECT_EQ(needed(), View(6));
}

// SPEC C-172
TEST_F(QuarantinedEngine, VotesAgainBehindADurableFinalizationOfThatViewAndOfNoEarlierOne) {
  report_by_all(report(1));
  ASSERT_EQ(needed(), View(3));
  const BatchHeader one = s_.hold_batch(1, 1, {}, true);
  const BatchHeader two = s_.hold_batch(1, 2, s_.digest(one), true);
  const BatchHeader three = s_.hold_batch(1, 3, s_.digest(two), true);
  const Block first = s_.block(2, nullptr, 0, one);
  const Block second = s_.block(3, &first, 2, two);
  const auto fetched = [&](const Block& block, std::uint64_t view, const Block* parent) {
    Justification justification;
    if (parent != nullptr) {
      justification.parent =
          s_.network.certificate(VoteKind::kNotarize, 2, s_.network.hash(*parent), s_.others());
    } else {
      justification.nullifications = {
          s_.network.certificate(VoteKind::kNullify, 1, {}, s_.others())};
    }
    const Certificate final =
        s_.network.certificate(VoteKind::kFinalize, view, s_.network.hash(block), s_.others());
    s_.receive(s_.others()[0], final);
    s_.run(BlocksFetched{
        Script::index(s_.others()[0]), {StoredBlock{block, justification, final}}, std::nullopt});
  };

  fetched(first, 2, nullptr);
  s_.run(BlocksDurable{Height{1}});
  ASSERT_EQ(s_.wanted<Finalized>().size(), 1U);
  EXPECT_TRUE(s_.engine->status().quarantined) << "a vote for view 2 may be forgotten";

  fetched(second, 3, &first);
  ASSERT_EQ(s_.wanted<Finalized>().size(), 2U);
  EXPECT_TRUE(s_.engine->status().quarantined) << "its block is not on the disk";
  s_.run(BlocksDurable{Height{2}});
  EXPECT_FALSE(s_.engine->status().quarantined);
  EXPECT_TRUE(s_.engine->status().lane_closed);

  s_.clear();
  s_.receive(s_.leader(4), s_.propose(4, s_.block(4, &second, 3, three), [&] {
    Justification justification;
    justification.parent =
        s_.network.certificate(VoteKind::kNotarize, 3, s_.network.hash(second), s_.others());
    return justification;
  }()));
  EXPECT_EQ(s_.votes(VoteKind::kNotarize).size(), 1U);
  for (const Vote& vote : s_.said<Vote>()) EXPECT_GT(vote.view, View(3));
}

// SPEC C-171
TEST_F(QuarantinedEngine, SaysToAnotherThatItsOwnReportDoesNotCount) {
  s_.clear();
  s_.receive(s_.others()[0], GetViewReport{5});
  ASSERT_EQ(sent<ViewReport>().size(), 1U);
  EXPECT_TRUE(sent<ViewReport>()[0].quarantined);
}

TEST(ViewReports, CarryTheCertificateThatLedIntoTheView) {
  Script s;
  s.receive(s.others()[0], GetViewReport{5});
  const Certificate nullification = s.network.certificate(VoteKind::kNullify, 1, {}, s.others());
  s.receive(s.others()[0], nullification);
  s.receive(s.others()[0], GetViewReport{6});
  std::vector<ViewReport> reports;
  for (const Send& send : s.wanted<Send>()) {
    if (const auto* one = std::get_if<ViewReport>(&send.message)) reports.push_back(*one);
  }
  ASSERT_EQ(reports.size(), 2U);
  EXPECT_EQ(reports[0], (ViewReport{5, s.record.epoch, View(1), false, std::nullopt}));
  EXPECT_EQ(reports[1], (ViewReport{6, s.record.epoch, View(2), false, nullification}));
}

// SPEC C-174
TEST(Notices, OfAQuarantinedPeerMakeAnIdleLeaderPropose) {
  Script s(8, true);
  s.receive(s.others()[0], s.network.certificate(VoteKind::kNullify, 1, {}, s.others()));
  s.clear();
  PeerStatus status;
  status.epoch = s.record.epoch;
  status.view = View(2);
  status.quarantined = true;
  s.receive(s.others()[0], status);
  EXPECT_TRUE(s.said<Proposal>().empty()) << "it names no view";
  status.rejoin_view = View(9);
  s.receive(s.others()[0], status);
  EXPECT_TRUE(s.said<Proposal>().empty()) << "no honest one is that far ahead";
  status.rejoin_view = View(4);
  status.quarantined = false;
  s.receive(s.others()[0], status);
  EXPECT_TRUE(s.said<Proposal>().empty()) << "it votes";
  status.quarantined = true;
  s.receive(s.others()[0], status);
  ASSERT_EQ(s.said<Proposal>().size(), 1U);
  EXPECT_TRUE(s.said<Proposal>()[0].block.cut.empty());
}

// SPEC C-174
TEST(Notices, CostALiarsNetworkAFewBlocksPerInterval) {
  RejoinNotices notices(4);
  const ValidatorIndex liar(2);
  notices.note(liar, View(13), View(10), View(9), 1'000, 500);
  EXPECT_FALSE(notices.pending(View(9))) << "more than two views ahead";
  notices.note(liar, View(12), View(10), View(9), 1'000, 500);
  EXPECT_TRUE(notices.pending(View(9)));
  EXPECT_TRUE(notices.pending(View(11)));
  EXPECT_FALSE(notices.pending(View(12)));
  notices.note(liar, View(14), View(12), View(12), 1'499, 500);
  EXPECT_FALSE(notices.pending(View(12))) << "the interval has not passed";
  notices.note(liar, View(14), View(12), View(12), 1'500, 500);
  EXPECT_TRUE(notices.pending(View(12)));
  notices.note(liar, View(12), View(12), View(12), 9'000, 500);
  EXPECT_TRUE(notices.pending(View(12))) << "what is final is no work, and takes nothing back";
}

}  // namespace
}  // namespace huangpu::consensus::test
