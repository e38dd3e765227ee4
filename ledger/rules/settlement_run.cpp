#include "ledger/rules/settlement_run.hpp"

#include <algorithm>
#include <map>

#include "crypto/base/assert.hpp"
#include "crypto/base/codec.hpp"
#include "crypto/hash/domain.hpp"
#include "crypto/hash/hasher.hpp"
#include "ledger/rules/agreements.hpp"
#include "ledger/rules/reserves.hpp"

namespace huangpu::ledger {
namespace {

using settlement::as_sum;
using settlement::kNone;
using settlement::Sum;

// Counters above this take nothing from queues, so that no batch can overflow one (SPEC Q-24).
constexpr Amount kCounterMax = Amount::from_parts(std::uint64_t{1} << 63, 0);

BalanceId debit_of(const Payment& payment) { return {payment.debit, payment.asset}; }
BalanceId credit_of(const Payment& payment) { return {payment.credit, payment.asset}; }

Amount least(Amount a, Amount b) { return a < b ? a : b; }

Amount sum(Amount a, Amount b) {
  const auto result = a.checked_add(b);
  HP_ASSERT(result.has_value(), "a counter of settlement overflowed");
  return *result;
}

Amount difference(Amount a, Amount b) { return a.checked_sub(b).value_or(Amount::zero()); }

Sum headroom(Amount limit, const LimitUse& use) {
  return as_sum(limit) + as_sum(use.received) - as_sum(use.paid);
}

// H over the ids of a batch, and over what each position paid or received net.
void digest_batch(const PaymentProblem& problem, const settlement::Batch& batch,
                  crypto::SuiteId suite, BatchEvent& event) {
  Writer set(32 * batch.settled.size() + 16);
  set.tag(crypto::domain::kBatchSet);
  std::map<Bytes, Sum> nets;
  for (const std::uint32_t item : batch.settled) {
    const WaitingPayment& payment = problem.payment(item);
    set.raw(payment.id.bytes());
    const Sum amount = as_sum(payment.payment.amount);
    nets[liquidity_key(payment.payment.debit, payment.payment.asset)] -= amount;
    nets[liquidity_key(payment.payment.credit, payment.payment.asset)] += amount;
  }
  Writer net(64 * nets.size() + 16);
  net.tag(crypto::domain::kBatchNets);
  for (const auto& [key, amount] : nets) {
    const Sum size = amount < 0 ? -amount : amount;
    net.raw(ByteView(key).subspan(1))
        .u8(amount < 0 ? 1 : 0)
        .u128(Amount::from_parts(static_cast<std::uint64_t>(size >> 64),
                                 static_cast<std::uint64_t>(size)));
  }
  event.set = crypto::hash(suite, set.view());
  event.nets = crypto::hash(suite, net.view());
}

}  // namespace

settlement::Sum liquidity_of(const BalanceSlot& slot, const LiquidityValue& value) {
  const bool may_draw =
      slot.asset->value.issued <= kCounterMax && slot.value.credits_posted <= kCounterMax;
  return as_sum(slot.value.available()) + (may_draw ? as_sum(value.credit_line) : Sum{0}) -
         as_sum(value.drawn);
}

// --- the problem ---

std::uint32_t PaymentProblem::position(const BalanceId& id) {
  const auto [place, added] = positions_.try_emplace(id, 0);
  if (added) {
    const LiquidityValue value = book_.liquidity(id);
    place->second = problem_.add_position(settlement::Position{
        liquidity_of(state_.get(id), value),
        as_sum(difference(value.reserved_highly_urgent, value.used_highly_urgent)),
        as_sum(difference(value.reserved_urgent, value.used_urgent))});
  }
  return place->second;
}

std::uint32_t PaymentProblem::limit(const BalanceId& owner, const AccountId& counterparty) {
  if (const auto limit = book_.bilateral(owner, counterparty)) {
    const auto [place, added] = bilateral_.try_emplace({owner, counterparty}, 0);
    if (added) {
      place->second = problem_.add_limit({position(owner), headroom(limit->limit, limit->use)});
    }
    return place->second;
  }
  const LiquidityValue value = book_.liquidity(owner);
  if (!value.limit) return kNone;
  const auto [place, added] = multilateral_.try_emplace(owner, 0);
  if (added) {
    place->second = problem_.add_limit({position(owner), headroom(*value.limit, value.use)});
  }
  return place->second;
}

bool PaymentProblem::add(const WaitingPayment& waiting) {
  const Payment& payment = waiting.payment;
  const BalanceId debit = debit_of(payment);
  const BalanceId credit = credit_of(payment);
  if (book_.overdue(waiting) || state_.get(credit).value.credits_posted > kCounterMax) return false;
  const bool limited = payment.priority == PriorityClass::kNormal;
  const auto amount = static_cast<std::int64_t>(payment.amount.lo());
  const settlement::Leg legs[] = {
      {position(debit), -amount, limited ? limit(debit, payment.credit) : kNone},
      {position(credit), amount, limited ? limit(credit, payment.debit) : kNone}};
  problem_.add_item(payment.priority, legs);
  payments_.push_back(&waiting);
  return true;
}

// --- booking ---

void Settler::draw(BalanceSlot& slot, Amount needed, const SettlementCause& cause,
                   std::uint32_t record) {
  const Amount missing = difference(needed, slot.value.available());
  if (missing.is_zero()) return;
  LiquidityValue value = book_.liquidity(slot.id);
  value.drawn = sum(value.drawn, missing);
  HP_ASSERT(value.drawn <= value.credit_line, "a payment settled beyond the credit line");
  book_.set_liquidity(slot.id, value);
  AssetValue& asset = state_.change(*slot.asset);
  asset.issued = sum(asset.issued, missing);
  HistoryEntry line;
  line.height = book_.height();
  line.index = cause.index;
  line.record = record;
  line.kind = EntryKind::kIssued;
  line.amount = missing;
  state_.post(slot, line);
}

void Settler::note_use(const WaitingPayment& waiting) {
  const Payment& payment = waiting.payment;
  const BalanceId debit = debit_of(payment);
  const BalanceId credit = credit_of(payment);
  LiquidityValue own = book_.liquidity(debit);
  if (payment.priority == PriorityClass::kHighlyUrgent) {
    own.used_highly_urgent =
        sum(own.used_highly_urgent,
            least(payment.amount, difference(own.reserved_highly_urgent, own.used_highly_urgent)));
  }
  if (payment.priority == PriorityClass::kUrgent) {
    own.used_urgent = sum(own.used_urgent,
                          least(payment.amount, difference(own.reserved_urgent, own.used_urgent)));
  }
  if (payment.priority == PriorityClass::kNormal) {
    if (auto limit = book_.bilateral(debit, payment.credit)) {
      limit->use.paid = sum(limit->use.paid, payment.amount);
      book_.set_bilateral(debit, payment.credit, limit);
    } else if (own.limit) {
      own.use.paid = sum(own.use.paid, payment.amount);
    }
    if (auto limit = book_.bilateral(credit, payment.debit)) {
      limit->use.received = sum(limit->use.received, payment.amount);
      book_.set_bilateral(credit, payment.debit, limit);
    } else if (LiquidityValue other = book_.liquidity(credit); other.limit) {
      other.use.received = sum(other.use.received, payment.amount);
      book_.set_liquidity(credit, other);
    }
  }
  if (!own.is_default()) book_.set_liquidity(debit, own);
}

void Settler::settle(std::span<const WaitingPayment* const> payments, const SettlementCause& cause,
                     std::uint32_t record) {
  HistoryEntry line;
  line.height = book_.height();
  line.index = cause.index;
  const auto fill = [&line](const Payment& payment, const AccountId& counterparty) {
    line.amount = payment.amount;
    line.counterparty = counterparty;
    line.end_to_end = payment.end_to_end;
    line.purpose = payment.purpose;
  };
  line.kind = EntryKind::kCredit;
  line.record = record;
  for (const WaitingPayment* waiting : payments) {
    fill(waiting->payment, waiting->payment.debit);
    state_.post(state_.get(credit_of(waiting->payment)), line);
    ++line.record;
  }
  line.kind = EntryKind::kDebit;
  line.record = record;
  for (const WaitingPayment* waiting : payments) {
    BalanceSlot& slot = state_.get(debit_of(waiting->payment));
    draw(slot, waiting->payment.amount, cause, line.record);
    fill(waiting->payment, waiting->payment.credit);
    state_.post(slot, line);
    note_use(*waiting);
    ++line.record;
  }
}

void Settler::settle_batch(const PaymentProblem& problem, const settlement::Batch& batch,
                           const SettlementCause& cause) {
  std::vector<const WaitingPayment*> payments;
  payments.reserve(batch.settled.size());
  for (const std::uint32_t item : batch.settled) payments.push_back(&problem.payment(item));
  settle(payments, cause, record_);
  record_ += static_cast<std::uint32_t>(payments.size());
  BatchEvent event;
  event.batch = book_.next_batch();
  event.height = book_.height();
  event.stage = batch.stage;
  event.payments = static_cast<std::uint32_t>(payments.size());
  event.steps = batch.steps;
  digest_batch(problem, batch, book_.suite(), event);
  book_.record(event);
  for (const WaitingPayment* payment : payments) {
    // An offset settles one payment that waits with one that never did.
    if (book_.find(payment->id) == nullptr) continue;
    book_.mark(credit_of(payment->payment));
    book_.remove(payment->id, PaymentStatus::kSettled, ResultCode::kSettled, cause.transaction,
                 event.batch);
  }
}

// --- blocks ---

void Settler::begin_block() {
  for (std::size_t acts = 0; acts < kDuePaymentsPerBlock; ++acts) {
    const auto due = book_.next_due();
    if (!due) break;
    if (due->reason == ResultCode::kQueued) {
      book_.set_status(due->payment, PaymentStatus::kQueued, TxId());
    } else {
      book_.remove(due->payment, PaymentStatus::kRejected, due->reason, TxId(), 0);
    }
  }
  expire_reserves(state_, book_);
  expire_settlements(book_);
}

void Settler::end_block() {
  record_ = settle_approved(state_, book_, record_);
  if (book_.active() != 0) {
    const bool moved = mark_changed_balances();
    const bool changed = settle_heads() || moved;
    ResolutionValue resolution = book_.resolution();
    resolution.dirty = (resolution.dirty || changed) && book_.active() != 0;
    book_.set_resolution(resolution);
    if (run_is_due()) run();
  }
  repay();
}

// True when a position with a queue changed. Only heads that could pay alone are worth a closer
// look: this runs for every balance of every block.
bool Settler::mark_changed_balances() {
  bool any = false;
  for (const BalanceSlot* slot : state_.changed_balances()) {
    const WaitingPayment* head = book_.head(slot->id);
    if (head == nullptr) continue;
    any = true;
    const Sum liquidity = liquidity_of(*slot, book_.liquidity(slot->id));
    if (liquidity >= as_sum(head->payment.amount)) book_.mark(slot->id);
  }
  return any;
}

// True when there was anything to try: what did not fit alone may settle with others.
bool Settler::settle_heads() {
  bool any = false;
  std::size_t room = kHeadsPerBlock;
  for (auto marked = book_.take_marked(); !marked.empty(); marked = book_.take_marked()) {
    any = true;
    for (const BalanceId& position : marked) {
      room -= settle_queue(position, room);
      if (room == 0) book_.carry(position);
    }
  }
  return any;
}

// From the head on, one at a time, what fits alone. Returns how many settled.
std::size_t Settler::settle_queue(const BalanceId& position, std::size_t payments_max) {
  std::size_t settled = 0;
  while (settled < payments_max) {
    const WaitingPayment* head = book_.head(position);
    if (head == nullptr) break;
    PaymentProblem problem(state_, book_);
    if (!problem.add(*head) || !problem.problem().fits(0)) break;
    settle_batch(problem, settlement::Batch{settlement::Stage::kFifo, {0}, 1}, SettlementCause{});
    ++settled;
  }
  return settled;
}

bool Settler::run_is_due() const {
  if (book_.run_requested()) return true;
  const ResolutionValue& last = book_.resolution();
  if (!last.dirty) return false;
  const std::uint64_t active = book_.active();
  const std::uint64_t blocks = book_.height().value() - last.last_run.value();
  return active <= blocks * kResolutionPaymentsPerBlock ||
         last.grown >= kResolutionGrowthMin + active / 4;
}

void Settler::run() {
  const auto payments = book_.active_payments(kResolutionPaymentsMax);
  const bool cut = payments.size() < book_.active();
  for (const WaitingPayment* payment : payments) {
    state_.touch(debit_of(payment->payment));
    state_.touch(credit_of(payment->payment));
  }
  state_.load_touched({});
  PaymentProblem problem(state_, book_);
  for (const WaitingPayment* payment : payments) problem.add(*payment);
  const settlement::RunResult result = settlement::run(problem.problem());
  for (const settlement::Batch& batch : result.batches) {
    settle_batch(problem, batch, SettlementCause{});
  }
  // Queues that the run did not look at may pay now. Of those it looked at nothing more fits.
  const auto marked = book_.take_marked();
  if (cut) {
    for (const BalanceId& position : marked) book_.carry(position);
  }
  ResolutionValue resolution = book_.resolution();
  resolution.last_run = book_.height();
  resolution.grown = 0;
  // What settled may have made room for payments that this run did not look at.
  resolution.dirty = !result.at_rest || (cut && !result.batches.empty());
  book_.set_resolution(resolution);
}

void Settler::repay() {
  if (!book_.governs_liquidity()) return;
  // By index: posting a line may append to the list, though never a new balance here.
  const auto& changed = state_.changed_balances();
  for (std::size_t i = 0; i < changed.size(); ++i) {
    BalanceSlot& slot = *changed[i];
    LiquidityValue value = book_.liquidity(slot.id);
    const Amount amount = least(value.drawn, slot.value.available());
    if (amount.is_zero()) continue;
    value.drawn = difference(value.drawn, amount);
    book_.set_liquidity(slot.id, value);
    AssetValue& asset = state_.change(*slot.asset);
    asset.redeemed = sum(asset.redeemed, amount);
    HistoryEntry line;
    line.height = book_.height();
    line.index = kBlockIndex;
    line.record = record_++;
    line.kind = EntryKind::kRedeemed;
    line.amount = amount;
    state_.post(slot, line);
  }
}

}  // namespace huangpu::ledger
