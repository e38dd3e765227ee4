#include "ledger/types/forecast.hpp"

#include <algorithm>
#include <utility>

namespace huangpu::ledger {

const ForecastPosition* SettlementForecast::find(const AccountId& account, AssetId asset) const {
  const auto place = std::ranges::lower_bound(
      positions, std::pair(account, asset), {},
      [](const ForecastPosition& entry) { return std::pair(entry.account, entry.asset); });
  const bool found = place != positions.end() && place->account == account && place->asset == asset;
  return found ? &*place : nullptr;
}

}  // namespace huangpu::ledger
