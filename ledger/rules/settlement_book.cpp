#include "ledger/rules/settlement_book.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "crypto/base/assert.hpp"
#include "crypto/base/civil.hpp"
#include "crypto/base/codec.hpp"
#include "crypto/hash/domain.hpp"
#include "crypto/hash/hasher.hpp"
#include "ledger/types/state_value.hpp"

namespace huangpu::ledger {
namespace {

BalanceId position_of(const WaitingPayment& payment) {
  return {payment.payment.debit, payment.payment.asset};
}

Bytes key_of(const WaitingPayment& payment) {
  return waiting_key(payment.payment.debit, payment.payment.asset, payment.place());
}

}  // namespace

void SettlementBook::clear() {
  payments_.clear();
  waiting_of_.clear();
  queues_.clear();
  active_.clear();
  earliest_.clear();
  deadline_.clear();
  liquidity_.clear();
  bilateral_.clear();
  resolution_ = {};
  carried_.clear();
  reserves_.clear();
  settlements_.clear();
  accept();
}

Status SettlementBook::load() {
  clear();
  HP_TRY(load_payments());
  HP_TRY(load_liquidity());
  HP_TRY(load_carried());
  HP_TRY(reserves_.load(reader_));
  HP_TRY(settlements_.load(reader_));
  if (const auto stored = reader_.get(resolution_key())) {
    HP_TRY_ASSIGN(resolution_, ResolutionValue::decode(*stored));
  }
  return {};
}

Status SettlementBook::load_payments() {
  Status status;
  reader_.scan(waiting_prefix(), [this, &status](ByteView key, ByteView value) {
    auto payment = WaitingPayment::decode(value);
    if (!payment) {
      status = fail(std::move(payment).error(), "state");
    } else if (!equal(key_of(*payment), key)) {
      status = fail(Errc::kCorrupt, "state: a waiting payment stands under another key");
    } else if (find(payment->id) != nullptr) {
      status = fail(Errc::kCorrupt, "state: a payment waits twice");
    } else {
      insert(*std::move(payment));
    }
    return status.has_value();
  });
  return status;
}

Status SettlementBook::load_liquidity() {
  Status status;
  reader_.scan(liquidity_prefix(), [this, &status](ByteView key, ByteView value) {
    Reader fields(key);
    fields.u8();  // the tag
    const AccountId account(fields.digest());
    const AssetId asset(fields.u32());
    auto liquidity = LiquidityValue::decode(value);
    if (!liquidity || !fields.finish("liquidity key")) {
      status = fail(Errc::kCorrupt, "state: a liquidity entry is damaged");
    } else {
      liquidity_[BalanceId{account, asset}] = *liquidity;
    }
    return status.has_value();
  });
  HP_TRY(std::move(status));
  status = {};
  reader_.scan(bilateral_limit_prefix(), [this, &status](ByteView key, ByteView value) {
    Reader fields(key);
    fields.u8();  // the tag
    const AccountId account(fields.digest());
    const AssetId asset(fields.u32());
    const AccountId counterparty(fields.digest());
    auto limit = BilateralLimitValue::decode(value);
    if (!limit || !fields.finish("bilateral limit key")) {
      status = fail(Errc::kCorrupt, "state: a bilateral limit is damaged");
    } else {
      bilateral_[LimitId{BalanceId{account, asset}, counterparty}] = *limit;
    }
    return status.has_value();
  });
  return status;
}

Status SettlementBook::load_carried() {
  Status status;
  reader_.scan(carried_prefix(), [this, &status](ByteView key, ByteView value) {
    Reader fields(key);
    fields.u8();  // the tag
    const AccountId account(fields.digest());
    const AssetId asset(fields.u32());
    if (!fields.finish("carried key") || !equal(carried_value(), value)) {
      status = fail(Errc::kCorrupt, "state: an entry of a carried position is damaged");
    } else {
      carried_.emplace(account, asset);
    }
    return status.has_value();
  });
  return status;
}

void SettlementBook::begin_block(Height height, TimestampMs time, TimestampMs previous) {
  height_ = height;
  time_ = time;
  today_ = day_from_timestamp(time);
  run_requested_ = today_ != day_from_timestamp(previous);
  for (std::size_t i = 0; i < kCarriedPositionsPerBlock && !carried_.empty(); ++i) {
    const auto [account, asset] = *carried_.begin();
    carried_.erase(carried_.begin());
    erase(carried_key(account, asset));
    mark(BalanceId{account, asset});
  }
}

const WaitingPayment* SettlementBook::find(const TxId& payment) const {
  const auto place = payments_.find(payment);
  return place == payments_.end() ? nullptr : place->second.get();
}

std::size_t SettlementBook::waiting_of(ParticipantId participant) const {
  const auto place = waiting_of_.find(participant);
  return place == waiting_of_.end() ? 0 : place->second;
}

std::vector<const WaitingPayment*> SettlementBook::active_payments(std::size_t count_max) const {
  std::vector<const WaitingPayment*> payments;
  payments.reserve(std::min(count_max, active_.size()));
  for (const auto& [place, payment] : active_) {
    if (payments.size() == count_max) break;
    payments.push_back(payment);
  }
  return payments;
}

const WaitingPayment* SettlementBook::head(const BalanceId& position) const {
  const auto queue = queues_.find(position);
  return queue == queues_.end() ? nullptr : queue->second.begin()->second;
}

// The last millisecond of the last day on which the payment's reference is kept: whoever gave it
// can not use the reference again while the payment waits.
std::uint64_t SettlementBook::reference_deadline_ms(const WaitingPayment& payment) const {
  const std::uint64_t day = day_from_yyyymmdd(payment.reference_date).value_or(0);
  return (day + reference_days_ + 1) * kMsPerDay - 1;
}

std::uint64_t SettlementBook::last_moment_ms(const WaitingPayment& payment) const {
  const std::uint64_t latest = payment.payment.latest.value();
  return std::min(latest == 0 ? std::numeric_limits<std::uint64_t>::max() : latest,
                  reference_deadline_ms(payment));
}

bool SettlementBook::overdue(const WaitingPayment& payment) const {
  return last_moment_ms(payment) < time_.value();
}

void SettlementBook::index(const WaitingPayment& payment) {
  if (payment.status == PaymentStatus::kEarmarked) {
    earliest_.emplace(payment.payment.earliest.value(), payment.id);
  }
  if (payment.status == PaymentStatus::kQueued) {
    active_.emplace(payment.place(), &payment);
    queues_[position_of(payment)].emplace(payment.place(), &payment);
  }
}

void SettlementBook::unindex(const WaitingPayment& payment) {
  earliest_.erase({payment.payment.earliest.value(), payment.id});
  active_.erase(payment.place());
  const auto queue = queues_.find(position_of(payment));
  if (queue == queues_.end()) return;
  queue->second.erase(payment.place());
  if (queue->second.empty()) queues_.erase(queue);
}

void SettlementBook::insert(WaitingPayment payment) {
  const TxId id = payment.id;
  auto stored = std::make_unique<WaitingPayment>(std::move(payment));
  deadline_.emplace(last_moment_ms(*stored), id);
  ++waiting_of_[stored->participant];
  index(*stored);
  const bool added = payments_.emplace(id, std::move(stored)).second;
  HP_ASSERT(added, "a transaction brought two waiting payments");
}

void SettlementBook::add(WaitingPayment payment, ResultCode reason) {
  put(key_of(payment), payment.encode());
  event(payment, payment.status, reason, payment.id, 0);
  const BalanceId position = position_of(payment);
  const bool queued = payment.status == PaymentStatus::kQueued;
  insert(std::move(payment));
  if (!queued) return;
  mark(position);
  ResolutionValue resolution = resolution_;
  ++resolution.grown;
  set_resolution(resolution);
}

void SettlementBook::set_status(const TxId& payment, PaymentStatus status, const TxId& cause) {
  WaitingPayment& waiting = *payments_.at(payment);
  unindex(waiting);
  waiting.status = status;
  index(waiting);
  put(key_of(waiting), waiting.encode());
  ResultCode reason = ResultCode::kSettled;
  if (status == PaymentStatus::kQueued) reason = ResultCode::kQueued;
  if (status == PaymentStatus::kEarmarked) reason = ResultCode::kEarmarked;
  event(waiting, status, reason, cause, 0);
  // Whatever stood behind it, or it itself, may be first now.
  mark(position_of(waiting));
}

void SettlementBook::set_priority(const TxId& payment, PriorityClass priority, const TxId& cause) {
  WaitingPayment& waiting = *payments_.at(payment);
  unindex(waiting);
  erase(key_of(waiting));
  waiting.payment.priority = priority;
  index(waiting);
  put(key_of(waiting), waiting.encode());
  event(waiting, waiting.status, ResultCode::kSettled, cause, 0);
  mark(position_of(waiting));
}

void SettlementBook::remove(const TxId& payment, PaymentStatus status, ResultCode reason,
                            const TxId& cause, std::uint64_t batch) {
  const auto place = payments_.find(payment);
  HP_ASSERT(place != payments_.end(), "a payment left the queue twice");
  const WaitingPayment& waiting = *place->second;
  unindex(waiting);
  deadline_.erase({last_moment_ms(waiting), payment});
  if (status == PaymentStatus::kSettled) ++settled_in_block_;
  const auto count = waiting_of_.find(waiting.participant);
  if (--count->second == 0) waiting_of_.erase(count);
  erase(key_of(waiting));
  event(waiting, status, reason, cause, batch);
  mark(position_of(waiting));
  payments_.erase(place);
}

std::optional<SettlementBook::Due> SettlementBook::next_due() const {
  const std::uint64_t now = time_.value();
  if (!deadline_.empty() && deadline_.begin()->first < now) {
    const TxId& id = deadline_.begin()->second;
    const std::uint64_t latest = payments_.at(id)->payment.latest.value();
    const bool own = latest != 0 && latest < now;
    return Due{id, own ? ResultCode::kTimedOut : ResultCode::kReferenceExpired};
  }
  if (!earliest_.empty() && earliest_.begin()->first <= now) {
    return Due{earliest_.begin()->second, ResultCode::kQueued};
  }
  return std::nullopt;
}

LiquidityValue SettlementBook::liquidity(const BalanceId& position) const {
  const auto place = liquidity_.find(position);
  return place == liquidity_.end() ? LiquidityValue{}.on(today_) : place->second.on(today_);
}

void SettlementBook::set_liquidity(const BalanceId& position, const LiquidityValue& value) {
  const Bytes key = liquidity_key(position.account, position.asset);
  if (value.is_default()) {
    if (liquidity_.erase(position) != 0) erase(key);
    return;
  }
  liquidity_[position] = value;
  put(key, value.encode());
}

std::optional<BilateralLimitValue> SettlementBook::bilateral(const BalanceId& position,
                                                             const AccountId& counterparty) const {
  const auto place = bilateral_.find(LimitId{position, counterparty});
  if (place == bilateral_.end()) return std::nullopt;
  return place->second.on(today_);
}

void SettlementBook::set_bilateral(const BalanceId& position, const AccountId& counterparty,
                                   const std::optional<BilateralLimitValue>& value) {
  const Bytes key = bilateral_limit_key(position.account, position.asset, counterparty);
  if (!value) {
    if (bilateral_.erase(LimitId{position, counterparty}) != 0) erase(key);
    return;
  }
  bilateral_[LimitId{position, counterparty}] = *value;
  put(key, value->encode());
}

void SettlementBook::mark(const BalanceId& position) {
  if (!queues_.contains(position) || !is_marked_.insert(position).second) return;
  marked_.push_back(position);
}

std::vector<BalanceId> SettlementBook::take_marked() {
  is_marked_.clear();
  return std::exchange(marked_, {});
}

void SettlementBook::carry(const BalanceId& position) {
  if (!queues_.contains(position)) return;
  if (!carried_.emplace(position.account, position.asset).second) return;
  put(carried_key(position.account, position.asset), carried_value());
}

void SettlementBook::set_resolution(const ResolutionValue& value) {
  if (value == resolution_) return;
  resolution_ = value;
  changes_[resolution_key()] = value.encode();
}

std::uint64_t SettlementBook::next_batch() {
  ResolutionValue value = resolution_;
  ++value.batches;
  set_resolution(value);
  return value.batches;
}

void SettlementBook::record(const BatchEvent& batch) {
  events_.push_back(Change{journal_batch_key(today_, batch.batch), batch.encode()});
}

void SettlementBook::record(StepEvent step) {
  step.height = height_;
  step.number = steps_++;
  events_.push_back(
      Change{journal_step_key(today_, step.subject, height_, step.number), step.encode()});
}

void SettlementBook::event(const WaitingPayment& payment, PaymentStatus status, ResultCode reason,
                           const TxId& cause, std::uint64_t batch) {
  PaymentEvent event;
  event.payment = payment.id;
  event.height = height_;
  event.number = static_cast<std::uint32_t>(event_payments_.size());
  event.status = status;
  event.priority = payment.payment.priority;
  event.reason = reason;
  event.cause = cause;
  event.batch = batch;
  event.participant = payment.participant;
  event.debit = payment.payment.debit;
  event.credit = payment.payment.credit;
  event.asset = payment.payment.asset;
  event.amount = payment.payment.amount;
  event_payments_.push_back(payment.id);
  events_.push_back(
      Change{journal_payment_key(today_, payment.id, height_, event.number), event.encode()});
}

void SettlementBook::put(Bytes key, Bytes value) { changes_[std::move(key)] = std::move(value); }

// Deleting what this block brought itself does no harm (SPEC T-7).
void SettlementBook::erase(const Bytes& key) { changes_[key] = std::nullopt; }

Status SettlementBook::write_changes(TimestampMs previous, StateDelta& delta) const {
  for (const auto& [key, value] : changes_) delta.changes.push_back(Change{key, value});
  if (!events_.empty()) {
    BucketValue day;
    if (const auto stored = reader_.get(journal_day_key(today_))) {
      HP_TRY_ASSIGN(day, BucketValue::decode(*stored));
    }
    Writer writer(events_.size() * 320);
    writer.tag(crypto::domain::kJournal).digest(day.digest).u64(height_.value());
    const auto record = [&](const Change& entry) {
      writer.blob(entry.key).blob(*entry.value);
      delta.changes.push_back(entry);
      ++day.count;
    };
    for (const Change& event : events_) record(event);
    if (!event_payments_.empty()) {
      record(Change{journal_block_key(today_, height_), JournalBlock{event_payments_}.encode()});
    }
    day.digest = crypto::hash(suite_, writer.view());
    delta.changes.push_back(Change{journal_day_key(today_), day.encode()});
  }
  // Days that were still kept at `previous` and are too old now.
  const std::uint32_t before = day_from_timestamp(previous);
  std::uint32_t day = before > reference_days_ ? before - reference_days_ : 0;
  for (; day <= before && today_ > day && today_ - day > reference_days_; ++day) {
    if (!reader_.get(journal_day_key(day))) continue;
    delta.changes.push_back(Change{journal_day_key(day), std::nullopt});
    delta.erased_aux_prefixes.push_back(journal_prefix(day));
  }
  return {};
}

void SettlementBook::accept() {
  changes_.clear();
  events_.clear();
  event_payments_.clear();
  steps_ = 0;
  settled_in_block_ = 0;
  run_requested_ = false;
  marked_.clear();
  is_marked_.clear();
}

}  // namespace huangpu::ledger
