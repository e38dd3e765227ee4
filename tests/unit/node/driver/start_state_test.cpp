#include "node/driver/start_state.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "consensus/codec/hashing.hpp"
#include "node/replica/first_epoch.hpp"
#include "tests/support/stub_crypto.hpp"
#include "tests/unit/node/driver/node_folder.hpp"

namespace huangpu::node::test {
namespace {

// The chain's certificates bear the signatures of validators 0 to 2; 3 is the one that did not
// vote.
constexpr std::size_t kSilent = 3;

class Start : public ::testing::Test {
 protected:
  Start() {
    chain_.block({.batches = {{.lane = 0, .envelopes = {chain_.issue("alice", 100)}}}});
    chain_.block({.batches = {{.lane = 1, .envelopes = {chain_.transfer("alice", "bob", 1)}}},
                  .certificate = false});
    chain_.block({.batches = {{.lane = 1, .envelopes = {chain_.transfer("alice", "bob", 2)}}},
                  .certificate = false});
    folder_.write_blocks();
  }

  void make_sign_state(const crypto::KeyId& key) {
    ASSERT_TRUE(VoteLogFiles::create_sign_state(ledger::posix_file_system(),
                                                folder_.votes_of(0).sign_state_dir,
                                                chain_.chain().genesis, key));
  }

  Result<StartState> load(std::size_t self) {
    HP_TRY_ASSIGN(stores_, folder_.open());
    HP_TRY_ASSIGN(const EpochStart epoch, find_epoch(stores_, chain_.genesis()));
    return load_start_state(ledger::posix_file_system(), stores_, chain_.genesis(), epoch,
                            "v" + std::to_string(self), folder_.votes_of(self));
  }

  ChainBuilder chain_;
  NodeFolder folder_{chain_};
  NodeStores stores_;
};

TEST_F(Start, StandsAtTheTipWithWhatIsNotCertified) {
  make_sign_state(chain_.validator(kSilent).public_key().id());
  const auto start = load(kSilent);
  ASSERT_TRUE(start) << start.error().message;
  EXPECT_EQ(start->executed, Height{3});
  EXPECT_EQ(start->certified, Height{1});
  EXPECT_EQ(start->block_time, commit_of(chain_, Height{3}).timestamp);
  EXPECT_EQ(start->replica.engine.commit_certificate->message.height, Height{1});
  ASSERT_EQ(start->replica.engine.executed.size(), 2U);
  EXPECT_EQ(start->replica.engine.executed.front(), commit_of(chain_, Height{2}));
  EXPECT_EQ(start->replica.engine.tip_lanes, block_of(chain_, Height{3}).tips);
  ASSERT_EQ(start->safety.own_commits.size(), 2U);
  EXPECT_FALSE(start->forgotten_vote);
  EXPECT_EQ(start->safety.verdict.kind, consensus::Verdict::Kind::kNormal);
}

TEST_F(Start, KeepsBatchesThatNoBlockNamesYet) {
  make_sign_state(chain_.validator(kSilent).public_key().id());
  const auto tip = block_of(chain_, Height{3}).tips[1];
  const auto foreign =
      folder_.add_batch(1, tip.pos.next(), tip.digest, {chain_.issue("bob", 1)}, true);
  const auto own = folder_.add_batch(kSilent, LanePosition{1}, {}, {chain_.issue("bob", 2)}, false);

  const auto start = load(kSilent);
  ASSERT_TRUE(start) << start.error().message;
  ASSERT_EQ(start->replica.batches.size(), 2U);
  EXPECT_EQ(start->replica.own_lane, (consensus::LaneTip{LanePosition{1}, own}));
  // Only a signed batch may be told of: the own one has yet to be signed.
  ASSERT_EQ(start->replica.engine.batches.size(), 1U);
  EXPECT_EQ(start->replica.engine.batches.front().digest, foreign);
  ASSERT_EQ(start->safety.own_batches.size(), 1U);
  EXPECT_EQ(start->safety.own_batches.front().digest, own);
}

TEST_F(Start, KeepsBothBatchesOfALaneWhoseOwnerSignedTwo) {
  make_sign_state(chain_.validator(kSilent).public_key().id());
  const auto tip = block_of(chain_, Height{3}).tips[1];
  const auto first =
      folder_.add_batch(1, tip.pos.next(), tip.digest, {chain_.issue("bob", 1)}, true);
  const auto second =
      folder_.add_batch(1, tip.pos.next(), tip.digest, {chain_.issue("bob", 2)}, true);
  ASSERT_NE(first, second);

  const auto start = load(kSilent);
  ASSERT_TRUE(start) << start.error().message;
  std::vector<crypto::Digest> held;
  for (const auto& batch : start->replica.engine.batches) held.push_back(batch.digest);
  EXPECT_THAT(held, ::testing::UnorderedElementsAre(first, second));
  ASSERT_EQ(start->replica.batches.size(), 2U);
}

TEST_F(Start, SeesAVoteThatTheLogForgot) {
  make_sign_state(chain_.validator(0).public_key().id());
  const auto start = load(0);
  ASSERT_TRUE(start) << start.error().message;
  ASSERT_TRUE(start->forgotten_vote);
  EXPECT_NE(start->forgotten_vote->find("view 3"), std::string::npos) << *start->forgotten_vote;
}

TEST_F(Start, IsRefusedWithoutSignState) { EXPECT_EQ(load(kSilent).error().code, Errc::kGuard); }

TEST_F(Start, IsRefusedWithTheSignStateOfAnotherKey) {
  make_sign_state(chain_.validator(0).public_key().id());
  EXPECT_EQ(load(kSilent).error().code, Errc::kGuard);
}

TEST_F(Start, QuarantinesAKeyWhoseOwnBatchesAreGone) {
  make_sign_state(chain_.validator(kSilent).public_key().id());
  {
    auto start = load(kSilent);
    ASSERT_TRUE(start) << start.error().message;
    consensus::SignState state;
    state.genesis = chain_.chain().genesis;
    state.key = chain_.validator(kSilent).public_key().id();
    state.lane_position = LanePosition{4};
    state.counter = 2;
    ASSERT_TRUE(start->vote_log->write({state.slot(), consensus::encode(state)}));
    stores_ = {};
  }
  const auto start = load(kSilent);
  ASSERT_TRUE(start) << start.error().message;
  EXPECT_EQ(start->safety.verdict.kind, consensus::Verdict::Kind::kQuarantine);
}

}  // namespace
}  // namespace huangpu::node::test
