// Bodies of queued settlement ↔ protobuf (SPEC Q-20).
#pragma once

#include <optional>

#include "ledger/codec/field_reader.hpp"
#include "ledger/types/transaction.hpp"

namespace huangpu::v1 {
class TransactionBody;
}

namespace huangpu::ledger {

void write_payment_operation(const Payment& op, v1::TransactionBody& body);
void write_payment_operation(const CancelPayment& op, v1::TransactionBody& body);
void write_payment_operation(const HoldPayment& op, v1::TransactionBody& body);
void write_payment_operation(const ReleasePayment& op, v1::TransactionBody& body);
void write_payment_operation(const ChangePriority& op, v1::TransactionBody& body);
void write_payment_operation(const SetReservation& op, v1::TransactionBody& body);
void write_payment_operation(const SetBilateralLimit& op, v1::TransactionBody& body);
void write_payment_operation(const SetMultilateralLimit& op, v1::TransactionBody& body);
void write_payment_operation(const SetCreditLine& op, v1::TransactionBody& body);
void write_payment_operation(const RunResolution& op, v1::TransactionBody& body);

// Nothing when the body's operation is of another family.
[[nodiscard]] std::optional<Operation> read_payment_operation(FieldReader& read,
                                                              const v1::TransactionBody& body);

}  // namespace huangpu::ledger
