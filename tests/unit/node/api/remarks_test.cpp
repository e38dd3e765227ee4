// Conditions and the sentences that people read about them.
#include "node/api/remarks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace huangpu::node {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

PeerCondition peer(std::uint16_t number, std::string name, std::uint64_t heard_ms) {
  PeerCondition condition;
  condition.validator = number;
  condition.name = std::move(name);
  condition.connected = true;
  condition.final_height = condition.executed_height = condition.certified_height = Height{811};
  condition.last_heard_ms = heard_ms;
  return condition;
}

// A network of A (this node), B, C and D at work.
NodeSnapshot working() {
  NodeSnapshot snapshot;
  snapshot.view = 812;
  snapshot.final_height = snapshot.executed_height = snapshot.certified_height = Height{811};
  snapshot.network_height = Height{811};
  snapshot.consensus.work = true;
  snapshot.consensus.lag_blocks = 8;
  snapshot.consensus.leader = "B";
  snapshot.consensus.next_leader = "C";
  snapshot.consensus.final_ms = 3;
  snapshot.peers = {peer(1, "B", 2), peer(2, "C", 4), peer(3, "D", 9)};
  snapshot.checks = {{"disk", true, "9 MiB free"}};
  return snapshot;
}

struct Case {
  const char* name;
  std::function<void(NodeSnapshot&)> change;
  RemarkLevel level;
  const char* text;
};

void wait(NodeSnapshot& snapshot, std::string reason, std::vector<std::string> awaited,
          std::uint32_t enough) {
  snapshot.consensus.reason = std::move(reason);
  snapshot.consensus.awaited = std::move(awaited);
  snapshot.consensus.enough = enough;
  snapshot.consensus.final_ms = 40'500;
  snapshot.consensus.view_ms = 40'400;
  snapshot.waiting_for = "no vote";
}

class HeightSentence : public ::testing::TestWithParam<Case> {};

TEST_P(HeightSentence, SaysWhyAndWho) {
  NodeSnapshot snapshot = working();
  GetParam().change(snapshot);

  const Remark height = remarks(snapshot).front();

  EXPECT_EQ(height.topic, "height");
  EXPECT_EQ(height.text, GetParam().text);
  EXPECT_EQ(height.level, GetParam().level);
}

INSTANTIATE_TEST_SUITE_P(
    OfEachCondition, HeightSentence,
    ::testing::Values(
        Case{"Idle",
             [](NodeSnapshot& s) {
               s.consensus.work = false;
               s.consensus.final_ms = 999'999;
             },
             RemarkLevel::kFine, "height 811 is final and there is nothing to order"},
        Case{"Rising", [](NodeSnapshot&) {}, RemarkLevel::kFine,
             "height 811 became final 3 ms ago"},
        Case{"OneOfTwoSilentVoters",
             [](NodeSnapshot& s) {
               wait(s, "notarize-votes", {"B", "D"}, 1);
               s.peers[2].last_heard_ms = 40'000;
             },
             RemarkLevel::kProblem,
             "height 811 has been the last final one for 40 s; view 812 (for 40 s): waiting for 1 "
             "of "
             "B, D to vote for the proposal; D last heard 40 s ago; next leader C"},
        Case{
            "BothAreNeeded",
            [](NodeSnapshot& s) {
              wait(s, "finalize-votes", {"B", "D"}, 2);
              s.peers[0].connected = s.peers[2].connected = false;
              s.peers[0].last_heard_ms = 0;
              s.peers[2].last_heard_ms = 180'000;
            },
            RemarkLevel::kProblem,
            "height 811 has been the last final one for 40 s; view 812 (for 40 s): waiting for B, "
            "D "
            "to vote that the block is final; B is not connected; D is down, last heard 3 min ago; "
            "next leader C"},
        Case{"SilentLeader",
             [](NodeSnapshot& s) {
               wait(s, "proposal", {"B"}, 1);
               s.consensus.final_ms = 2'500;
               s.consensus.view_ms = 900;
               s.view_deadline_ms = 1'600;
             },
             RemarkLevel::kNote,
             "height 811 has been the last final one for 2 s; view 812: waiting for B to propose; "
             "next "
             "leader C; the view is given up in 1 s"},
        Case{"OwnTurnComesNext",
             [](NodeSnapshot& s) {
               wait(s, "nullify-votes", {"C"}, 1);
               s.consensus.next_leader = "B";
             },
             RemarkLevel::kProblem,
             "height 811 has been the last final one for 40 s; view 812 (for 40 s): waiting for C "
             "to "
             "give the view up"},
        Case{"TheEnginesOwnWords",
             [](NodeSnapshot& s) {
               wait(s, "commit-certificate", {}, 0);
               s.waiting_for = "no commit certificate above height 803";
             },
             RemarkLevel::kProblem,
             "height 811 has been the last final one for 40 s; view 812 (for 40 s): no commit "
             "certificate above height 803; next leader C"}),
    [](const auto& each) { return each.param.name; });

