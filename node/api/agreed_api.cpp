// Reserved funds and settlements that several parties agree on, as SettlementApi answers them (SPEC
// N-365).
#include <algorithm>
#include <utility>

#include "crypto/base/civil.hpp"
#include "ledger/codec/envelope.hpp"
#include "ledger/rules/agreements.hpp"
#include "ledger/types/receipt.hpp"
#include "ledger/types/state_key.hpp"
#include "node/api/settlement_api.hpp"

namespace huangpu::node {
namespace {

// Tag and account; behind them asset and id (SPEC Q-120).
constexpr std::size_t kReservePrefixBytes = 1 + 32;
constexpr std::size_t kReservePlaceBytes = 4 + 32;

Result<ledger::ClockValue> clock_of(const ledger::StateReader& state) {
  const auto stored = state.get(ledger::clock_key());
  HP_TRY(state.health());
  if (!stored) return fail(Errc::kUnavailable, "the node has no state yet");
  return ledger::ClockValue::decode(*stored);
}

// The journal is kept by days, as many as references are.
Result<std::vector<ledger::StepEvent>> steps_of(const ledger::StateReader& state,
                                                const ledger::TxId& id, std::uint32_t today,
                                                std::uint32_t days) {
  std::vector<ledger::StepEvent> steps;
  Status status;
  for (std::uint32_t day = today > days ? today - days : 0; day <= today && status; ++day) {
    state.scan(ledger::journal_step_prefix(day, id), [&](ByteView /*key*/, ByteView value) {
      auto step = ledger::StepEvent::decode(value);
      if (step) {
        steps.push_back(*step);
      } else {
        status = fail(std::move(step).error(), "state");
      }
      return status.has_value();
    });
  }
  HP_TRY(std::move(status));
  return steps;
}

bool has_leg_of(const ledger::OpenSettlement& settlement, const ledger::AccountId& account) {
  return std::ranges::any_of(settlement.terms.legs, [&account](const ledger::SettlementLeg& leg) {
    return leg.debit == account || leg.credit == account;
  });
}

}  // namespace

Result<ReserveAnswer> SettlementApi::reserve(const Principal& caller, const ledger::TxId& id) {
  HP_TRY_ASSIGN(const ReceiptAnswer proven, ledger_.receipt(caller, id));
  HP_TRY_ASSIGN(const auto body, ledger::decode_body(proven.body));
  HP_TRY_ASSIGN(const auto receipt, ledger::decode_receipt(proven.receipt));
  const auto* const terms = std::get_if<ledger::ReserveFunds>(&body.operation);
  if (terms == nullptr || receipt.code != ledger::ResultCode::kSettled) {
    return fail(Errc::kNotFound, "the transaction reserved nothing");
  }
  const auto state = backend_.state_snapshot();
  HP_TRY_ASSIGN(const ledger::ClockValue clock, clock_of(*state));
  ReserveAnswer answer;
  answer.height = clock.height;
  answer.reserve = ledger::FundsReserve{id,     body.submitter, receipt.height, receipt.index,
                                        *terms, Amount::zero()};
  if (const auto stored = state->get(ledger::reserve_key(terms->debit, terms->asset, id))) {
    HP_TRY_ASSIGN(answer.reserve, ledger::FundsReserve::decode(*stored));
  }
  HP_TRY_ASSIGN(answer.steps, steps_of(*state, id, day_from_timestamp(clock.time),
                                       chain_.genesis.ledger.reference_days));
  HP_TRY(state->health());
  return answer;
}

Result<ReservesAnswer> SettlementApi::reserves(const Principal& caller,
                                               const ledger::AccountId& account, ByteView after) {
  HP_TRY(ledger_.account(caller, account, {}));
  if (!after.empty() && after.size() != kReservePlaceBytes) {
    return fail(Errc::kMalformed, "the place to go on from is malformed");
  }
  const auto state = backend_.state_snapshot();
  HP_TRY_ASSIGN(const ledger::ClockValue clock, clock_of(*state));
  ReservesAnswer answer;
  answer.height = clock.height;
  Status status;
  Bytes last;
  state->scan(ledger::reserve_prefix(account), [&](ByteView key, ByteView value) {
    const ByteView place = key.subspan(kReservePrefixBytes);
    if (!after.empty() && !std::ranges::lexicographical_compare(after, place)) return true;
    if (answer.reserves.size() == kQueuePageMax) {
      answer.next = last;
      return false;
    }
    auto reserve = ledger::FundsReserve::decode(value);
    if (!reserve) {
      status = fail(std::move(reserve).error(), "state");
      return false;
    }
    answer.reserves.push_back(*std::move(reserve));
    last = to_bytes(place);
    return true;
  });
  HP_TRY(std::move(status));
  HP_TRY(state->health());
  return answer;
}

Result<SettlementAnswer> SettlementApi::settlement(const Principal& caller,
                                                   const ledger::TxId& id) {
  HP_TRY_ASSIGN(const ReceiptAnswer proven, ledger_.receipt(caller, id));
  HP_TRY_ASSIGN(const auto body, ledger::decode_body(proven.body));
  HP_TRY_ASSIGN(const auto receipt, ledger::decode_receipt(proven.receipt));
  const auto* const terms = std::get_if<ledger::ProposeSettlement>(&body.operation);
  if (terms == nullptr || !ledger::has_effect(receipt.code)) {
    return fail(Errc::kNotFound, "the transaction proposed no settlement");
  }
  const auto state = backend_.state_snapshot();
  HP_TRY_ASSIGN(const ledger::ClockValue clock, clock_of(*state));
  SettlementAnswer answer;
  answer.height = clock.height;
  answer.agreed.settlement =
      ledger::OpenSettlement{id, body.submitter, receipt.height, receipt.index, *terms, {}};
  if (const auto stored = state->get(ledger::open_settlement_key(id))) {
    HP_TRY_ASSIGN(answer.agreed.settlement, ledger::OpenSettlement::decode(*stored));
    answer.open = true;
    ledger::Overlay entries(chain_.chain.suite, *state, false);
    answer.agreed.lacking = ledger::lacking_legs(entries, terms->legs);
    HP_TRY(entries.status());
  }
  HP_TRY_ASSIGN(answer.steps, steps_of(*state, id, day_from_timestamp(clock.time),
                                       chain_.genesis.ledger.reference_days));
  HP_TRY(state->health());
  return answer;
}

Result<SettlementsAnswer> SettlementApi::settlements(const Principal& caller,
                                                     const ledger::AccountId& account) {
  HP_TRY(ledger_.account(caller, account, {}));
  const auto state = backend_.state_snapshot();
  HP_TRY_ASSIGN(const ledger::ClockValue clock, clock_of(*state));
  ledger::Overlay entries(chain_.chain.suite, *state, false);
  SettlementsAnswer answer;
  answer.height = clock.height;
  Status status;
  // All open settlements of the chain: there are at most kOpenSettlementsMax.
  state->scan(ledger::open_settlement_prefix(), [&](ByteView /*key*/, ByteView value) {
    auto settlement = ledger::OpenSettlement::decode(value);
    if (!settlement) {
      status = fail(std::move(settlement).error(), "state");
      return false;
    }
    if (!has_leg_of(*settlement, account)) return true;
    answer.settlements.push_back({*std::move(settlement), {}});
    return answer.settlements.size() < kQueuePageMax;
  });
  HP_TRY(std::move(status));
  for (AgreedSettlement& entry : answer.settlements) {
    entry.lacking = ledger::lacking_legs(entries, entry.settlement.terms.legs);
  }
  HP_TRY(entries.status());
  HP_TRY(state->health());
  return answer;
}

}  // namespace huangpu::node
