// Bodies of two-phase transfers and of settlements that several parties agree on ↔ protobuf, and
// their stateless rules (SPEC ).
#pragma once

#include <optional>

#include "ledger/codec/field_reader.hpp"
#include "ledger/types/transaction.hpp"

namespace huangpu::v1 {
class TransactionBody;
}

namespace huangpu::ledger {

void write_payment_operation(const ReserveFunds& op, v1::TransactionBody& body);
void write_payment_operation(const PostReserved& op, v1::TransactionBody& body);
void write_payment_operation(const VoidReserved& op, v1::TransactionBody& body);
void write_payment_operation(const ProposeSettlement& op, v1::TransactionBody& body);
void write_payment_operation(const ApproveSettlement& op, v1::TransactionBody& body);
void write_payment_operation(const WithdrawApproval& op, v1::TransactionBody& body);
void write_payment_operation(const CancelSettlement& op, v1::TransactionBody& body);

// Nothing when the body's operation is of another family.
[[nodiscard]] std::optional<Operation> read_agreed_operation(FieldReader& read,
                                                             const v1::TransactionBody& body);

[[nodiscard]] Status check_payment_operation(const ReserveFunds& op);
[[nodiscard]] Status check_payment_operation(const ProposeSettlement& op);
[[nodiscard]] inline Status check_payment_operation(const PostReserved&) { return {}; }
[[nodiscard]] inline Status check_payment_operation(const VoidReserved&) { return {}; }
[[nodiscard]] inline Status check_payment_operation(const ApproveSettlement&) { return {}; }
[[nodiscard]] inline Status check_payment_operation(const WithdrawApproval&) { return {}; }
[[nodiscard]] inline Status check_payment_operation(const CancelSettlement&) { return {}; }

}  // namespace huangpu::ledger
