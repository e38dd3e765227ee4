#include "node/api/quota.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "tests/unit/node/api/fake_backend.hpp"

namespace huangpu::node {
namespace {

using namespace std::chrono_literals;
using test::principal;

class Quota : public ::testing::Test {
 protected:
  Quota() {
    limits_.participant.calls_per_second = 10;
    limits_.participant.signatures_per_second = 100;
    limits_.participant.envelope_bytes_per_second = 1'000;
    limits_.participant.concurrent_calls = 3;
    limits_.participant.concurrent_streams = 1;
  }

  LimitsSection limits_;
  std::chrono::steady_clock::time_point now_{1h};
};

TEST(RateBucket, RefillsEvenlyAndNoFurtherThanOneSecond) {
  const std::chrono::steady_clock::time_point start{1h};
  RateBucket bucket(10, start);

  for (int i = 0; i < 10; ++i) EXPECT_EQ(bucket.take(1, start), 0ms);
  EXPECT_GT(bucket.take(1, start), 0ms);
  EXPECT_EQ(bucket.take(1, start + 101ms), 0ms);

  const auto later = start + 1h;
  for (int i = 0; i < 10; ++i) EXPECT_EQ(bucket.take(1, later), 0ms);
  EXPECT_GT(bucket.take(1, later), 0ms);
}

TEST(RateBucket, LetsALargeRequestThroughAndMakesTheNextOneWaitForAll) {
  const std::chrono::steady_clock::time_point start{1h};
  RateBucket bucket(100, start);

  EXPECT_EQ(bucket.take(1'000, start), 0ms);

  const auto wait = bucket.take(1, start);
  EXPECT_GE(wait, 9'000ms);
  EXPECT_LE(wait, 9'100ms);
  EXPECT_EQ(bucket.take(1, start + wait + 1ms), 0ms);
}

TEST(RateBucket, KeepsItsRateOverManySmallSteps) {
  auto now = std::chrono::steady_clock::time_point(1h);
  RateBucket bucket(7, now);
  int taken = 0;
  for (int i = 0; i < 100'000; ++i) {
    now += 1ms;
    if (bucket.take(1, now) == 0ms) ++taken;
  }
  EXPECT_NEAR(taken, 700 + 7, 1);
}

TEST_F(Quota, RefusesCallsAboveTheRateAndSaysWhenToComeBack) {
  QuotaTable table(limits_, [this] { return now_; });
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(table.begin_call(principal(1)));

  const auto refused = table.begin_call(principal(1));

  ASSERT_FALSE(refused);
  EXPECT_GT(refused.error().retry_after, 0ms);
  now_ += refused.error().retry_after + 100ms;
  EXPECT_TRUE(table.begin_call(principal(1)));
}

TEST_F(Quota, OfOneIdentityDoesNotTouchAnother) {
  QuotaTable table(limits_, [this] { return now_; });
  while (table.begin_call(principal(1))) {
  }

  EXPECT_TRUE(table.begin_call(principal(2)));
}

TEST_F(Quota, CountsCallsAndStreamsThatRunAtOnce) {
  QuotaTable table(limits_, [this] { return now_; });
  std::vector<QuotaTable::Slot> slots;
  for (int i = 0; i < 3; ++i) slots.push_back(std::move(*table.begin_call(principal(1))));
  EXPECT_FALSE(table.begin_call(principal(1)));

  slots.pop_back();

  EXPECT_TRUE(table.begin_call(principal(1)));
  auto stream = table.begin_stream(principal(1));
  EXPECT_TRUE(stream);
  EXPECT_FALSE(table.begin_stream(principal(1)));
  *stream = {};
  EXPECT_TRUE(table.begin_stream(principal(1)));
}

TEST_F(Quota, ChargesBothBytesAndSignaturesOrNeither) {
  QuotaTable table(limits_, [this] { return now_; });
  EXPECT_TRUE(table.charge_envelope(principal(1), 2'000, 1));

  // Bytes are short for a second; refused envelopes must not use up the signatures.
  for (int i = 0; i < 1'000; ++i) EXPECT_FALSE(table.charge_envelope(principal(1), 1, 50));

  now_ += 1'100ms;
  EXPECT_TRUE(table.charge_envelope(principal(1), 1, 100));
  EXPECT_FALSE(table.charge_envelope(principal(1), 1, 1));
}

TEST_F(Quota, UsesTheLimitsOfAListedIdentity) {
  IdentityOverride bulk_sender;
  bulk_sender.pin = principal(1).pin;
  bulk_sender.limits = limits_.participant;
  bulk_sender.limits.calls_per_second = 1'000;
  limits_.identities = {bulk_sender};
  QuotaTable table(limits_, [this] { return now_; });

  for (int i = 0; i < 1'000; ++i) EXPECT_TRUE(table.begin_call(principal(1)));
}

}  // namespace
}  // namespace huangpu::node
