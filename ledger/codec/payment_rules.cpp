#include "ledger/codec/payment_rules.hpp"

#include <string>
#include <variant>

namespace huangpu::ledger {
namespace {

Status refuse(std::string_view what) {
  return fail(Errc::kMalformed, "transaction: " + std::string(what));
}

Status known(PriorityClass priority) {
  return priority_from_number(static_cast<std::uint64_t>(priority))
             ? Status{}
             : refuse("unknown priority class");
}

}  // namespace

Status check_payment_operation(const Payment& op) {
  HP_TRY(known(op.priority));
  if (op.latest.value() != 0 && op.latest < op.earliest) {
    return refuse("the latest time is before the earliest");
  }
  return is_valid_purpose(op.purpose) ? Status{} : refuse("invalid purpose code");
}

Status check_payment_operation(const ChangePriority& op) { return known(op.priority); }

Status check_payment_operation(const SetReservation& op) {
  const bool reserved =
      op.priority == PriorityClass::kHighlyUrgent || op.priority == PriorityClass::kUrgent;
  return reserved ? Status{} : refuse("no reservation for this priority class");
}

bool needs_reference(const Operation& operation) {
  return std::holds_alternative<Payment>(operation);
}

}  // namespace huangpu::ledger
