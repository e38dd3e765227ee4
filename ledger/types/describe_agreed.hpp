// Sentences about two-phase transfers and settlements that several parties agree on; see
// describe.hpp.
#pragma once

#include <string>

#include "ledger/types/describe.hpp"

namespace huangpu::ledger {

[[nodiscard]] std::string describe_payment(const ReserveFunds& op, const Names& names);
[[nodiscard]] std::string describe_payment(const PostReserved& op, const Names& names);
[[nodiscard]] std::string describe_payment(const VoidReserved& op, const Names& names);
[[nodiscard]] std::string describe_payment(const ProposeSettlement& op, const Names& names);
[[nodiscard]] std::string describe_payment(const ApproveSettlement& op, const Names& names);
[[nodiscard]] std::string describe_payment(const WithdrawApproval& op, const Names& names);
[[nodiscard]] std::string describe_payment(const CancelSettlement& op, const Names& names);

}  // namespace huangpu::ledger
