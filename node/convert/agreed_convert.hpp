// Reserved funds and agreed settlements between plain structs and the client schema (SPEC N-225);
// see convert.hpp.
#pragma once

#include "huangpu/v1/settlement.pb.h"
#include "node/api/settlement_answers.hpp"

namespace huangpu::node {

[[nodiscard]] v1::GetReserveResponse to_proto(const ReserveAnswer& answer);
[[nodiscard]] v1::ListReservesResponse to_proto(const ReservesAnswer& answer);
[[nodiscard]] v1::GetSettlementResponse to_proto(const SettlementAnswer& answer);
[[nodiscard]] v1::ListSettlementsResponse to_proto(const SettlementsAnswer& answer);

[[nodiscard]] Result<ReserveAnswer> from_proto(const v1::GetReserveResponse& response);
[[nodiscard]] Result<ReservesAnswer> from_proto(const v1::ListReservesResponse& response);
[[nodiscard]] Result<SettlementAnswer> from_proto(const v1::GetSettlementResponse& response);
[[nodiscard]] Result<SettlementsAnswer> from_proto(const v1::ListSettlementsResponse& response);

}  // namespace huangpu::node