std::vector<Remark> about(const NodeSnapshot& snapshot, const std::string& topic) {
  std::vector<Remark> found;
  for (Remark& remark : remarks(snapshot)) {
    if (remark.topic == topic) found.push_back(std::move(remark));
  }
  return found;
}

TEST(Remarks, OfAWorkingNodeAreNothingButItsHeight) { EXPECT_THAT(remarks(working()), SizeIs(1)); }

TEST(Remarks, NameThePeerThatIsSlow) {
  NodeSnapshot snapshot = working();
  snapshot.network_height = Height{900};
  snapshot.peers[0].final_height = snapshot.peers[0].executed_height = Height{899};
  snapshot.peers[1].final_height = Height{895};
  snapshot.peers[1].executed_height = Height{880};

  EXPECT_THAT(about(snapshot, "peers"),
              ElementsAre(Field(&Remark::text, "C executes slowly: 15 final blocks wait there"),
                          Field(&Remark::text, "D is slow: 89 heights behind the network")));
}

TEST(Remarks, SilenceOfAPeerIsNoProblemWhileThereIsNothingToSay) {
  NodeSnapshot snapshot = working();
  snapshot.peers[1].last_heard_ms = 3'600'000;
  EXPECT_THAT(
      about(snapshot, "peers"),
      ElementsAre(Field(&Remark::text, "C is connected and silent, last heard 60 min ago")));

  snapshot.consensus.work = false;

  EXPECT_THAT(about(snapshot, "peers"), IsEmpty());
}

TEST(Remarks, APeerWithoutConnectionOrInQuarantineIsAProblemAlsoInIdleness) {
  NodeSnapshot snapshot = working();
  snapshot.consensus.work = false;
  snapshot.peers[0].connected = false;
  snapshot.peers[1].quarantined = true;

  EXPECT_THAT(about(snapshot, "peers"),
              ElementsAre(Field(&Remark::text, "B is not connected, last heard 2 ms ago"),
                          Field(&Remark::text, HasSubstr("C is in quarantine"))));
}

TEST(Remarks, LagsWithinTheRuleAreNotesAndBeyondItProblems) {
  NodeSnapshot snapshot = working();
  snapshot.executed_height = Height{808};
  snapshot.certified_height = Height{799};

  EXPECT_THAT(about(snapshot, "execution"),
              ElementsAre(Remark{RemarkLevel::kNote, "execution",
                                 "execution is 3 blocks behind the final height, allowed are 8"}));
  EXPECT_THAT(about(snapshot, "certification"),
              ElementsAre(Remark{RemarkLevel::kProblem, "certification",
                                 "certification is 9 blocks behind execution, allowed are 8"}));
}

TEST(Remarks, ADiskThatHoldsUpTheVoteLogIsNamed) {
  NodeSnapshot snapshot = working();
  snapshot.consensus.vote_sync_ms = 350;
  EXPECT_THAT(
      about(snapshot, "disk"),
      ElementsAre(Remark{RemarkLevel::kNote, "disk", "the last sync of the vote log took 350 ms"}));

  snapshot.consensus.vote_sync_runs = true;
  snapshot.consensus.vote_sync_ms = 7'000;

  EXPECT_THAT(about(snapshot, "disk"),
              ElementsAre(Remark{RemarkLevel::kProblem, "disk",
                                 "the vote log has been waiting for the disk for 7 s"}));
}

TEST(Remarks, EveryFailingCheckIsAProblem) {
  NodeSnapshot snapshot = working();
  snapshot.checks.push_back({"signer", false, "the signer at 10.0.0.7:7710 does not answer"});

  EXPECT_THAT(about(snapshot, "signer"),
              ElementsAre(Remark{RemarkLevel::kProblem, "signer",
                                 "signer fails: the signer at 10.0.0.7:7710 does not answer"}));
}

}  // namespace
}  // namespace huangpu::node
