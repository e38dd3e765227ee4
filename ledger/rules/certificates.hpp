// API certificates of a participant: register, revoke (SPEC L-114, L-115).
#pragma once

#include "ledger/rules/context.hpp"
#include "ledger/types/result_code.hpp"
#include "ledger/types/transaction.hpp"

namespace huangpu::ledger {

[[nodiscard]] ResultCode apply_register_certificate(TxContext& context,
                                                    const RegisterCertificate& operation);
[[nodiscard]] ResultCode apply_revoke_certificate(TxContext& context,
                                                  const RevokeCertificate& operation);

}  // namespace huangpu::ledger
