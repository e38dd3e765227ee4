#include "ledger/types/transaction.hpp"

#include <array>

namespace huangpu::ledger {

std::string_view operation_name(const Operation& operation) noexcept {
  static constexpr std::array<std::string_view, std::variant_size_v<Operation>> kNames = {
      "open-accounts",
      "issue",
      "redeem",
      "transfer",
      "bulk-transfer",
      "register-key",
      "rotate-key",
      "revoke-key",
      "set-account-authority",
      "register-certificate",
      "revoke-certificate",
      "propose-change",
      "vote-on-proposal",
      "withdraw-proposal",
      "payment",
      "cancel-payment",
      "hold-payment",
      "release-payment",
      "change-priority",
      "set-reservation",
      "set-bilateral-limit",
      "set-multilateral-limit",
      "set-credit-line",
      "run-resolution",
      "reserve-funds",
      "post-reserved",
      "void-reserved",
      "propose-settlement",
      "approve-settlement",
      "withdraw-approval",
      "cancel-settlement"};
  return kNames[operation.index()];
}

}  // namespace huangpu::ledger
