// The stages a transaction passes through, as clients see them (SPEC N-210).
//
// received -> admitted -> ordered -> executed -> final; or rejected, or expired. Only `final` may
// be relied on by others: `executed` is this node's own computation. Plain values without
// ownership.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "crypto/base/ids.hpp"
#include "ledger/types/ids.hpp"

namespace huangpu::node {

enum class TransactionStage : std::uint8_t {
  kReceived = 1,
  kAdmitted = 2,
  kOrdered = 3,
  kExecuted = 4,
  kFinal = 5,
  kRejected = 6,
  kExpired = 7,
};

[[nodiscard]] std::string_view to_text(TransactionStage stage);

// After these stages nothing more happens to a transaction.
[[nodiscard]] constexpr bool is_last(TransactionStage stage) {
  return stage >= TransactionStage::kFinal;
}

// What is known about one transaction.
struct TransactionUpdate {
  ledger::TxId txid;
  // 0 while this node has not seen the transaction; whoever may not see the submitter is told
  // nothing.
  ledger::ParticipantId submitter;
  TransactionStage stage = TransactionStage::kReceived;
  std::uint16_t code = 0;   // ledger result code, from `executed` on; admission code when rejected
  std::string message;      // one sentence; empty when the code says it all
  Height height{0};         // from `ordered` on
  std::uint32_t index = 0;  // within the block, from `ordered` on
  Height certificate_height{0};  // `final` only
};

}  // namespace huangpu::node
