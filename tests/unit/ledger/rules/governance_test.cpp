// Proposals, votes and the change of epochs as the ledger sees it (SPEC L-116..L-127).
#include "ledger/rules/governance.hpp"

#include <algorithm>

#include "tests/support/ledger_matchers.hpp"
#include "tests/support/ledger_world.hpp"
#include "tests/support/unusable_keys.hpp"

namespace huangpu::ledger::test {
namespace {

constexpr std::uint64_t kHourMs = 3'600'000;

// Four validators, three governors of whom two must approve, an announcement two heights ahead.
World council(std::uint32_t lag = 2) {
  ConsensusSettings consensus;
  consensus.finality_lag_blocks = lag;
  return WorldBuilder{}
      .participant("alpha", {Role::kParticipant, Role::kGovernor})
      .participant("beta", {Role::kParticipant, Role::kGovernor})
      .participant("gamma", {Role::kGovernor})
      .bank("delta")
      .validators(4)
      .consensus(consensus)
      .governance({2, 24})
      .build();
}

ProposeChange proposal(const World& world, GovernanceChange change) {
  return {TimestampMs(world.next_time().value() + kHourMs), std::move(change)};
}

UpdateValidator new_key(const std::string& name, std::uint8_t number) {
  UpdateValidator change;
  change.name = name;
  change.key = World::fresh_key(number);
  return change;
}

AddValidator newcomer(const std::string& name, std::uint8_t number) {
  AddValidator add;
  add.member.name = name;
  add.member.participant = ParticipantId(1);
  add.member.key = World::fresh_key(number);
  add.member.tls_pin = crypto::Digest::from(Bytes(32, number));
  return add;
}

// The change is approved by two governors.
void accept(World& world, GovernanceChange change) {
  EXPECT_THAT(world.apply("alpha", proposal(world, std::move(change))), Settled());
  const auto stored = world.state().get(proposals_key());
  const std::uint64_t number = ProposalsValue::decode(*stored)->made;
  EXPECT_THAT(world.apply("alpha", VoteOnProposal{number, true}), Settled());
  EXPECT_EQ(world.proposal(number).status, ProposalStatus::kOpen);
  EXPECT_THAT(world.apply("beta", VoteOnProposal{number, true}), Settled());
  EXPECT_EQ(world.proposal(number).status, ProposalStatus::kAccepted);
}

TEST(Governance, IsForGovernorsOnly) {
  auto world = council();
  EXPECT_THAT(world.apply("delta", proposal(world, RemoveValidator{"v0"})),
              RefusedWith(ResultCode::kRoleMissing));
  EXPECT_THAT(world.apply("delta", VoteOnProposal{1, true}), RefusedWith(ResultCode::kRoleMissing));
  EXPECT_THAT(world.apply("delta", WithdrawProposal{1}), RefusedWith(ResultCode::kRoleMissing));
}

TEST(Governance, ProposingIsNotApproving) {
  auto world = council();
  EXPECT_THAT(world.apply("alpha", proposal(world, RemoveValidator{"v0"})), Settled());
  EXPECT_TRUE(world.proposal(1).votes.empty());
  EXPECT_THAT(world.apply("alpha", VoteOnProposal{1, true}), Settled());
  EXPECT_FALSE(world.epochs().pending.has_value());
}

TEST(Governance, CountsEachGovernorOnce) {
  auto world = council();
  world.apply("alpha", proposal(world, RemoveValidator{"v0"}));
  EXPECT_THAT(world.apply("alpha", VoteOnProposal{1, true}), Settled());
  EXPECT_THAT(world.apply("alpha", VoteOnProposal{1, true}), RefusedWith(ResultCode::kVotedBefore));
  EXPECT_THAT(world.apply("alpha", VoteOnProposal{1, false}),
              RefusedWith(ResultCode::kVotedBefore));
}

TEST(Governance, ClosesAProposalThatCannotBeAcceptedAnyMore) {
  auto world = council();
  world.apply("alpha", proposal(world, RemoveValidator{"v0"}));
  world.apply("beta", VoteOnProposal{1, false});
  EXPECT_EQ(world.proposal(1).status, ProposalStatus::kOpen);
  world.apply("gamma", VoteOnProposal{1, false});
  EXPECT_EQ(world.proposal(1).status, ProposalStatus::kRejected);
  EXPECT_THAT(world.apply("alpha", VoteOnProposal{1, true}),
              RefusedWith(ResultCode::kProposalClosed));
}

TEST(Governance, OnlyTheProposerWithdraws) {
  auto world = council();
  world.apply("alpha", proposal(world, RemoveValidator{"v0"}));
  EXPECT_THAT(world.apply("beta", WithdrawProposal{1}), RefusedWith(ResultCode::kNotTheProposer));
  EXPECT_THAT(world.apply("alpha", WithdrawProposal{1}), Settled());
  EXPECT_EQ(world.proposal(1).status, ProposalStatus::kWithdrawn);
  EXPECT_THAT(world.apply("alpha", WithdrawProposal{1}), RefusedWith(ResultCode::kProposalClosed));
  EXPECT_THAT(world.apply("alpha", WithdrawProposal{2}), RefusedWith(ResultCode::kProposalUnknown));
}

TEST(Governance, ForgetsWhatExpired) {
  auto world = council();
  const auto change = proposal(world, RemoveValidator{"v0"});
  world.apply("alpha", change);
  world.set_next_time(TimestampMs(change.expires.value() + 1));
  EXPECT_THAT(world.apply("beta", VoteOnProposal{1, true}),
              RefusedWith(ResultCode::kProposalClosed));
  EXPECT_EQ(world.proposal(1).status, ProposalStatus::kExpired);
  EXPECT_TRUE(ProposalsValue::decode(*world.state().get(proposals_key()))->open.empty());
}

TEST(Governance, BoundsExpiryAndTheNumberOfOpenProposals) {
  auto world = council();
  ProposeChange late = proposal(world, RemoveValidator{"v0"});
  late.expires = TimestampMs(world.next_time().value() + 24 * kHourMs + 1);
  EXPECT_THAT(world.apply("alpha", late), RefusedWith(ResultCode::kExpiryOutOfRange));
  late.expires = world.next_time();
  EXPECT_THAT(world.apply("alpha", late), RefusedWith(ResultCode::kExpiryOutOfRange));
  for (std::size_t i = 0; i < kOpenProposalsMax; ++i)
    EXPECT_THAT(world.apply("alpha", proposal(world, RemoveValidator{"v0"})), Settled());
  EXPECT_THAT(world.apply("alpha", proposal(world, RemoveValidator{"v0"})),
              RefusedWith(ResultCode::kProposalsFull));
}

TEST(Governance, RefusesWhatNoEpochMayHave) {
  auto world = council();
  const auto refused = [&](GovernanceChange change) {
    return world.apply("alpha", proposal(world, std::move(change))).code;
  };
  EXPECT_EQ(refused(RemoveValidator{"v9"}), ResultCode::kValidatorUnknown);
  EXPECT_EQ(refused(newcomer("v0", 40)), ResultCode::kValidatorExists);
  AddValidator stranger = newcomer("v4", 40);
  stranger.member.participant = ParticipantId(77);
  EXPECT_EQ(refused(stranger), ResultCode::kParticipantUnknown);
  AddValidator same_key = newcomer("v4", 40);
  same_key.member.key = world.settings().members[0].key;
  EXPECT_EQ(refused(same_key), ResultCode::kValidatorKeyUnusable);
  for (const auto& unusable : huangpu::test::kUnusableKeys) {
    const auto key = crypto::PublicKey::parse(unusable.text);
    if (!key) continue;  // it never becomes a value
    AddValidator mixed = newcomer("v4", 40);
    mixed.member.key = *key;
    EXPECT_EQ(refused(mixed), ResultCode::kValidatorKeyUnusable) << unusable.what;
  }
  AddValidator same_pin = newcomer("v4", 40);
  same_pin.member.tls_pin = world.settings().members[0].tls_pin;
  EXPECT_EQ(refused(same_pin), ResultCode::kTransportPinUnusable);
  UpdateValidator heavy;
  heavy.name = "v0";
  heavy.weight = kMemberWeightMax + 1;
  EXPECT_EQ(refused(heavy), ResultCode::kChangeOutOfBounds);
  EXPECT_EQ(refused(ActivateRevision{kRevisionMax + 1}), ResultCode::kRevisionUnknown);
  SetParameters parameters;
  parameters.consensus.view_window = 0;
  EXPECT_EQ(refused(parameters), ResultCode::kChangeOutOfBounds);
  parameters = {};
  parameters.ledger.reference_days = 60;
  EXPECT_EQ(refused(parameters), ResultCode::kChangeOutOfBounds);
}

TEST(Governance, ChangesOneMemberPerEpoch) {
  auto world = council();
  accept(world, new_key("v0", 40));
  EXPECT_THAT(world.apply("alpha", proposal(world, RemoveValidator{"v1"})),
              RefusedWith(ResultCode::kChangeTooLarge));
  // The same member may change again, and what is no vote may change beside it.
  EXPECT_THAT(world.apply("alpha", proposal(world, new_key("v0", 41))), Settled());
  UpdateValidator pin;
  pin.name = "v1";
  pin.tls_pin = crypto::Digest::from(Bytes(32, 99));
  EXPECT_THAT(world.apply("alpha", proposal(world, pin)), Settled());
}

TEST(Governance, VoidsAnApprovedChangeThatAnotherMadeImpossible) {
  auto world = council();
  world.apply("alpha", proposal(world, RemoveValidator{"v0"}));
  accept(world, new_key("v1", 40));
  world.apply("alpha", VoteOnProposal{1, true});
  EXPECT_THAT(world.apply("beta", VoteOnProposal{1, true}), Settled());
  EXPECT_EQ(world.proposal(1).status, ProposalStatus::kVoid);
  EXPECT_NE(world.epochs().pending->find("v0"), nullptr);
}

TEST(Epochs, WaitForAQuorumThatIsReady) {
  auto world = council();
  accept(world, new_key("v0", 40));
  world.set_ready({"v0", "v1"});
  world.block({});
  EXPECT_FALSE(world.epochs().announced.has_value());
  world.set_ready({"v2", "v2", "nobody"});
  world.block({});
  ASSERT_TRUE(world.epochs().announced.has_value());
  EXPECT_EQ(world.epochs().announced->end_at.value(), world.height().value() + 2);
}

TEST(Epochs, WaitForTheHolderOfANewKeyAndForNewcomers) {
  auto world = council();
  accept(world, newcomer("v4", 40));
  world.set_ready({"v0", "v1", "v2", "v3"});  // a quorum without the one it is about
  world.block({});
  EXPECT_FALSE(world.epochs().announced.has_value());
  world.set_ready({"v4"});
  world.block({});
  EXPECT_TRUE(world.epochs().announced.has_value());
}

TEST(Epochs, AFurtherChangeVoidsEarlierReadiness) {
  auto world = council();
  accept(world, new_key("v0", 40));
  world.set_ready({"v0", "v1"});
  world.block({});
  accept(world, new_key("v0", 41));
  EXPECT_TRUE(world.epochs().ready.empty());
}

TEST(Epochs, BeginWhenTheAnnouncedBoundaryIsExecuted) {
  auto world = council();
  const EpochSettings before = world.settings();
  accept(world, RemoveValidator{"v3"});
  world.set_ready({"v0", "v1", "v2"});
  world.block({});
  world.block({});
  EXPECT_EQ(world.settings(), before);
  EXPECT_EQ(world.epochs().current, Epoch(1));
  world.block({});
  EXPECT_EQ(world.epochs().current, Epoch(2));
  EXPECT_EQ(world.epochs().start, world.height());
  EXPECT_EQ(world.settings().members.size(), 3U);
  const auto stored = EpochValue::decode(*world.state().get(epoch_key(Epoch(2))));
  EXPECT_EQ(*stored, (EpochValue{world.height(), world.settings()}));
  EXPECT_TRUE(world.state().get(epoch_key(Epoch(1))).has_value());
  world.block({});  // of the new epoch
}

TEST(Epochs, WhatIsAcceptedAfterAnAnnouncementIsForTheEpochAfterIt) {
  auto world = council(8);
  accept(world, new_key("v0", 40));
  world.set_ready({"v0", "v1", "v2"});
  world.block({});
  const Announcement frozen = *world.epochs().announced;
  accept(world, RemoveValidator{"v1"});
  EXPECT_EQ(*world.epochs().announced, frozen);
  EXPECT_EQ(world.epochs().pending->members.size(), 3U);
  EXPECT_EQ(world.epochs().pending->find("v0")->key, World::fresh_key(40));
}

TEST(Epochs, NewLedgerSettingsHoldFromTheNewEpochOn) {
  auto world = council(1);
  SetParameters parameters;
  parameters.consensus = world.settings().consensus;
  parameters.ledger = {60, 30};
  parameters.governance = {1, 24};
  accept(world, parameters);
  world.set_ready({"v0", "v1", "v2"});
  world.block({});
  EXPECT_EQ(world.settings().ledger.replay_window_seconds, 120U);
  world.block({});
  EXPECT_EQ(world.settings().ledger.replay_window_seconds, 60U);
  const TimestampMs until(world.next_time().value() + 61'000);
  EXPECT_THAT(world.apply("alpha", OpenAccounts{1, 1},
                          Submission{.valid_from = world.next_time(), .valid_until = until}),
              RefusedWith(ResultCode::kTooFarAhead));
}

TEST(Epochs, SurviveARestartInTheMiddle) {
  auto world = council();
  accept(world, new_key("v0", 40));
  world.set_ready({"v0", "v1", "v2"});
  world.block({});
  world.reopen();
  world.block({});
  world.reopen();
  world.block({});
  EXPECT_EQ(world.epochs().current, Epoch(2));
  EXPECT_EQ(world.settings().find("v0")->key, World::fresh_key(40));
}

TEST(Epochs, ABlockThatFailsLeavesNoTrace) {
  auto world = council();
  accept(world, new_key("v0", 40));
  const EpochsValue before = world.epochs();
  world.set_ready({"v0", "v1", "v2"});
  world.state().set_health(fail(Errc::kIo, "the disk is gone"));
  EXPECT_FALSE(world.try_block({}).has_value());
  world.state().set_health({});
  EXPECT_EQ(world.epochs(), before);
}

}  // namespace
}  // namespace huangpu::ledger::test
