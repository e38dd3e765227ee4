#include "node/driver/vote_log_files.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>

#include "consensus/safety/safety_rules.hpp"
#include "crypto/base/crc32c.hpp"
#include "tests/support/fault_file_system.hpp"
#include "tests/support/stub_crypto.hpp"

namespace huangpu::node {
namespace {

using consensus::SafetyRules;
using huangpu::test::Crash;
using huangpu::test::FaultFileSystem;
using huangpu::test::Operation;
using huangpu::test::StubSigner;
using Kind = consensus::Verdict::Kind;

const std::string kVotes = "data/votes/epoch-1";

class VoteLog : public ::testing::Test {
 protected:
  VoteLog() {
    place_.votes_dir = "data/votes";
    place_.sign_state_dir = "sign-state";
    place_.chain.genesis = crypto::Digest::from(Bytes(32, 9));
    place_.key = signer_.public_key().id();
    place_.segment_bytes = 5 * consensus::kLogBlockBytes;  // a header and two small frames
    EXPECT_TRUE(files_.create_directories("data/votes"));
  }

  void make_sign_state() {
    const Status made = VoteLogFiles::create_sign_state(
        files_, place_.sign_state_dir, place_.chain.genesis, signer_.public_key().id());
    ASSERT_TRUE(made) << made.error().message;
  }

  // The verdict; rules_ and log_ stand ready after it.
  Kind open() {
    close();
    auto opened = VoteLogFiles::open(files_, place_, LanePosition{0});
    EXPECT_TRUE(opened) << opened.error().message;
    if (!opened) return Kind::kRefuse;
    log_ = std::move(opened->files);
    replay_ = opened->replay;
    consensus::SafetyConfig config;
    config.chain = place_.chain;
    consensus::SafetyRestore restore;
    restore.verdict = replay_.verdict;
    restore.log = replay_.restored;
    rules_.emplace(config, signer_, std::move(restore));
    return replay_.verdict.kind;
  }

  void close() {
    rules_.reset();
    log_.reset();
  }

  // One nullify vote through guard, log and sign-state, as the driver does it.
  Status vote(std::uint64_t view) {
    const auto released = rules_->nullify(View{view});
    if (!released) return tl::unexpected(released.error());
    return flush();
  }

  Status flush() {
    const auto frame = rules_->take_frame();
    if (!frame) return {};
    HP_TRY(log_->append(*frame));
    HP_TRY_ASSIGN(const auto durable, rules_->on_durable(frame->seq));
    return durable.sign_state ? log_->write(*durable.sign_state) : Status{};
  }

  std::vector<std::string> segments() {
    auto names = files_.list(kVotes).value();
    std::sort(names.begin(), names.end());
    return names;
  }

