// How a payment file is cut into transactions, and what each of them is called on chain (SPEC
// W-26..W-28).
//
// An individual payment goes under its line's own reference: a line that is repeated, moved or
// changed in another file meets its first use on chain. The client reference of a bulk transfer is
// a hash of its lines, records and payer: whoever runs the file again gives each part the reference
// it had. That an edited file does not pay its lines again is the journals' doing (history.hpp).
// Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "crypto/suite.hpp"
#include "ledger/types/transaction.hpp"
#include "tools/wallet/batch/payment_file.hpp"

namespace huangpu::tools {

enum class BatchStyle : std::uint8_t { kBulk, kIndividual };

struct BatchOptions {
  BatchStyle style = BatchStyle::kBulk;
  ledger::BulkMode mode = ledger::BulkMode::kIndependent;
  std::uint32_t part_lines_max = 1'000;  // payments per bulk transfer; 1 for individual ones
  friend bool operator==(const BatchOptions&, const BatchOptions&) = default;
};

struct BatchPart {
  std::size_t first = 0;  // index into PaymentFile::payments
  std::size_t count = 0;
  std::string reference;
};

// Chains are kept together by linked mode only: kInvalidArgument for chains in another mode, and
// for linked mode without them.
[[nodiscard]] Status check_chains(const PaymentFile& file, const BatchOptions& options);

// How many payments each part has, the last one perhaps fewer.
[[nodiscard]] std::size_t lines_per_part(const BatchOptions& options);

// kInvalidArgument when an all-or-nothing or linked file does not fit one transaction, or when
// references of individual payments are none that a transaction may carry.
[[nodiscard]] Result<std::vector<BatchPart>> make_parts(crypto::SuiteId suite,
                                                        ledger::ParticipantId payer,
                                                        const PaymentFile& file,
                                                        const BatchOptions& options);

[[nodiscard]] ledger::Operation operation_of(const PaymentFile& file, const BatchPart& part,
                                             const BatchOptions& options);

struct PaymentTotal {
  Amount amount;
  std::size_t payments = 0;
  std::string debit_text;  // of the first payment
};
struct PaymentTotals {
  std::map<ledger::AssetId, PaymentTotal> by_asset;
  std::map<std::pair<ledger::AccountId, ledger::AssetId>, PaymentTotal> by_debit;
};
// kOutOfRange when a sum needs more than 128 bits.
[[nodiscard]] Result<PaymentTotals> totals_of(const PaymentFile& file);

[[nodiscard]] std::string_view style_name(BatchStyle style);
[[nodiscard]] std::string_view mode_name(ledger::BulkMode mode);
[[nodiscard]] Result<ledger::BulkMode> parse_mode(std::string_view name);

}  // namespace huangpu::tools
