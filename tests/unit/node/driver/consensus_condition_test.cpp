// Who is awaited, and since when.
#include "node/driver/consensus_condition.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/hash/hasher.hpp"
#include "tests/support/stub_crypto.hpp"

namespace huangpu::node {
namespace {

using consensus::EngineStatus;
using consensus::Waiting;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

consensus::EpochRecord epoch_of(const std::vector<std::uint32_t>& weights) {
  std::vector<consensus::Validator> validators;
  for (std::uint16_t i = 0; i < weights.size(); ++i) {
    consensus::Validator validator;
    validator.index = ValidatorIndex{i};
    validator.name = std::string(1, static_cast<char>('A' + i));
    validator.key = test::StubSigner(static_cast<std::uint8_t>(i + 1)).public_key();
    validator.weight = weights[i];
    validator.tls_pin = crypto::sha256(as_bytes(validator.name));
    validators.push_back(std::move(validator));
  }
  consensus::EpochRecord epoch;
  epoch.set = consensus::ValidatorSet::make(std::move(validators)).value();
  return epoch;
}

ConsensusCondition condition(const EngineStatus& status,
                             const std::vector<std::uint32_t>& weights) {
  const consensus::LeaderSchedule leaders(crypto::SuiteId::kEd25519Sha256, {}, weights.size(), 1);
  return consensus_condition(status, epoch_of(weights), leaders, ValidatorIndex{0});
}

EngineStatus waiting_for(Waiting waiting) {
  EngineStatus status;
  status.view = View{812};
  status.waiting = waiting;
  for (std::uint16_t i = 1; i < 4; ++i) status.peers.push_back({ValidatorIndex{i}, false, 0, {}});
  return status;
}

TEST(ConsensusCondition, OneVoteOfTheTwoThatAreMissingWouldDo) {
  EngineStatus status = waiting_for(Waiting::kNotarizeVotes);
  status.notarized_by = {ValidatorIndex{0}, ValidatorIndex{2}};

  const ConsensusCondition found = condition(status, {1, 1, 1, 1});

  EXPECT_THAT(found.awaited, ElementsAre("B", "D"));
  EXPECT_EQ(found.enough, 1u);
  EXPECT_EQ(found.reason, "notarize-votes");
}

TEST(ConsensusCondition, AHeavyValidatorStandsForSeveral) {
  EngineStatus status = waiting_for(Waiting::kNullifyVotes);
  status.nullified_by = {ValidatorIndex{0}};

  EXPECT_EQ(condition(status, {1, 1, 1, 1}).enough, 2u);
  EXPECT_EQ(condition(status, {3, 1, 1, 4}).enough, 1u);
}

TEST(ConsensusCondition, AProposalIsAwaitedFromTheLeaderAlone) {
  EngineStatus status = waiting_for(Waiting::kProposal);
  status.leader = ValidatorIndex{3};

  EXPECT_THAT(condition(status, {1, 1, 1, 1}).awaited, ElementsAre("D"));
}

TEST(ConsensusCondition, ConnectionsAreCountedWithThisNodeItself) {
  EngineStatus status = waiting_for(Waiting::kPeers);
  status.peers[1].connected = true;

  const ConsensusCondition found = condition(status, {1, 1, 1, 1});

  EXPECT_THAT(found.awaited, ElementsAre("B", "D"));
  EXPECT_EQ(found.enough, 1u);
}

TEST(ConsensusCondition, WhatOnlyThisNodeCanEndAwaitsNobody) {
  EXPECT_THAT(condition(waiting_for(Waiting::kDisk), {1, 1, 1, 1}).awaited, IsEmpty());
}

TEST(ProgressClock, CountsFromTheLastStepAndNotThroughIdleness) {
  ProgressClock clock;
  EngineStatus status;
  status.view = View{1};
  status.final_height = Height{5};
  clock.look(status, 1'000);

  EXPECT_EQ(clock.final_ms(61'000), 60'000u);
  status.work = true;  // the idle minute was nobody's fault
  clock.look(status, 61'000);
  EXPECT_EQ(clock.final_ms(64'000), 3'000u);
  EXPECT_EQ(clock.view_ms(64'000), 63'000u);
  status.view = View{2};
  clock.look(status, 64'000);
  EXPECT_EQ(clock.view_ms(64'500), 500u);
  EXPECT_EQ(clock.final_ms(64'500), 3'500u);
  status.final_height = Height{6};
  clock.look(status, 65'000);
  EXPECT_EQ(clock.final_ms(65'000), 0u);
}

}  // namespace
}  // namespace huangpu::node
