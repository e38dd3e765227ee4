// Answers about queued settlement (SPEC N-360..N-364), as plain values; see answers.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "ledger/types/agreed_value.hpp"
#include "ledger/types/forecast.hpp"

namespace huangpu::node {

struct PaymentAnswer {
  ledger::WaitingPayment payment;  // with the priority class it has now, or had last
  // Nothing: it waited once, and the journal of how that ended is not kept any more.
  std::optional<ledger::PaymentStatus> status;
  std::uint16_t reason = 0;                   // result code of the last change, or of the receipt
  std::vector<ledger::PaymentEvent> changes;  // in order; none when entry decided
  Height height{0};                           // of the state that was read
};

// One page; nothing in `next` when it is the last one.
struct QueueAnswer {
  std::vector<ledger::WaitingPayment> payments;  // in queue order
  Height height{0};
  Bytes next;
};

struct LiquidityAnswer {
  Amount held;
  ledger::LiquidityValue governed;  // reserves, multilateral limit, credit line, as of today
  // What payments of a class may use now, limits left aside.
  Amount usable_normal;
  Amount usable_urgent;
  Amount usable_highly_urgent;
  std::uint64_t queued_payments = 0;  // that may settle: neither held nor earmarked
  Amount queued_units;
  std::vector<std::pair<ledger::AccountId, ledger::BilateralLimitValue>> bilateral;  // ascending
  Height height{0};
};

struct ForecastExtra {
  ledger::AccountId account;
  ledger::AssetId asset;
  Amount units;
};

// Reserved funds, open or ended; nothing is left of them when they ended.
struct ReserveAnswer {
  ledger::FundsReserve reserve;
  std::vector<ledger::StepEvent> steps;  // in order, as long as the journal is kept
  Height height{0};
};

// One page; nothing in `next` when it is the last one.
struct ReservesAnswer {
  std::vector<ledger::FundsReserve> reserves;  // open ones, by asset and id
  Height height{0};
  Bytes next;
};

// A settlement with what its legs lack if all of them settled now, as indexes.
struct AgreedSettlement {
  ledger::OpenSettlement settlement;
  std::vector<std::size_t> lacking;
};

struct SettlementAnswer {
  AgreedSettlement agreed;  // with the approvals that stand; none when it has ended
  bool open = false;
  std::vector<ledger::StepEvent> steps;  // in order, as long as the journal is kept
  Height height{0};
};

struct SettlementsAnswer {
  std::vector<AgreedSettlement> settlements;  // open ones, by id
  Height height{0};
};

// What the caller may see of ledger::SettlementForecast.
struct ForecastAnswer {
  Height height{0};
  TimestampMs time{0};
  std::vector<ledger::ForecastPayment> payments;
  std::uint64_t payments_left_out = 0;
  std::vector<ledger::ForecastPosition> positions;
  std::vector<ledger::ForecastAsset> assets;  // for those who may read everything
};

}  // namespace huangpu::node
