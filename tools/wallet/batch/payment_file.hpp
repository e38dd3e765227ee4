// A file of payments, as a desk exports it (docs/operator/wallet.md, SPEC W-23..W-25, W-49).
//
// CSV with the header reference,debit_account,credit_account,asset,amount and, at will, purpose,
// end_to_end and chain; columns in any order. Lines that follow each other with the same text in
// `chain` are a chain. Every line is checked before anything is sent, and all errors
// are reported at once. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/base/result.hpp"
#include "crypto/hash/digest.hpp"
#include "ledger/genesis/genesis.hpp"
#include "ledger/types/bulk_record.hpp"
#include "tools/cli/arguments.hpp"

namespace huangpu::tools {

inline constexpr std::size_t kPaymentFileBytesMax = 256U << 20;
inline constexpr std::size_t kPaymentsMax = 1'000'000;
inline constexpr std::size_t kPaymentErrorsShown = 100;

struct Payment {
  std::size_t line = 0;
  std::string reference;  // the desk's own, unique in the file; stays with the desk
  std::string debit_text;
  ledger::BulkRecord record;     // `linked` is not set here; see plan.hpp
  bool chained_to_next = false;  // settles with the next payment or not at all
  friend bool operator==(const Payment&, const Payment&) = default;
};

struct PaymentFile {
  crypto::Digest content;  // SHA-256 of the text
  std::vector<Payment> payments;
  bool has_chains = false;
  std::vector<AccountText> accounts;  // that its payments name, each once per spelling
};

// kMalformed with one error per line of the message, each with its line number.
[[nodiscard]] Result<PaymentFile> read_payments(std::string_view text,
                                                const ledger::Genesis& genesis,
                                                ledger::ParticipantId self);

}  // namespace huangpu::tools
