// What queued settlement would do now: the work of one more block on a snapshot of the state,
// without a trace in it (SPEC Q-60..Q-63).
//
// Nothing is decided a second time here. The book is loaded as after a restart, and an empty block
// in which a run was asked for is carried out in memory. Pure; costs a scan of all that waits, and
// memory in proportion.
#pragma once

#include <cstdint>
#include <vector>

#include "ledger/rules/settlement_book.hpp"
#include "ledger/rules/settlement_run.hpp"
#include "ledger/types/forecast.hpp"

namespace huangpu::ledger {

// Liquidity that somebody thinks of bringing.
struct ExtraLiquidity {
  BalanceId position;
  Amount amount;
};

struct ForecastOptions {
  TimestampMs time;  // of the block; no earlier than just after the state's own
  std::vector<ExtraLiquidity> extra;
};

// kNotFound when an account or asset of `extra` does not exist, kCorrupt when an entry does not
// decode.
[[nodiscard]] Result<SettlementForecast> forecast_settlement(crypto::SuiteId suite,
                                                             std::uint32_t reference_days,
                                                             StateReader& reader,
                                                             const ForecastOptions& options);

}  // namespace huangpu::ledger
