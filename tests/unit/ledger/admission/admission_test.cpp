#include "ledger/admission/admission.hpp"

#include <gtest/gtest.h>

#include "tests/support/ledger_matchers.hpp"
#include "tests/support/ledger_world.hpp"

namespace huangpu::ledger::test {
namespace {

class AdmissionTest : public ::testing::Test {
 protected:
  AdmissionTest() : world(two_banks()) { world.issue("CNY", "alice", 100_units); }

  AdmissionAnswer judge(const DecodedEnvelope& envelope) {
    return check_admission(envelope, world.time(), world.genesis().ledger, world.state()).value();
  }
  DecodedEnvelope payment(Submission submission = {}, Amount amount = 1_units) {
    return world.envelope("alpha", world.transfer("alice", "bob", "CNY", amount),
                          std::move(submission));
  }
  TimestampMs in(std::int64_t ms) const {
    return TimestampMs(
        static_cast<std::uint64_t>(static_cast<std::int64_t>(world.time().value()) + ms));
  }

  World world;
};

TEST_F(AdmissionTest, LetsAProperTransactionThrough) { EXPECT_TRUE(judge(payment()).admitted()); }

TEST_F(AdmissionTest, LetsBusinessRefusalsThroughBecauseOnlyExecutionKnows) {
  EXPECT_TRUE(judge(payment({}, 1000_units)).admitted());
}

TEST_F(AdmissionTest, RefusesWindowsThatAreOverNotOpenOrTooFarAhead) {
  EXPECT_EQ(judge(payment({.valid_until = in(-1)})).code, ResultCode::kExpired);
  EXPECT_TRUE(judge(payment({.valid_until = in(0)})).admitted());
  EXPECT_EQ(judge(payment({.valid_from = in(1)})).code, ResultCode::kNotYetValid);
  EXPECT_TRUE(judge(payment({.valid_until = in(120'000)})).admitted());
  EXPECT_EQ(judge(payment({.valid_until = in(120'001)})).code, ResultCode::kTooFarAhead);
}

TEST_F(AdmissionTest, RefusesUnknownOrInactiveSigners) {
  EXPECT_EQ(judge(payment({.signers = {world.key("beta")}})).code,
            ResultCode::kSubmitterDidNotSign);
  auto stranger = payment();
  stranger.body.signers = {World::fresh_key(1).id()};
  EXPECT_EQ(judge(stranger).code, ResultCode::kSignerUnknown);
  stranger.body.submitter = ParticipantId(99);
  EXPECT_EQ(judge(stranger).code, ResultCode::kSubmitterUnknown);
  world.apply("alpha", RevokeKey{world.key("alpha", 1)});
  EXPECT_EQ(judge(payment({.signers = {world.key("alpha", 1)}})).code, ResultCode::kSignerInactive);
}

TEST_F(AdmissionTest, LetsAKeyIntroduceItself) {
  const auto fresh = World::fresh_key(1);
  EXPECT_TRUE(judge(world.envelope("alpha", RegisterKey{fresh},
                                   Submission{.signers = {world.key("alpha"), fresh.id()}}))
                  .admitted());
}

TEST_F(AdmissionTest, TellsTheFirstUseOfAReference) {
  const Submission submission{.reference = ClientReference{"INV-1", 20261123}};
  const auto first = world.block({payment(submission)}).receipts.front();

  const auto same = judge(payment(submission));
  EXPECT_EQ(same.code, ResultCode::kReferenceRepeated);
  EXPECT_EQ(same.first->txid, first.txid);
  EXPECT_EQ(judge(payment(submission, 2_units)).code, ResultCode::kReferenceConflict);
  EXPECT_EQ(judge(payment({.reference = ClientReference{"X", 20261124}})).code,
            ResultCode::kReferenceInFuture);
  EXPECT_EQ(judge(payment({.reference = ClientReference{"X", 20261023}})).code,
            ResultCode::kReferenceTooOld);
}

TEST(PendingIds, KnowsWhatItTookInUntilItExpires) {
  const TxId one(crypto::Digest::from(Bytes(32, 1)));
  const TxId two(crypto::Digest::from(Bytes(32, 2)));
  PendingIds ids(10);
  EXPECT_EQ(ids.add(one, TimestampMs(5000)), PendingIds::Outcome::kAdded);
  EXPECT_EQ(ids.add(one, TimestampMs(5000)), PendingIds::Outcome::kKnown);
  EXPECT_EQ(ids.add(two, TimestampMs(7000)), PendingIds::Outcome::kAdded);
  EXPECT_TRUE(ids.contains(one, TimestampMs(5000)));

  ids.expire(TimestampMs(5999));
  EXPECT_TRUE(ids.contains(one, TimestampMs(5000)));
  ids.expire(TimestampMs(6000));
  EXPECT_FALSE(ids.contains(one, TimestampMs(5000)));
  EXPECT_TRUE(ids.contains(two, TimestampMs(7000)));
  EXPECT_EQ(ids.size(), 1U);

  ids.remove(two, TimestampMs(7000));
  EXPECT_EQ(ids.size(), 0U);
}

TEST(PendingIds, TakesNoMoreThanItsBound) {
  PendingIds ids(2);
  for (std::uint8_t i = 0; i < 4; ++i) {
    const auto outcome = ids.add(TxId(crypto::Digest::from(Bytes(32, i))), TimestampMs(i * 1000U));
    EXPECT_EQ(outcome, i < 2 ? PendingIds::Outcome::kAdded : PendingIds::Outcome::kFull);
  }
  EXPECT_EQ(ids.size(), 2U);
}

}  // namespace
}  // namespace huangpu::ledger::test
