// Queued settlement between plain structs and the client schema (SPEC N-225); see convert.hpp.
#pragma once

#include "huangpu/v1/settlement.pb.h"
#include "node/api/settlement_answers.hpp"

namespace huangpu::node {

[[nodiscard]] v1::PaymentChange to_proto(const ledger::PaymentEvent& event);
[[nodiscard]] v1::GetPaymentResponse to_proto(const PaymentAnswer& answer);
[[nodiscard]] v1::ListQueueResponse to_proto(const QueueAnswer& answer);
[[nodiscard]] v1::GetLiquidityResponse to_proto(const LiquidityAnswer& answer);
[[nodiscard]] v1::ForecastResponse to_proto(const ForecastAnswer& answer);
[[nodiscard]] v1::ForecastRequest to_proto(const std::vector<ForecastExtra>& extra);

[[nodiscard]] Result<ledger::PaymentEvent> from_proto(const ledger::TxId& payment,
                                                      const v1::PaymentChange& proto);
[[nodiscard]] Result<PaymentAnswer> from_proto(const v1::GetPaymentResponse& response);
[[nodiscard]] Result<QueueAnswer> from_proto(const v1::ListQueueResponse& response);
[[nodiscard]] Result<LiquidityAnswer> from_proto(const v1::GetLiquidityResponse& response);
[[nodiscard]] Result<ForecastAnswer> from_proto(const v1::ForecastResponse& response);
[[nodiscard]] Result<std::vector<ForecastExtra>> from_proto(const v1::ForecastRequest& request);

}  // namespace huangpu::node
