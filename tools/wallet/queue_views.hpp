// What waits, what governs it and what would settle now, as a desk reads it (SPEC W-90, W-91).
//
// These answers carry no proof and say so by their words: a node tells them. What settled is proven
// by `tx status` and `balance`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/wallet/session.hpp"

namespace huangpu::tools {

struct QueueView {
  std::string account = "1";
  std::string asset;          // code; empty: all
  bool watch = false;         // go on telling what changes
  std::uint64_t seconds = 0;  // end watching after these; 0: never
};
[[nodiscard]] Result<int> show_queue(Session& session, const QueueView& view);

struct ForecastView {
  std::vector<std::string> with;  // "ACCOUNT=1000.00 CNY": liquidity to think of
};
[[nodiscard]] Result<int> show_forecast(Session& session, const ForecastView& view);

[[nodiscard]] Result<int> show_payment(Session& session, const std::string& id);

struct LiquidityView {
  std::string account = "1";
  std::string asset;  // code; empty: all
};
[[nodiscard]] Result<int> show_liquidity(Session& session, const LiquidityView& view);

}  // namespace huangpu::tools
