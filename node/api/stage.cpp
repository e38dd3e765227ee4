#include <algorithm>

#include "node/api/backend.hpp"
#include "node/api/transaction_stage.hpp"

namespace huangpu::node {

std::string_view to_text(TransactionStage stage) {
  switch (stage) {
    case TransactionStage::kReceived:
      return "received";
    case TransactionStage::kAdmitted:
      return "admitted";
    case TransactionStage::kOrdered:
      return "ordered";
    case TransactionStage::kExecuted:
      return "executed";
    case TransactionStage::kFinal:
      return "final";
    case TransactionStage::kRejected:
      return "rejected";
    case TransactionStage::kExpired:
      return "expired";
  }
  return "unknown";
}

bool is_ready(const NodeSnapshot& snapshot) {
  return std::all_of(snapshot.checks.begin(), snapshot.checks.end(),
                     [](const ReadinessCheck& check) { return check.ok; });
}

}  // namespace huangpu::node
