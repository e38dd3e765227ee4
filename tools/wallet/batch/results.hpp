// What a batch run leaves for people: the result file and the totals (SPEC W-38).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/wallet/batch/journal.hpp"

namespace huangpu::tools {

struct BatchSummary {
  std::uint64_t payments = 0;
  std::uint64_t settled = 0;
  std::uint64_t refused = 0;
  std::uint64_t open = 0;  // no final result is known yet
};

// The code of one payment: of its record in a bulk transfer, or of its transaction.
[[nodiscard]] std::uint16_t payment_code(const PartResult& result, std::size_t place);

// CSV: line,reference,status,code,txid,height,index. `status` is the name of the code, or "open".
[[nodiscard]] std::string result_csv(const PaymentFile& file, const std::vector<BatchPart>& parts,
                                     const PartResults& results, BatchSummary& summary);

}  // namespace huangpu::tools
