// Sentences about operations of queued settlement; see describe.hpp.
#pragma once

#include <string>

#include "ledger/types/describe.hpp"

namespace huangpu::ledger {

[[nodiscard]] std::string describe_payment(const Payment& op, const Names& names);
[[nodiscard]] std::string describe_payment(const CancelPayment& op, const Names& names);
[[nodiscard]] std::string describe_payment(const HoldPayment& op, const Names& names);
[[nodiscard]] std::string describe_payment(const ReleasePayment& op, const Names& names);
[[nodiscard]] std::string describe_payment(const ChangePriority& op, const Names& names);
[[nodiscard]] std::string describe_payment(const SetReservation& op, const Names& names);
[[nodiscard]] std::string describe_payment(const SetBilateralLimit& op, const Names& names);
[[nodiscard]] std::string describe_payment(const SetMultilateralLimit& op, const Names& names);
[[nodiscard]] std::string describe_payment(const SetCreditLine& op, const Names& names);
[[nodiscard]] std::string describe_payment(const RunResolution& op, const Names& names);

}  // namespace huangpu::ledger
