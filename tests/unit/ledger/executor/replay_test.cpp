// Replay window, client references and nonce lanes (SPEC L-31..L-44), through the executor.
#include "ledger/executor/replay_ring.hpp"

#include "crypto/base/civil.hpp"
#include "ledger/types/state_key.hpp"
#include "tests/support/ledger_matchers.hpp"
#include "tests/support/ledger_world.hpp"

namespace huangpu::ledger::test {
namespace {

TimestampMs plus(TimestampMs time, std::int64_t ms) {
  return TimestampMs(static_cast<std::uint64_t>(static_cast<std::int64_t>(time.value()) + ms));
}

class ReplayTest : public ::testing::Test {
 protected:
  ReplayTest() : world(two_banks()) { world.issue("CNY", "alice", 100_units); }

  DecodedEnvelope payment(Submission submission = {}, Amount amount = 1_units) {
    return world.envelope("alpha", world.transfer("alice", "bob", "CNY", amount),
                          std::move(submission));
  }
  Receipt pay(Submission submission = {}, Amount amount = 1_units) {
    return world.block({payment(std::move(submission), amount)}).receipts.front();
  }

  World world;
};

TEST_F(ReplayTest, AnEnvelopeActsOnceInOneBlockAndInLaterOnes) {
  const auto envelope = payment();
  const auto output = world.block({envelope, envelope});
  EXPECT_THAT(output.receipts[0], Settled());
  EXPECT_THAT(output.receipts[1], RefusedWith(ResultCode::kDuplicate));
  EXPECT_THAT(world.block({envelope}).receipts[0], RefusedWith(ResultCode::kDuplicate));
  EXPECT_EQ(world.balance("bob", "CNY"), 1_units);
}

TEST_F(ReplayTest, TheWindowIncludesBothItsEnds) {
  const TimestampMs now = world.next_time();
  EXPECT_THAT(pay({.valid_from = plus(now, -1000), .valid_until = now}), Settled());
  const TimestampMs later = world.next_time();
  EXPECT_THAT(pay({.valid_from = later, .valid_until = plus(later, 1000)}), Settled());
}

TEST_F(ReplayTest, ExpiredEnvelopesAreRefusedAndNotRecorded) {
  const TimestampMs now = world.next_time();
  const auto envelope = payment({.valid_until = plus(now, -1)});
  EXPECT_THAT(world.block({envelope}).receipts[0], RefusedWith(ResultCode::kExpired));
  EXPECT_THAT(world.block({envelope}).receipts[0], RefusedWith(ResultCode::kExpired));
}

TEST_F(ReplayTest, AWindowMayEndExactlyTheReplayWindowAhead) {
  const TimestampMs now = world.next_time();
  EXPECT_THAT(pay({.valid_until = plus(now, 120'000)}), Settled());
}

TEST_F(ReplayTest, WhatComesTooEarlyMayBeOrderedAgain) {
  const auto envelope = payment({.valid_until = plus(world.next_time(), 120'001)});
  EXPECT_THAT(world.block({envelope}).receipts[0], RefusedWith(ResultCode::kTooFarAhead));
  EXPECT_FALSE(is_answer(ResultCode::kTooFarAhead));
  EXPECT_THAT(world.block({envelope}).receipts[0], Settled());
}

TEST_F(ReplayTest, WhatWasRefusedNeverActsWhenOrderedAgain) {
  const auto not_yet = payment(
      {.valid_from = plus(world.next_time(), 400), .valid_until = plus(world.next_time(), 60'000)});
  const auto too_poor = payment({}, 1000_units);
  const auto output = world.block({not_yet, too_poor});
  EXPECT_THAT(output.receipts[0], RefusedWith(ResultCode::kNotYetValid));
  EXPECT_THAT(output.receipts[1], RefusedWith(ResultCode::kInsufficientFunds));

  world.issue("CNY", "alice", 5000_units);
  const auto again = world.block({not_yet, too_poor});
  EXPECT_THAT(again.receipts[0], RefusedWith(ResultCode::kDuplicate));
  EXPECT_THAT(again.receipts[1], RefusedWith(ResultCode::kDuplicate));
}

TEST_F(ReplayTest, IdsAreRememberedAcrossARestart) {
  const auto envelope = payment();
  world.block({envelope});
  world.reopen();
  EXPECT_THAT(world.block({envelope}).receipts[0], RefusedWith(ResultCode::kDuplicate));
}

TEST_F(ReplayTest, BucketsGoWhenBlockTimeHasPassedThem) {
  const TimestampMs now = world.next_time();
  const TimestampMs until((now.value() / 1000 + 2) * 1000 + 999);
  const std::uint64_t second = until.value() / 1000;
  pay({.valid_until = until});
  const auto stored = [&] { return world.state().get(replay_bucket_key(second)).has_value(); };
  const auto ids = [&] {
    int count = 0;
    world.state().scan(replay_ids_prefix(second), [&](ByteView, ByteView) { return ++count > 0; });
    return count;
  };

  world.set_next_time(until);
  world.block({});
  EXPECT_TRUE(stored());
  EXPECT_EQ(ids(), 1);

  world.set_next_time(plus(until, 1));
  world.block({});
  EXPECT_FALSE(stored());
  EXPECT_EQ(ids(), 0);
}

TEST_F(ReplayTest, ALeapOfTimeRemovesEveryExpiredBucket) {
  for (int i = 1; i <= 5; ++i) pay({.valid_until = plus(world.next_time(), i * 7000)});
  world.set_next_time(plus(world.time(), 40LL * 86'400'000));
  world.block({});
  int buckets = 0;
  world.state().scan(Bytes{static_cast<std::uint8_t>(StateTag::kReplayBucket)},
                     [&](ByteView, ByteView) { return ++buckets > 0; });
  EXPECT_EQ(buckets, 0);
}

TEST_F(ReplayTest, DamagedIdsAreNoticedAtTheStart) {
  pay();
  for (auto& [key, value] : world.state().mutable_entries()) {
    if (key.front() == static_cast<std::uint8_t>(StateTag::kReplayIds)) value[5] ^= 1;
  }
  const auto executor = Executor::open(world.genesis(), world.state(), world.tree());
  EXPECT_THAT(executor, FailedWith(Errc::kCorrupt));
}

// --- references ---

class ReferenceTest : public ReplayTest {
 protected:
  static constexpr std::uint32_t kToday = 20261123;

  static Submission with(std::string id, std::uint32_t date = kToday) {
    return Submission{.reference = ClientReference{std::move(id), date}};
  }
};

TEST_F(ReferenceTest, ARetryWithANewWindowReturnsTheFirstResult) {
  const auto first = pay(with("INV-1"));
  EXPECT_THAT(first, Settled());

  const auto retry = pay(with("INV-1"));

  EXPECT_THAT(retry, RefusedWith(ResultCode::kReferenceRepeated));
  ASSERT_TRUE(retry.first.has_value());
  EXPECT_EQ(*retry.first, (FirstUse{first.txid, first.height, first.index, first.code}));
  EXPECT_EQ(world.balance("bob", "CNY"), 1_units);
}

TEST_F(ReferenceTest, ARetryInTheSameBlockIsToldApartToo) {
  const auto output = world.block(
      {payment(with("INV-1")), payment(with("INV-1")), payment(with("INV-1"), 2_units)});
  EXPECT_THAT(output.receipts[0], Settled());
  EXPECT_THAT(output.receipts[1], RefusedWith(ResultCode::kReferenceRepeated));
  EXPECT_THAT(output.receipts[2], RefusedWith(ResultCode::kReferenceConflict));
  EXPECT_EQ(output.receipts[2].first->txid, output.receipts[0].txid);
}

TEST_F(ReferenceTest, AnotherInstructionUnderTheSameReferenceConflicts) {
  pay(with("INV-1"));
  const auto conflict = pay(with("INV-1"), 2_units);
  EXPECT_THAT(conflict, RefusedWith(ResultCode::kReferenceConflict));
  EXPECT_EQ(world.balance("bob", "CNY"), 1_units);
}

TEST_F(ReferenceTest, OtherSignersOfTheSameInstructionAreARetry) {
  pay(with("INV-1"));
  auto again = with("INV-1");
  again.signers = {world.key("alpha", 1), world.key("alpha", 2)};
  EXPECT_THAT(pay(again), RefusedWith(ResultCode::kReferenceRepeated));
}

TEST_F(ReferenceTest, ARefusedInstructionKeepsItsReference) {
  EXPECT_THAT(pay(with("INV-1"), 1000_units), RefusedWith(ResultCode::kInsufficientFunds));
  world.issue("CNY", "alice", 5000_units);
  const auto retry = pay(with("INV-1"), 1000_units);
  EXPECT_THAT(retry, RefusedWith(ResultCode::kReferenceRepeated));
  EXPECT_EQ(retry.first->code, ResultCode::kInsufficientFunds);
}

TEST_F(ReferenceTest, IsFreeWhenTheTransactionNeverReachedItsOperation) {
  auto gap = with("INV-1");
  gap.nonce = NonceLane{world.account("alice"), 0, 5};
  EXPECT_THAT(pay(gap), RefusedWith(ResultCode::kNonceGap));
  auto right = with("INV-1");
  right.nonce = NonceLane{world.account("alice"), 0, 0};
  EXPECT_THAT(pay(right), Settled());
}

TEST_F(ReferenceTest, BelongsToOneParticipantAndOneDate) {
  EXPECT_THAT(pay(with("INV-1")), Settled());
  EXPECT_THAT(pay(with("INV-1", kToday - 1)), Settled());
  world.issue("CNY", "bob", 10_units);
  EXPECT_THAT(world.apply("beta", world.transfer("bob", "alice", "CNY", 1_units), with("INV-1")),
              Settled());
}

TEST_F(ReferenceTest, DatesOutsideTheKeptDaysAreRefused) {
  // Kept for 30 days: 24 October is day 30 before 23 November.
  EXPECT_THAT(pay(with("A", 20261124)), RefusedWith(ResultCode::kReferenceInFuture));
  EXPECT_THAT(pay(with("A", 20261024)), Settled());
  EXPECT_THAT(pay(with("A", 20261023)), RefusedWith(ResultCode::kReferenceTooOld));
}

TEST_F(ReferenceTest, NeverActsTwiceHoweverTimePasses) {
  pay(with("INV-1"));
  const auto midnight = [](std::uint32_t date) {
    return TimestampMs(std::uint64_t{day_from_yyyymmdd(date).value()} * kMsPerDay);
  };
  const auto day_stored = [&] {
    return world.state().get(reference_day_key(day_from_yyyymmdd(kToday).value())).has_value();
  };

  world.set_next_time(plus(midnight(20261224), -1));  // last millisecond of day 30
  EXPECT_THAT(pay(with("INV-1")), RefusedWith(ResultCode::kReferenceRepeated));
  EXPECT_TRUE(day_stored());

  world.set_next_time(midnight(20261224));
  EXPECT_THAT(pay(with("INV-1")), RefusedWith(ResultCode::kReferenceTooOld));
  EXPECT_FALSE(day_stored());
  int uses = 0;
  world.state().scan(Bytes{static_cast<std::uint8_t>(StateTag::kReference)},
                     [&](ByteView, ByteView) { return ++uses > 0; });
  EXPECT_EQ(uses, 0);
}

TEST_F(ReferenceTest, ALeapOverManyDaysDropsThemAll) {
  pay(with("A", kToday));
  pay(with("A", 20261120));
  pay(with("A", 20261025));
  world.set_next_time(plus(world.time(), 400LL * 86'400'000));
  world.block({});
  int days = 0;
  world.state().scan(Bytes{static_cast<std::uint8_t>(StateTag::kReferenceDay)},
                     [&](ByteView, ByteView) { return ++days > 0; });
  EXPECT_EQ(days, 0);
}

TEST_F(ReferenceTest, IsRememberedAcrossARestart) {
  pay(with("INV-1"));
  world.reopen();
  EXPECT_THAT(pay(with("INV-1")), RefusedWith(ResultCode::kReferenceRepeated));
}

// --- nonce lanes ---

class NonceTest : public ReplayTest {
 protected:
  Receipt pay_numbered(std::uint64_t sequence, std::uint32_t lane = 0, Amount amount = 1_units) {
    return pay({.nonce = NonceLane{world.account("alice"), lane, sequence}}, amount);
  }
};

TEST_F(NonceTest, DemandsTheNextNumberOfItsLane) {
  EXPECT_THAT(pay_numbered(1), RefusedWith(ResultCode::kNonceGap));
  EXPECT_THAT(pay_numbered(0), Settled());
  EXPECT_THAT(pay_numbered(0), RefusedWith(ResultCode::kNonceUsed));
  EXPECT_THAT(pay_numbered(1), Settled());
  EXPECT_THAT(pay_numbered(0, 7), Settled());
}

TEST_F(NonceTest, IsUsedUpByARefusedOperation) {
  EXPECT_THAT(pay_numbered(0, 0, 1000_units), RefusedWith(ResultCode::kInsufficientFunds));
  EXPECT_THAT(pay_numbered(0), RefusedWith(ResultCode::kNonceUsed));
  EXPECT_THAT(pay_numbered(1), Settled());
}

TEST_F(NonceTest, BelongsToAnAccountOfTheSubmitter) {
  const AccountId nobody(crypto::Digest::from(Bytes(32, 1)));
  EXPECT_THAT(pay({.nonce = NonceLane{nobody, 0, 0}}),
              RefusedWith(ResultCode::kNonceAccountUnknown));
  EXPECT_THAT(pay({.nonce = NonceLane{world.account("bob"), 0, 0}}),
              RefusedWith(ResultCode::kNonceAccountForeign));
}

TEST_F(NonceTest, IsRememberedAcrossARestart) {
  pay_numbered(0);
  world.reopen();
  EXPECT_THAT(pay_numbered(0), RefusedWith(ResultCode::kNonceUsed));
}

}  // namespace
}  // namespace huangpu::ledger::test
