#include "tools/wallet/batch/results.hpp"

#include "ledger/types/result_code.hpp"
#include "tools/cli/csv.hpp"

namespace huangpu::tools {

std::uint16_t payment_code(const PartResult& result, std::size_t place) {
  // A bulk transfer that was refused as a whole has no codes of records.
  return place < result.record_codes.size() ? result.record_codes[place] : result.code;
}

std::string result_csv(const PaymentFile& file, const std::vector<BatchPart>& parts,
                       const PartResults& results, BatchSummary& summary) {
  std::string text = "line,reference,status,code,txid,height,index\n";
  summary = {};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto result = results.find(i);
    for (std::size_t place = 0; place < parts[i].count; ++place) {
      const Payment& payment = file.payments[parts[i].first + place];
      ++summary.payments;
      text += std::to_string(payment.line) + "," + csv_field(payment.reference) + ",";
      if (result == results.end()) {
        ++summary.open;
        text += "open,,,,\n";
        continue;
      }
      const PartResult& part = result->second;
      const std::uint16_t number = payment_code(part, place);
      const auto code = ledger::result_code_from_number(number);
      ++(code == ledger::ResultCode::kSettled ? summary.settled : summary.refused);
      text += (code ? std::string(ledger::name(*code)) : std::string("unknown")) + "," +
              std::to_string(number) + "," + part.txid.hex() + "," +
              std::to_string(part.height.value()) + "," + std::to_string(part.index) + "\n";
    }
  }
  return text;
}

}  // namespace huangpu::tools
