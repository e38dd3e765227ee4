#include "node/api/settlement_api.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "crypto/base/civil.hpp"
#include "ledger/codec/envelope.hpp"
#include "ledger/rules/settlement_forecast.hpp"
#include "ledger/types/receipt.hpp"
#include "ledger/types/state_key.hpp"

namespace huangpu::node {
namespace {

using ledger::PriorityClass;
using ledger::settlement::Sum;

// Tag and account; behind them asset, class, height and index (SPEC Q-50).
constexpr std::size_t kQueuePrefixBytes = 1 + 32;
constexpr std::size_t kQueuePlaceBytes = 4 + 1 + 8 + 4;

Result<ledger::ClockValue> clock_of(const ledger::StateReader& state) {
  const auto stored = state.get(ledger::clock_key());
  HP_TRY(state.health());
  if (!stored) return fail(Errc::kUnavailable, "the node has no state yet");
  return ledger::ClockValue::decode(*stored);
}

std::optional<ledger::WaitingPayment> find_waiting(const ledger::StateReader& state,
                                                   const ledger::WaitingPayment& wanted) {
  for (const auto priority : {PriorityClass::kSystem, PriorityClass::kHighlyUrgent,
                              PriorityClass::kUrgent, PriorityClass::kNormal}) {
    const ledger::QueuePlace place{priority, wanted.height, wanted.index};
    const auto value =
        state.get(ledger::waiting_key(wanted.payment.debit, wanted.payment.asset, place));
    if (!value) continue;
    auto waiting = ledger::WaitingPayment::decode(*value);
    if (waiting) return *std::move(waiting);
  }
  return std::nullopt;
}

// The journal is kept by days; a payment waits for as many as references are kept.
Result<std::vector<ledger::PaymentEvent>> journal_of(const ledger::StateReader& state,
                                                     const ledger::TxId& id, std::uint32_t today,
                                                     std::uint32_t days) {
  std::vector<ledger::PaymentEvent> events;
  Status status;
  for (std::uint32_t day = today > days ? today - days : 0; day <= today && status; ++day) {
    state.scan(ledger::journal_payment_prefix(day, id), [&](ByteView /*key*/, ByteView value) {
      auto event = ledger::PaymentEvent::decode(value);
      if (event) {
        events.push_back(*event);
      } else {
        status = fail(std::move(event).error(), "state");
      }
      return status.has_value();
    });
  }
  HP_TRY(std::move(status));
  return events;
}

Amount rest(Amount reserve, Amount used) { return reserve.checked_sub(used).value_or(Amount()); }

Amount above(Sum liquidity, Amount floor) {
  const Sum left = liquidity - ledger::settlement::as_sum(floor);
  if (left <= 0) return Amount::zero();
  return Amount::from_parts(static_cast<std::uint64_t>(left >> 64),
                            static_cast<std::uint64_t>(left));
}

}  // namespace

SettlementApi::SettlementApi(NodeBackend& backend, AccountOwners& owners, LedgerApi& ledger,
                             const ChainDocument& chain)
    : backend_(backend), owners_(owners), ledger_(ledger), chain_(chain) {}

Result<PaymentAnswer> SettlementApi::payment(const Principal& caller, const ledger::TxId& id) {
  HP_TRY_ASSIGN(const ReceiptAnswer proven, ledger_.receipt(caller, id));
  HP_TRY_ASSIGN(const auto body, ledger::decode_body(proven.body));
  HP_TRY_ASSIGN(const auto receipt, ledger::decode_receipt(proven.receipt));
  const auto* const payment = std::get_if<ledger::Payment>(&body.operation);
  if (payment == nullptr) return fail(Errc::kNotFound, "the transaction is no payment");

  PaymentAnswer answer;
  ledger::WaitingPayment& entry = answer.payment;
  entry.id = id;
  entry.participant = body.submitter;
  entry.height = receipt.height;
  entry.index = receipt.index;
  entry.payment = *payment;
  entry.reference = body.reference->id;
  entry.reference_date = body.reference->date;
  answer.reason = static_cast<std::uint16_t>(receipt.code);

  const auto state = backend_.state_snapshot();
  HP_TRY_ASSIGN(const ledger::ClockValue clock, clock_of(*state));
  answer.height = clock.height;
  if (!ledger::has_effect(receipt.code)) {
    answer.status = ledger::PaymentStatus::kRejected;
    entry.status = ledger::PaymentStatus::kRejected;
    return answer;
  }
  HP_TRY_ASSIGN(answer.changes, journal_of(*state, id, day_from_timestamp(clock.time),
                                           chain_.genesis.ledger.reference_days));
  if (const auto waiting = find_waiting(*state, entry)) {
    entry = *waiting;
    answer.status = waiting->status;
  } else if (!answer.changes.empty()) {
    answer.status = answer.changes.back().status;
    entry.payment.priority = answer.changes.back().priority;
  } else if (receipt.code == ledger::ResultCode::kSettled) {
    answer.status = ledger::PaymentStatus::kSettled;
  }
  HP_TRY(state->health());
  if (!answer.changes.empty()) {
    answer.reason = static_cast<std::uint16_t>(answer.changes.back().reason);
  }
  entry.status = answer.status.value_or(ledger::PaymentStatus::kRejected);
  return answer;
}

Result<QueueAnswer> SettlementApi::queue(const Principal& caller, const ledger::AccountId& account,
                                         ledger::AssetId asset, ByteView after) {
  HP_TRY(ledger_.account(caller, account, {}));
  if (!after.empty() && after.size() != kQueuePlaceBytes) {
    return fail(Errc::kMalformed, "the place to go on from is malformed");
  }
  const auto state = backend_.state_snapshot();
  HP_TRY_ASSIGN(const ledger::ClockValue clock, clock_of(*state));
  QueueAnswer answer;
  answer.height = clock.height;
  Status status;
  Bytes last;
  const Bytes prefix = asset == ledger::AssetId(0) ? ledger::waiting_prefix(account)
                                                   : ledger::waiting_prefix(account, asset);
  state->scan(prefix, [&](ByteView key, ByteView value) {
    const ByteView place = key.subspan(kQueuePrefixBytes);
    if (!after.empty() && !std::ranges::lexicographical_compare(after, place)) return true;
    if (answer.payments.size() == kQueuePageMax) {
      answer.next = last;
      return false;
    }
    auto payment = ledger::WaitingPayment::decode(value);
    if (!payment) {
      status = fail(std::move(payment).error(), "state");
      return false;
    }
    answer.payments.push_back(*std::move(payment));
    last = to_bytes(place);
    return true;
  });
  HP_TRY(std::move(status));
  HP_TRY(state->health());
  return answer;
}

Result<LiquidityAnswer> SettlementApi::liquidity(const Principal& caller,
                                                 const ledger::AccountId& account,
                                                 ledger::AssetId asset) {
  HP_TRY(ledger_.account(caller, account, {}));
  const auto state = backend_.state_snapshot();
  HP_TRY_ASSIGN(const ledger::ClockValue clock, clock_of(*state));
  ledger::Overlay entries(chain_.chain.suite, *state, false);
  const ledger::BalanceSlot& slot = entries.get(ledger::BalanceId{account, asset});
  HP_TRY(entries.status());
  HP_TRY(state->health());
  if (!slot.asset->exists) return fail(Errc::kNotFound, "no such asset");

  LiquidityAnswer answer;
  answer.height = clock.height;
  answer.held = slot.value.balance();
  const std::uint32_t today = day_from_timestamp(clock.time);
  if (const auto stored = state->get(ledger::liquidity_key(account, asset))) {
    HP_TRY_ASSIGN(const auto value, ledger::LiquidityValue::decode(*stored));
    answer.governed = value.on(today);
  }
  const auto& governed = answer.governed;
  const Sum liquidity = ledger::liquidity_of(slot, governed);
  const Amount first = rest(governed.reserved_highly_urgent, governed.used_highly_urgent);
  const Amount second = rest(governed.reserved_urgent, governed.used_urgent);
  answer.usable_highly_urgent = above(liquidity, Amount::zero());
  answer.usable_urgent = above(liquidity, first);
  answer.usable_normal = above(liquidity, first.checked_add(second).value_or(Amount::from_parts(
                                              std::numeric_limits<std::uint64_t>::max(), 0)));

  Status status;
  state->scan(ledger::waiting_prefix(account, asset), [&](ByteView /*key*/, ByteView value) {
    const auto payment = ledger::WaitingPayment::decode(value);
    if (!payment) {
      status = fail(payment.error(), "state");
      return false;
    }
    if (payment->status != ledger::PaymentStatus::kQueued) return true;
    ++answer.queued_payments;
    // A million amounts of 63 bits fit.
    answer.queued_units = answer.queued_units.checked_add(payment->payment.amount).value();
    return true;
  });
  HP_TRY(std::move(status));
  status = {};
  const Bytes limits = ledger::bilateral_limit_prefix(account, asset);
  state->scan(limits, [&](ByteView key, ByteView value) {
    const auto counterparty = crypto::Digest::parse(key.subspan(limits.size()));
    const auto limit = ledger::BilateralLimitValue::decode(value);
    if (!counterparty || !limit) {
      status = fail(Errc::kCorrupt, "state: a bilateral limit is damaged");
      return false;
    }
    answer.bilateral.emplace_back(ledger::AccountId(*counterparty), limit->on(today));
    return answer.bilateral.size() < kQueuePageMax;
  });
  HP_TRY(std::move(status));
  HP_TRY(state->health());
  return answer;
}

Result<bool> SettlementApi::may_see(const Principal& caller,
                                    const ledger::WaitingPayment& payment) {
  HP_TRY_ASSIGN(const auto payer, owners_.owner(payment.payment.debit));
  HP_TRY_ASSIGN(const auto payee, owners_.owner(payment.payment.credit));
  const std::array about = {payment.participant, payer.value_or(payment.participant),
                            payee.value_or(payment.participant)};
  return authorise(caller, Call::kReadTransaction, about) == Verdict::kAllowed;
}

Result<bool> SettlementApi::may_see(const Principal& caller, const ledger::AccountId& account) {
  HP_TRY_ASSIGN(const auto owner, owners_.owner(account));
  if (!owner) return false;
  return authorise(caller, Call::kReadAccount, std::array{*owner}) == Verdict::kAllowed;
}

Result<ForecastAnswer> SettlementApi::forecast(const Principal& caller,
                                               const std::vector<ForecastExtra>& extra,
                                               TimestampMs now) {
  if (extra.size() > kForecastExtraMax) {
    return fail(Errc::kInvalidArgument, "too many positions with extra liquidity");
  }
  ledger::ForecastOptions options;
  options.time = now;
  for (const ForecastExtra& entry : extra) {
    HP_TRY_ASSIGN(const bool own, may_see(caller, entry.account));
    if (!own) return fail(Errc::kNotFound, "no such account");
    options.extra.push_back({ledger::BalanceId{entry.account, entry.asset}, entry.units});
  }
  const std::unique_lock lock(forecasting_, std::try_to_lock);
  if (!lock) return fail(Errc::kExhausted, "the node is computing another forecast");
  const auto state = backend_.state_snapshot();
  HP_TRY_ASSIGN(auto forecast,
                ledger::forecast_settlement(chain_.chain.suite,
                                            chain_.genesis.ledger.reference_days, *state, options));
  ForecastAnswer answer;
  answer.height = forecast.height;
  answer.time = forecast.time;
  for (ledger::ForecastPayment& payment : forecast.payments) {
    HP_TRY_ASSIGN(const bool visible, may_see(caller, payment.payment));
    if (!visible) continue;
    if (answer.payments.size() < kForecastPaymentsMax) {
      answer.payments.push_back(std::move(payment));
    } else {
      ++answer.payments_left_out;
    }
  }
  for (const ledger::ForecastPosition& position : forecast.positions) {
    HP_TRY_ASSIGN(const bool visible, may_see(caller, position.account));
    if (visible && answer.positions.size() < kForecastPaymentsMax) {
      answer.positions.push_back(position);
    }
  }
  // Sums over all queues tell of everybody.
  if (authorise(caller, Call::kReadAccount) == Verdict::kAllowed) {
    answer.assets = std::move(forecast.assets);
  }
  return answer;
}

}  // namespace huangpu::node
