#include "ledger/rules/governance.hpp"

#include <algorithm>

#include "ledger/rules/governance_book.hpp"

namespace huangpu::ledger {
namespace {

constexpr std::uint64_t kHourMs = 3'600'000;

// An open proposal, or why there is none to act on.
struct Found {
  ResultCode code = ResultCode::kSettled;
  ProposalValue* proposal = nullptr;
};

Found find_open(TxContext& context, std::uint64_t number) {
  ProposalValue* const proposal = context.governance.find(number);
  if (proposal == nullptr) return {ResultCode::kProposalUnknown, nullptr};
  // One that expires with this block is closed at its end.
  if (proposal->status != ProposalStatus::kOpen || proposal->expires < context.time)
    return {ResultCode::kProposalClosed, nullptr};
  return {ResultCode::kSettled, proposal};
}

void decide(TxContext& context, std::uint64_t number, const ProposalValue& proposal) {
  GovernanceBook& book = context.governance;
  const std::uint32_t needed = book.current().governance.approvals;
  const std::uint32_t approvals = proposal.approvals();
  const auto against = static_cast<std::uint32_t>(proposal.votes.size()) - approvals;
  if (approvals >= needed) {
    ChangeOutcome outcome = judge_change(book.predecessor(), book.base(), proposal.change);
    const bool holds = outcome.code == ResultCode::kSettled;
    if (holds) book.set_pending(std::move(outcome.settings));
    book.close(number, holds ? ProposalStatus::kAccepted : ProposalStatus::kVoid, context.height);
  } else if (against + needed > book.proposals().governors) {
    book.close(number, ProposalStatus::kRejected, context.height);
  }
}

}  // namespace

ChangeOutcome judge_change(const EpochSettings& predecessor, const EpochSettings& base,
                           const GovernanceChange& change) {
  ChangeOutcome outcome = apply_change(base, change);
  if (outcome.code != ResultCode::kSettled) return outcome;
  if (is_small_step(predecessor, outcome.settings)) return outcome;
  return {ResultCode::kChangeTooLarge,
          "more than one validator and more than a third of the weight would change at once; wait "
          "until the pending change is in effect",
          {}};
}

ResultCode apply_propose_change(TxContext& context, const ProposeChange& operation) {
  if (const auto right = check_right(context.actor, Govern{}); right != ResultCode::kSettled)
    return right;
  GovernanceBook& book = context.governance;
  if (book.proposals().open.size() >= kOpenProposalsMax) return ResultCode::kProposalsFull;
  const std::uint64_t hours = book.current().governance.proposal_hours;
  if (operation.expires <= context.time ||
      operation.expires.value() - context.time.value() > hours * kHourMs) {
    return ResultCode::kExpiryOutOfRange;
  }
  if (const auto* add = std::get_if<AddValidator>(&operation.change);
      add != nullptr && !book.has_participant(add->member.participant)) {
    return ResultCode::kParticipantUnknown;
  }
  const ChangeOutcome outcome = judge_change(book.predecessor(), book.base(), operation.change);
  if (outcome.code != ResultCode::kSettled) return outcome.code;
  ProposalValue proposal;
  proposal.proposer = context.actor.participant;
  proposal.proposed = context.height;
  proposal.expires = operation.expires;
  proposal.change = operation.change;
  book.add(std::move(proposal));
  return ResultCode::kSettled;
}

ResultCode apply_vote(TxContext& context, const VoteOnProposal& operation) {
  if (const auto right = check_right(context.actor, Govern{}); right != ResultCode::kSettled)
    return right;
  const Found found = find_open(context, operation.number);
  if (found.proposal == nullptr) return found.code;
  auto& votes = found.proposal->votes;
  if (std::ranges::find(votes, context.actor.participant, &GovernanceVote::participant) !=
      votes.end()) {
    return ResultCode::kVotedBefore;
  }
  votes.push_back({context.actor.participant, operation.approve});
  context.governance.touch(operation.number);
  decide(context, operation.number, *found.proposal);
  return ResultCode::kSettled;
}

ResultCode apply_withdraw(TxContext& context, const WithdrawProposal& operation) {
  if (const auto right = check_right(context.actor, Govern{}); right != ResultCode::kSettled)
    return right;
  const Found found = find_open(context, operation.number);
  if (found.proposal == nullptr) return found.code;
  if (found.proposal->proposer != context.actor.participant) return ResultCode::kNotTheProposer;
  context.governance.close(operation.number, ProposalStatus::kWithdrawn, context.height);
  return ResultCode::kSettled;
}

}  // namespace huangpu::ledger
