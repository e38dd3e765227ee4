#include "ledger/rules/agreements.hpp"

#include <absl/container/flat_hash_map.h>

#include <algorithm>
#include <iterator>

#include "ledger/rules/reserves.hpp"
#include "ledger/rules/settlement_run.hpp"
#include "ledger/types/limits.hpp"

namespace huangpu::ledger {
namespace {

using settlement::Sum;

constexpr ResultCode kProceed = ResultCode::kSettled;
// As for queues: counters above this take nothing, so that no settlement can overflow one.
constexpr Amount kCounterMax = Amount::from_parts(std::uint64_t{1} << 63, 0);

BalanceId debit_of(const SettlementLeg& leg) { return {leg.debit, leg.asset}; }
BalanceId credit_of(const SettlementLeg& leg) { return {leg.credit, leg.asset}; }

// SPEC Q-111: the legs, one after the other.
ResultCode check_leg(Overlay& state, const SettlementLeg& leg) {
  const BalanceSlot& debit = state.get(debit_of(leg));
  const BalanceSlot& credit = state.get(credit_of(leg));
  if (!debit.asset->exists) return ResultCode::kAssetUnknown;
  if (!debit.account->exists) return ResultCode::kDebitAccountUnknown;
  if (!credit.account->exists) return ResultCode::kCreditAccountUnknown;
  if (leg.debit == leg.credit) return ResultCode::kSameAccount;
  if (leg.amount.is_zero()) return ResultCode::kAmountZero;
  if (leg.amount > Amount::from_u64(settlement::kLegAmountMax)) return ResultCode::kAmountOverflow;
  return kProceed;
}

// The parties for whom the actor speaks; the code says why there is none.
struct Speaks {
  ResultCode code = kProceed;
  std::vector<AccountId> parties;  // ascending
};

Speaks speaks_for(PaymentContext& context, const ProposeSettlement& terms) {
  Speaks result;
  for (const AccountId& party : parties_of(terms)) {
    const AccountSlot& account = context.tx.state.get(party);
    const ResultCode right = check_right(context.tx.actor, DebitAccount{account.value});
    if (right == ResultCode::kRoleMissing) return {right, {}};
    if (right == kProceed) result.parties.push_back(party);
  }
  if (result.parties.empty()) result.code = ResultCode::kNotAParty;
  return result;
}

StepEvent step_of(const TxId& settlement, Step step, ResultCode reason) {
  StepEvent event;
  event.subject = settlement;
  event.step = step;
  event.reason = reason;
  return event;
}

StepEvent step_of(const PaymentContext& context, const TxId& settlement, Step step,
                  ResultCode reason) {
  StepEvent event = step_of(settlement, step, reason);
  event.cause = context.txid;
  event.participant = context.tx.actor.participant;
  return event;
}

// All credits, then all debits: each position is tested net, each leg is booked gross.
void book_legs(Overlay& state, const SettlementBook& book, const ProposeSettlement& terms,
               std::uint32_t index, std::uint32_t record) {
  HistoryEntry line;
  line.height = book.height();
  line.index = index;
  line.end_to_end = terms.end_to_end;
  line.purpose = terms.purpose;
  const auto book_side = [&](EntryKind kind) {
    line.kind = kind;
    line.record = record;
    for (const SettlementLeg& leg : terms.legs) {
      const bool debit = kind == EntryKind::kDebit;
      line.amount = leg.amount;
      line.counterparty = debit ? leg.credit : leg.debit;
      state.post(state.get(debit ? debit_of(leg) : credit_of(leg)), line);
      ++line.record;
    }
  };
  book_side(EntryKind::kCredit);
  book_side(EntryKind::kDebit);
}

// With its new approvals: settles, waits for funds or waits for more approvals. `is_new` when the
// book does not have it yet.
ResultCode go_on(PaymentContext& context, OpenSettlement settlement, bool is_new) {
  SettlementBook& book = context.book;
  Overlay& state = context.tx.state;
  const TxId id = settlement.id;
  const auto keep = [&](const StepEvent& event) {
    book.record(event);
    if (is_new) {
      book.settlements().add(std::move(settlement));
    } else {
      book.settlements().replace(std::move(settlement));
    }
  };
  if (!settlement.complete()) {
    keep(step_of(context, id, is_new ? Step::kProposed : Step::kApproved,
                 ResultCode::kApprovalsMissing));
    return ResultCode::kApprovalsMissing;
  }
  const auto lacking = lacking_legs(state, settlement.terms.legs);
  if (!lacking.empty()) {
    if (book.settlements().complete().size() >= kApprovedSettlementsMax)
      return ResultCode::kSettlementsFull;
    StepEvent event = step_of(context, id, Step::kComplete, ResultCode::kFundsMissing);
    event.lacking_leg = static_cast<std::uint32_t>(lacking.front()) + 1;
    keep(event);
    return ResultCode::kFundsMissing;
  }
  book_legs(state, book, settlement.terms, context.tx.index, 0);
  StepEvent event = step_of(context, id, Step::kSettled, ResultCode::kSettled);
  event.batch = book.next_batch();
  book.record(event);
  book.count_settled(settlement.terms.legs.size());
  if (!is_new) book.settlements().remove(id);
  return ResultCode::kSettled;
}

// Where an approved settlement stands among those that wait: by its proposal.
struct Place {
  Height height;
  std::uint32_t index = 0;
  TxId id;
  friend auto operator<=>(const Place&, const Place&) = default;
};

// What approve, withdraw and cancel check first (SPEC Q-112).
struct Found {
  ResultCode code = kProceed;
  const OpenSettlement* settlement = nullptr;
};

Found find_open(PaymentContext& context, const TxId& id) {
  const OpenSettlement* const found = context.book.settlements().find(id);
  if (found == nullptr) return {ResultCode::kSettlementUnknown, nullptr};
  if (found->terms.expires < context.tx.time) return {ResultCode::kSettlementExpired, nullptr};
  return {kProceed, found};
}

}  // namespace

std::vector<std::size_t> lacking_legs(Overlay& state, const std::vector<SettlementLeg>& legs) {
  absl::flat_hash_map<BalanceId, Sum> left;  // looked up only
  const auto funds = [&](const BalanceId& id) -> Sum& {
    const auto [place, added] = left.try_emplace(id, 0);
    if (added) place->second = settlement::as_sum(state.get(id).value.available());
    return place->second;
  };
  for (const SettlementLeg& leg : legs) funds(credit_of(leg)) += settlement::as_sum(leg.amount);
  std::vector<std::size_t> lacking;
  for (std::size_t i = 0; i < legs.size(); ++i) {
    Sum& rest = funds(debit_of(legs[i]));
    rest -= settlement::as_sum(legs[i].amount);
    const bool full = state.get(credit_of(legs[i])).value.credits_posted > kCounterMax;
    if (rest < 0 || full) lacking.push_back(i);
  }
  return lacking;
}

ResultCode apply_payment_operation(PaymentContext& context, const ProposeSettlement& op) {
  for (const SettlementLeg& leg : op.legs) {
    if (const auto code = check_leg(context.tx.state, leg); code != kProceed) return code;
  }
  Speaks speaks = speaks_for(context, op);
  if (speaks.code != kProceed) return speaks.code;
  if (const auto code = check_expiry(op.expires, context.tx.time); code != kProceed) return code;
  const ParticipantId proposer = context.tx.actor.participant;
  if (context.book.settlements().open() >= kOpenSettlementsMax ||
      context.book.settlements().open_of(proposer) >= kOpenSettlementsPerParticipantMax) {
    return ResultCode::kSettlementsFull;
  }
  return go_on(context,
               OpenSettlement{context.txid, proposer, context.tx.height, context.tx.index, op,
                              std::move(speaks.parties)},
               true);
}

ResultCode apply_payment_operation(PaymentContext& context, const ApproveSettlement& op) {
  const auto found = find_open(context, op.settlement);
  if (found.code != kProceed) return found.code;
  const Speaks speaks = speaks_for(context, found.settlement->terms);
  if (speaks.code != kProceed) return speaks.code;
  OpenSettlement settlement = *found.settlement;
  settlement.approved.clear();
  std::ranges::set_union(found.settlement->approved, speaks.parties,
                         std::back_inserter(settlement.approved));
  if (settlement.approved.size() == found.settlement->approved.size()) {
    return ResultCode::kApprovedBefore;
  }
  return go_on(context, std::move(settlement), false);
}

ResultCode apply_payment_operation(PaymentContext& context, const WithdrawApproval& op) {
  const auto found = find_open(context, op.settlement);
  if (found.code != kProceed) return found.code;
  const Speaks speaks = speaks_for(context, found.settlement->terms);
  if (speaks.code != kProceed) return speaks.code;
  if (found.settlement->complete()) return ResultCode::kSettlementComplete;
  OpenSettlement settlement = *found.settlement;
  settlement.approved.clear();
  std::ranges::set_difference(found.settlement->approved, speaks.parties,
                              std::back_inserter(settlement.approved));
  if (settlement.approved.size() == found.settlement->approved.size()) {
    return ResultCode::kNotApproved;
  }
  context.book.record(
      step_of(context, op.settlement, Step::kApprovalWithdrawn, ResultCode::kApprovalsMissing));
  context.book.settlements().replace(std::move(settlement));
  return ResultCode::kSettled;
}

ResultCode apply_payment_operation(PaymentContext& context, const CancelSettlement& op) {
  const auto found = find_open(context, op.settlement);
  if (found.code != kProceed) return found.code;
  if (found.settlement->participant != context.tx.actor.participant) {
    const Speaks speaks = speaks_for(context, found.settlement->terms);
    if (speaks.code != kProceed) return speaks.code;
  }
  if (found.settlement->complete()) return ResultCode::kSettlementComplete;
  context.book.record(
      step_of(context, op.settlement, Step::kCancelled, ResultCode::kSettlementCancelled));
  context.book.settlements().remove(op.settlement);
  return ResultCode::kSettled;
}

void touch_payment_operation(Overlay& state, const ProposeSettlement& op) {
  for (const SettlementLeg& leg : op.legs) {
    state.touch(debit_of(leg));
    state.touch(credit_of(leg));
  }
}

void expire_settlements(SettlementBook& book) {
  OpenSettlementBook& settlements = book.settlements();
  for (std::size_t acts = 0; acts < kExpiriesPerBlock; ++acts) {
    const OpenSettlement* const expired = settlements.first_expired(book.time());
    if (expired == nullptr) return;
    const TxId id = expired->id;
    book.record(step_of(id, Step::kSettlementExpired, ResultCode::kSettlementExpired));
    settlements.remove(id);
  }
}

std::uint32_t settle_approved(Overlay& state, SettlementBook& book, std::uint32_t record) {
  std::vector<Place> waiting;  // oldest proposal first
  for (const TxId& id : book.settlements().complete()) {
    const OpenSettlement& settlement = *book.settlements().find(id);
    if (settlement.terms.expires < book.time()) continue;
    waiting.push_back({settlement.height, settlement.index, id});
    touch_payment_operation(state, settlement.terms);
  }
  if (waiting.empty()) return record;
  std::ranges::sort(waiting);
  state.load_touched({});
  for (std::size_t round = 0; round < kApprovedRoundsMax; ++round) {
    const auto settled = std::erase_if(waiting, [&](const Place& place) {
      const OpenSettlement& settlement = *book.settlements().find(place.id);
      if (!lacking_legs(state, settlement.terms.legs).empty()) return false;
      book_legs(state, book, settlement.terms, kBlockIndex, record);
      const std::size_t legs = settlement.terms.legs.size();
      record += static_cast<std::uint32_t>(legs);
      StepEvent event = step_of(place.id, Step::kSettled, ResultCode::kSettled);
      event.batch = book.next_batch();
      book.record(event);
      book.count_settled(legs);
      book.settlements().remove(place.id);
      return true;
    });
    if (settled == 0) break;
  }
  return record;
}

}  // namespace huangpu::ledger
