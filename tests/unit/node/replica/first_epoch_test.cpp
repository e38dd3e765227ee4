#include "node/replica/first_epoch.hpp"

#include <gtest/gtest.h>

#include "tests/support/ledger_world.hpp"

namespace huangpu::node {
namespace {

TEST(FirstEpoch, TakesValidatorsAndParametersFromGenesis) {
  ledger::Genesis genesis = ledger::test::two_banks().genesis();
  genesis.consensus.finality_lag_blocks = 5;
  genesis.consensus.lane_unordered_max = 17;
  genesis.consensus.cut_batches_max = 16;
  const auto epoch = first_epoch(genesis);
  ASSERT_TRUE(epoch.has_value()) << epoch.error().message;
  ASSERT_EQ(epoch->set.size(), 1U);
  EXPECT_EQ(epoch->set.at(ValidatorIndex{0}).key, genesis.validators[0].key);
  EXPECT_EQ(epoch->parameters.lag_blocks, 5U);
  EXPECT_EQ(epoch->parameters.lane_batches_max, 17U);
}

TEST(FirstEpoch, RefusesParametersThatContradictEachOther) {
  ledger::Genesis genesis = ledger::test::two_banks().genesis();
  genesis.consensus.finality_lag_blocks = 0;
  EXPECT_FALSE(first_epoch(genesis).has_value());
}

TEST(FirstEpoch, SealsNoMoreThanABatchMayHold) {
  ledger::Genesis genesis = ledger::test::two_banks().genesis();
  genesis.consensus.batch_bytes_max = 100'000;
  genesis.consensus.batch_envelopes_max = 9;
  const SealPolicy policy = seal_policy(genesis.consensus, first_epoch(genesis).value().parameters);
  EXPECT_EQ(policy.batch_bytes_max, 100'000U);
  EXPECT_LE(policy.batch_bytes, policy.batch_bytes_max);
  EXPECT_EQ(policy.batch_envelopes_max, 9U);
}

}  // namespace
}  // namespace huangpu::node
