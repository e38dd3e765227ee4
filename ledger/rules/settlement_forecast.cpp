#include "ledger/rules/settlement_forecast.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "crypto/base/assert.hpp"
#include "ledger/types/state_key.hpp"

namespace huangpu::ledger {
namespace {

using settlement::Sum;

BalanceId debit_of(const Payment& payment) { return {payment.debit, payment.asset}; }
BalanceId credit_of(const Payment& payment) { return {payment.credit, payment.asset}; }

Amount plus(Amount a, Amount b) {
  const auto sum = a.checked_add(b);
  HP_ASSERT(sum.has_value(), "a million amounts of 63 bits exceed 128 bits");
  return *sum;
}

Amount minus(Amount a, Amount b) { return a.checked_sub(b).value_or(Amount::zero()); }

Amount not_negative(Sum sum) {
  if (sum <= 0) return Amount::zero();
  return Amount::from_parts(static_cast<std::uint64_t>(sum >> 64), static_cast<std::uint64_t>(sum));
}

class Forecaster {
 public:
  Forecaster(crypto::SuiteId suite, std::uint32_t reference_days, StateReader& reader)
      : reader_(reader),
        state_(suite, reader, false),
        book_(suite, reference_days, reader),
        settler_(state_, book_) {}

  Result<SettlementForecast> run(const ForecastOptions& options) {
    const auto stored = reader_.get(clock_key());
    HP_TRY(reader_.health());
    if (!stored) return fail(Errc::kCorrupt, "the state has no clock");
    HP_TRY_ASSIGN(const ClockValue clock, ClockValue::decode(*stored));
    HP_TRY(book_.load());
    HP_TRY(list_payments());
    result_.height = clock.height;
    result_.time = std::max(options.time, TimestampMs(clock.time.value() + 1));
    book_.begin_block(clock.height.next(), result_.time, clock.time);
    for (const ExtraLiquidity& extra : options.extra) HP_TRY(bring(extra));
    list_positions();
    settler_.begin_block();
    book_.request_run();
    settler_.end_block();
    HP_TRY(state_.status());
    HP_TRY(reader_.health());
    HP_TRY(read_events());
    sum_up();
    return std::move(result_);
  }

 private:
  Status list_payments() {
    Status status;
    reader_.scan(waiting_prefix(), [&](ByteView /*key*/, ByteView value) {
      auto payment = WaitingPayment::decode(value);
      if (!payment) {
        status = fail(std::move(payment).error(), "state");
        return false;
      }
      by_id_.emplace(payment->id, result_.payments.size());
      state_.touch(debit_of(payment->payment));
      state_.touch(credit_of(payment->payment));
      ForecastPayment entry;
      entry.outcome = payment->status;
      entry.payment = *std::move(payment);
      result_.payments.push_back(std::move(entry));
      return true;
    });
    state_.load_touched({});
    return status;
  }

  // As if the issuer brought it in this block.
  Status bring(const ExtraLiquidity& extra) {
    BalanceSlot& slot = state_.get(extra.position);
    if (!slot.account->exists) return fail(Errc::kNotFound, "no such account");
    if (!slot.asset->exists) return fail(Errc::kNotFound, "no such asset");
    if (!slot.value.credits_posted.checked_add(extra.amount)) {
      return fail(Errc::kInvalidArgument, "the account cannot hold so much");
    }
    if (extra.amount.is_zero()) return {};
    HistoryEntry line;
    line.height = book_.height();
    line.index = kBlockIndex;
    line.kind = EntryKind::kIssued;
    line.amount = extra.amount;
    state_.post(slot, line);
    return {};
  }

  void list_positions() {
    for (const ForecastPayment& entry : result_.payments) {
      for (const BalanceId& id :
           {debit_of(entry.payment.payment), credit_of(entry.payment.payment)}) {
        const auto [place, added] = positions_.try_emplace({id.account, id.asset});
        if (!added) continue;
        place->second.account = id.account;
        place->second.asset = id.asset;
        place->second.liquidity_before = liquidity(id);
      }
    }
  }

  Amount liquidity(const BalanceId& id) {
    return not_negative(liquidity_of(state_.get(id), book_.liquidity(id)));
  }

  // The journal of that block tells what became of each payment.
  Status read_events() {
    std::map<std::uint64_t, settlement::Stage> stages;
    for (const Change& change : book_.events()) {
      if (journal_kind(change.key) == kJournalBatch) {
        HP_TRY_ASSIGN(const BatchEvent batch, BatchEvent::decode(*change.value));
        stages[batch.batch] = batch.stage;
        result_.steps += batch.steps;
        continue;
      }
      if (journal_kind(change.key) != kJournalPayment) continue;
      HP_TRY_ASSIGN(const PaymentEvent event, PaymentEvent::decode(*change.value));
      ForecastPayment& payment = result_.payments[by_id_.at(event.payment)];
      payment.outcome = event.status;
      payment.reason = event.reason;
      payment.batch = event.batch;
    }
    for (ForecastPayment& payment : result_.payments) {
      if (payment.batch != 0) payment.stage = stages.at(payment.batch);
      if (is_waiting(payment.outcome)) payment.reason = ResultCode::kQueued;
      if (payment.outcome == PaymentStatus::kEarmarked) payment.reason = ResultCode::kEarmarked;
      if (payment.outcome == PaymentStatus::kHeld) payment.reason = ResultCode::kPaymentHeld;
    }
    return {};
  }

  void sum_up() {
    std::map<AssetId, ForecastAsset> assets;
    for (const ForecastPayment& entry : result_.payments) {
      const Payment& payment = entry.payment.payment;
      ForecastPosition& debit = positions_.at({payment.debit, payment.asset});
      ForecastPosition& credit = positions_.at({payment.credit, payment.asset});
      ForecastAsset& asset = assets[payment.asset];
      asset.asset = payment.asset;
      if (entry.outcome == PaymentStatus::kSettled) {
        ++asset.settles;
        asset.gross = plus(asset.gross, payment.amount);
        debit.pays = plus(debit.pays, payment.amount);
        credit.receives = plus(credit.receives, payment.amount);
      } else if (entry.outcome == PaymentStatus::kQueued) {
        debit.still_pays = plus(debit.still_pays, payment.amount);
        credit.still_receives = plus(credit.still_receives, payment.amount);
      } else {
        continue;
      }
      ++asset.queued;
      asset.queued_amount = plus(asset.queued_amount, payment.amount);
    }
    for (auto& [key, position] : positions_) {
      position.liquidity_after = liquidity({position.account, position.asset});
      position.lacks =
          minus(minus(position.still_pays, position.still_receives), position.liquidity_after);
      ForecastAsset& asset = assets[position.asset];
      asset.net = plus(asset.net, minus(position.pays, position.receives));
      result_.positions.push_back(position);
    }
    for (const auto& [id, asset] : assets) result_.assets.push_back(asset);
  }

  StateReader& reader_;
  Overlay state_;
  SettlementBook book_;
  Settler settler_;
  SettlementForecast result_;
  std::map<TxId, std::size_t> by_id_;
  std::map<std::pair<AccountId, AssetId>, ForecastPosition> positions_;
};

}  // namespace

Result<SettlementForecast> forecast_settlement(crypto::SuiteId suite, std::uint32_t reference_days,
                                               StateReader& reader,
                                               const ForecastOptions& options) {
  return Forecaster(suite, reference_days, reader).run(options);
}

}  // namespace huangpu::ledger