  FaultFileSystem files_;
  StubSigner signer_{1};
  VoteLogPlace place_;
  consensus::ReplayResult replay_;
  std::unique_ptr<VoteLogFiles> log_;
  std::optional<SafetyRules> rules_;
};

TEST_F(VoteLog, RemembersVotesThroughALossOfPower) {
  make_sign_state();
  ASSERT_EQ(open(), Kind::kNormal);
  for (std::uint64_t view = 1; view <= 5; ++view) ASSERT_TRUE(vote(view));
  files_.crash(Crash::kLoseUnsynced, 1);
  ASSERT_EQ(open(), Kind::kNormal);
  EXPECT_EQ(replay_.restored.votes.size(), 5U);
  EXPECT_TRUE(replay_.restored.votes.at(View{5}).nullified);
  ASSERT_TRUE(vote(6));
  ASSERT_EQ(open(), Kind::kNormal);
  EXPECT_EQ(replay_.restored.votes.size(), 6U);
}

// A failed sync leaves clean pages that are on no disk. Replay reads them, and the vote is sent.
TEST_F(VoteLog, BringsToTheDiskWhatAFailedSyncLeftInMemoryOnly) {
  make_sign_state();
  ASSERT_EQ(open(), Kind::kNormal);
  ASSERT_TRUE(vote(1));
  ASSERT_TRUE(rules_->nullify(View{2}));
  files_.fail_next(Operation::kSync, Errc::kIo);
  EXPECT_FALSE(log_->append(*rules_->take_frame()));
  ASSERT_EQ(open(), Kind::kNormal);
  ASSERT_TRUE(replay_.restored.votes.at(View{2}).nullified);
  files_.crash(Crash::kLoseUnsynced, 1);
  ASSERT_EQ(open(), Kind::kNormal);
  EXPECT_EQ(replay_.restored.votes.count(View{2}), 1U);
}

TEST_F(VoteLog, BeginsANewSegmentWhenOneIsFull) {
  make_sign_state();
  ASSERT_EQ(open(), Kind::kNormal);
  for (std::uint64_t view = 1; view <= 5; ++view) ASSERT_TRUE(vote(view));
  EXPECT_EQ(segments(), (std::vector<std::string>{"000000000001.votes", "000000000002.votes",
                                                  "000000000003.votes"}));
}

TEST_F(VoteLog, DropsSegmentsBelowTheFloor) {
  make_sign_state();
  ASSERT_EQ(open(), Kind::kNormal);
  for (std::uint64_t view = 1; view <= 5; ++view) ASSERT_TRUE(vote(view));
  rules_->set_final(View{4}, Height{1}, crypto::Digest::from(Bytes(32, 1)));
  ASSERT_TRUE(rules_->write_floor());
  ASSERT_TRUE(flush());
  EXPECT_EQ(segments(), std::vector<std::string>{"000000000003.votes"});
  ASSERT_EQ(open(), Kind::kNormal) << replay_.verdict.reason;
  EXPECT_TRUE(replay_.restored.votes.at(View{5}).nullified);
  EXPECT_EQ(replay_.restored.horizon, View{4});
}

TEST_F(VoteLog, CutsOffAFrameThatWasNotFinished) {
  make_sign_state();
  ASSERT_EQ(open(), Kind::kNormal);
  ASSERT_TRUE(vote(1));
  const Bytes whole = files_.contents(kVotes + "/000000000001.votes");
  ASSERT_TRUE(rules_->nullify(View{2}));
  ASSERT_TRUE(log_->append(*rules_->take_frame()));
  Bytes torn = files_.contents(kVotes + "/000000000001.votes");
  close();
  // Nothing but the first bytes of its first copy arrived.
  const std::size_t frame = 3 * consensus::kLogBlockBytes;
  std::copy(whole.begin() + static_cast<std::ptrdiff_t>(frame + 30), whole.end(),
            torn.begin() + static_cast<std::ptrdiff_t>(frame + 30));
  files_.set_contents(kVotes + "/000000000001.votes", torn);
  ASSERT_EQ(open(), Kind::kNormal) << replay_.verdict.reason;
  EXPECT_EQ(replay_.restored.votes.count(View{2}), 0U);
  ASSERT_TRUE(vote(3));
  ASSERT_EQ(open(), Kind::kNormal) << replay_.verdict.reason;
  EXPECT_EQ(replay_.restored.votes.count(View{3}), 1U);
}

TEST_F(VoteLog, WritesADamagedCopyOfAFrameAgain) {
  make_sign_state();
  ASSERT_EQ(open(), Kind::kNormal);
  for (std::uint64_t view = 1; view <= 3; ++view) ASSERT_TRUE(vote(view));
  close();
  for (const char* segment : {"/000000000001.votes", "/000000000002.votes"}) {
    const Bytes whole = files_.contents(kVotes + segment);
    for (const std::uint64_t block : {1U, 2U}) {
      files_.flip_bit(kVotes + segment, (block * consensus::kLogBlockBytes + 100) * 8);
      ASSERT_EQ(open(), Kind::kNormal) << replay_.verdict.reason;
      EXPECT_EQ(replay_.restored.votes.size(), 3U);
      EXPECT_EQ(replay_.repairs.size(), 1U);
      close();
      EXPECT_EQ(files_.contents(kVotes + segment), whole) << segment << " copy " << block;
    }
  }
}

// The power went while the very first segment was being made; the log must then not take that file
// for an old one and drop it at the first floor.
TEST_F(VoteLog, GoesOnInASegmentThatWasBegunAndNeverWrittenTo) {
  make_sign_state();
  ASSERT_TRUE(files_.create_directories(kVotes));
  files_.set_contents(kVotes + "/000000000001.votes", {});
  ASSERT_EQ(open(), Kind::kNormal);
  ASSERT_TRUE(vote(1));
  rules_->set_final(View{1}, Height{1}, crypto::Digest::from(Bytes(32, 1)));
  ASSERT_TRUE(rules_->write_floor());
  ASSERT_TRUE(flush());
  EXPECT_EQ(segments(), std::vector<std::string>{"000000000001.votes"});
  ASSERT_TRUE(vote(2));
  ASSERT_EQ(open(), Kind::kNormal) << replay_.verdict.reason;
  EXPECT_EQ(replay_.restored.votes.count(View{2}), 1U);
}

TEST_F(VoteLog, BeginsALaterSegmentAgainThatWasNeverWrittenTo) {
  make_sign_state();
  ASSERT_EQ(open(), Kind::kNormal);
  ASSERT_TRUE(vote(1));
  ASSERT_TRUE(vote(2));
  close();
  files_.set_contents(kVotes + "/000000000002.votes", Bytes(100, 0));
  ASSERT_EQ(open(), Kind::kNormal) << replay_.verdict.reason;
  ASSERT_TRUE(vote(3));
  ASSERT_EQ(open(), Kind::kNormal) << replay_.verdict.reason;
  EXPECT_EQ(replay_.restored.votes.size(), 3U);
}

TEST_F(VoteLog, IgnoresFilesThatAreNoSegments) {
  make_sign_state();
  ASSERT_TRUE(files_.create_directories(kVotes));
  for (const char* name : {"1.votes", "000000000001.votes.old", "notes.txt", "-1.votes"})
    files_.set_contents(kVotes + "/" + name, as_bytes("not a segment"));
  ASSERT_EQ(open(), Kind::kNormal) << replay_.verdict.reason;
  ASSERT_TRUE(vote(1));
  ASSERT_EQ(open(), Kind::kNormal) << replay_.verdict.reason;
}

TEST_F(VoteLog, IsNotOpenedWithoutSignState) {
  const auto opened = VoteLogFiles::open(files_, place_, LanePosition{0});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::kGuard);
  EXPECT_FALSE(files_.exists("sign-state/a.sign-state").value());
}

TEST_F(VoteLog, RefusesTheSignStateOfAnotherKey) {
  ASSERT_TRUE(VoteLogFiles::create_sign_state(files_, place_.sign_state_dir, place_.chain.genesis,
                                              StubSigner(2).public_key().id()));
  EXPECT_EQ(open(), Kind::kRefuse);
}

TEST_F(VoteLog, NeverMakesTheSignStateAnew) {
  make_sign_state();
  EXPECT_EQ(VoteLogFiles::create_sign_state(files_, place_.sign_state_dir, place_.chain.genesis,
                                            signer_.public_key().id())
                .error()
                .code,
            Errc::kAlreadyExists);
}

TEST_F(VoteLog, QuarantinesAKeyWhoseLogIsGone) {
  make_sign_state();
  ASSERT_EQ(open(), Kind::kNormal);
  for (std::uint64_t view = 1; view <= 3; ++view) ASSERT_TRUE(vote(view));
  close();
  for (const std::string& name : segments()) files_.erase(kVotes + "/" + name);
  EXPECT_EQ(open(), Kind::kQuarantine);
}

TEST_F(VoteLog, WorksOnWithOneSignStateFileLeft) {
  make_sign_state();
  ASSERT_EQ(open(), Kind::kNormal);
  ASSERT_TRUE(vote(1));
  close();
  files_.erase("sign-state/b.sign-state");
  ASSERT_EQ(open(), Kind::kNormal) << replay_.verdict.reason;
  for (std::uint64_t view = 2; view <= 4; ++view) ASSERT_TRUE(vote(view));
  EXPECT_TRUE(files_.exists("sign-state/b.sign-state").value());
  ASSERT_EQ(open(), Kind::kNormal) << replay_.verdict.reason;
}

// A node of an earlier version that is given the folder of a later one.
TEST_F(VoteLog, NamesTheSignStateFileOfAnUnknownVersion) {
  make_sign_state();
  const std::string path = "sign-state/a.sign-state";
  auto file = std::move(files_.open(path, ledger::OpenMode::kReadWrite)).value();
  consensus::SignState state;
  state.genesis = place_.chain.genesis;
  state.key = place_.key;
  Bytes bytes = consensus::encode(state);
  bytes[5] = 9;
  constexpr std::size_t kCovered = 136;
  Writer sum;
  sum.u32(crc32c(ByteView(bytes).first(kCovered)));
  std::ranges::copy(sum.view(), bytes.begin() + kCovered);
  const ByteView part(bytes);
  ASSERT_TRUE(file->write_at(0, {&part, 1}));
  ASSERT_TRUE(file->sync());
  file.reset();

  const auto opened = VoteLogFiles::open(files_, place_, LanePosition{0});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::kUnsupportedVersion);
  EXPECT_EQ(opened.error().message, path + ": sign-state: format version 9 is unknown");
}

TEST_F(VoteLog, IsHeldByOneProcessAtATime) {
  make_sign_state();
  ASSERT_EQ(open(), Kind::kNormal);
  const auto second = VoteLogFiles::open(files_, place_, LanePosition{0});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::kAlreadyRunning);
}

// After a failed sync a later one that succeeds says nothing about the bytes before it.
TEST_F(VoteLog, AppendsNothingAfterAFailure) {
  make_sign_state();
  ASSERT_EQ(open(), Kind::kNormal);
  ASSERT_TRUE(vote(1));
  files_.fail_next(Operation::kSync, Errc::kIo);
  ASSERT_TRUE(rules_->nullify(View{2}));
  const consensus::FrameBody frame = *rules_->take_frame();
  EXPECT_FALSE(log_->append(frame));
  EXPECT_FALSE(log_->append(frame));
  files_.crash(Crash::kLoseUnsynced, 1);
  ASSERT_EQ(open(), Kind::kNormal) << replay_.verdict.reason;
  EXPECT_EQ(replay_.restored.votes.size(), 1U);
}

}  // namespace
}  // namespace huangpu::node
