// What queued settlement would do now, as it is told (SPEC Q-60..Q-63). Made by
// ledger/rules/settlement_forecast.hpp.
#pragma once

#include <cstdint>
#include <vector>

#include "ledger/types/settlement_value.hpp"

namespace huangpu::ledger {

struct ForecastPayment {
  WaitingPayment payment;  // as it waits now
  PaymentStatus outcome = PaymentStatus::kQueued;
  ResultCode reason = ResultCode::kQueued;  // kSettled, or why it waits or is rejected
  std::uint64_t batch = 0;                  // 0: it does not settle
  settlement::Stage stage = settlement::Stage::kFifo;
};

// One account's holding of one asset, if anything waits to debit or to credit it.
struct ForecastPosition {
  AccountId account;
  AssetId asset;
  Amount liquidity_before;  // extra included; zero when a credit line was cut below what is drawn
  Amount liquidity_after;
  Amount pays;  // in what settles
  Amount receives;
  Amount still_pays;  // in what stays queued
  Amount still_receives;
  Amount lacks;  // for all of it to settle at one instant; reserves and limits left aside
};

struct ForecastAsset {
  AssetId asset;
  std::uint64_t queued = 0;  // payments
  Amount queued_amount;
  std::uint64_t settles = 0;
  Amount
      gross;   // what settles: the liquidity it takes one by one, if nothing received is used again
  Amount net;  // the liquidity it takes at one instant: what positions pay more than they receive
};

struct SettlementForecast {
  Height height;  // of the state
  TimestampMs time;
  std::uint64_t steps = 0;
  std::vector<ForecastPayment> payments;    // ascending by account, asset and place in the queue
  std::vector<ForecastPosition> positions;  // ascending by account and asset
  std::vector<ForecastAsset> assets;        // ascending

  [[nodiscard]] const ForecastPosition* find(const AccountId& account, AssetId asset) const;
};

}  // namespace huangpu::ledger
