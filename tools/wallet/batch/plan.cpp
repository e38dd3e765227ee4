#include "tools/wallet/batch/plan.hpp"

#include <algorithm>

#include "crypto/base/codec.hpp"
#include "crypto/hash/domain.hpp"
#include "crypto/hash/hasher.hpp"
#include "ledger/codec/body_rules.hpp"

namespace huangpu::tools {
namespace {

// With the letter in front 33 characters, of the 35 that ISO 20022 allows.
constexpr std::size_t kReferenceHashBytes = 16;

std::string reference_of(crypto::SuiteId suite, ledger::ParticipantId payer,
                         const PaymentFile& file, const BatchPart& part) {
  Writer writer;
  writer.tag(crypto::domain::kPayments).u32(payer.value());
  writer.u64(part.first).u64(part.count);
  for (std::size_t i = part.first; i < part.first + part.count; ++i) {
    const Payment& payment = file.payments[i];
    Bytes record;
    ledger::append_record(record, payment.record);
    writer.u64(payment.line).blob(as_bytes(payment.reference)).raw(record);
  }
  const crypto::Digest digest = crypto::hash(suite, writer.view());
  return "B" + to_hex(digest.bytes().first(kReferenceHashBytes));
}

// An individual payment is called on chain what the desk calls it, so that the line acts once
// wherever it stands in whichever file.
Status check_own_references(const PaymentFile& file) {
  std::string errors;
  std::size_t count = 0;
  for (const Payment& payment : file.payments) {
    if (ledger::is_valid_reference_id(payment.reference)) continue;
    if (++count > kPaymentErrorsShown) continue;
    errors +=
        "\nline " + std::to_string(payment.line) + ": reference \"" + payment.reference + "\"";
  }
  if (count == 0) return {};
  if (count > kPaymentErrorsShown) {
    errors += "\nand " + std::to_string(count - kPaymentErrorsShown) + " more";
  }
  return fail(Errc::kInvalidArgument,
              "individual payments go under their own references, which must be 1 to 35 of "
              "A-Z a-z 0-9 / - ? : ( ) . , ' + and inner spaces:" +
                  errors);
}

Status add(PaymentTotal& total, const Payment& payment) {
  const auto sum = total.amount.checked_add(payment.record.amount);
  if (!sum) return fail(Errc::kOutOfRange, "the payments add up to more than a ledger can count");
  if (total.payments == 0) total.debit_text = payment.debit_text;
  total.amount = *sum;
  ++total.payments;
  return {};
}

}  // namespace

Status check_chains(const PaymentFile& file, const BatchOptions& options) {
  const bool linked =
      options.style == BatchStyle::kBulk && options.mode == ledger::BulkMode::kLinked;
  if (linked == file.has_chains) return {};
  return fail(Errc::kInvalidArgument,
              linked ? "--mode linked needs a column \"chain\" that says which payments belong "
                       "together"
                     : "the file has chains of payments that settle together or not at all; pay "
                       "it with --mode linked");
}

std::size_t lines_per_part(const BatchOptions& options) {
  if (options.style == BatchStyle::kIndividual) return 1;
  if (options.mode != ledger::BulkMode::kIndependent) return ledger::kBulkRecordsMax;
  return std::clamp<std::size_t>(options.part_lines_max, 1, ledger::kBulkRecordsMax);
}

Result<std::vector<BatchPart>> make_parts(crypto::SuiteId suite, ledger::ParticipantId payer,
                                          const PaymentFile& file, const BatchOptions& options) {
  const bool individual = options.style == BatchStyle::kIndividual;
  HP_TRY(check_chains(file, options));
  if (individual) {
    HP_TRY(check_own_references(file));
  } else if (options.mode != ledger::BulkMode::kIndependent &&
             file.payments.size() > ledger::kBulkRecordsMax) {
    return fail(Errc::kInvalidArgument,
                "all-or-nothing holds within one transaction, which takes at most " +
                    std::to_string(ledger::kBulkRecordsMax) + " payments");
  }
  const std::size_t lines = lines_per_part(options);
  std::vector<BatchPart> parts;
  for (std::size_t first = 0; first < file.payments.size(); first += lines) {
    BatchPart part;
    part.first = first;
    part.count = std::min(lines, file.payments.size() - first);
    part.reference =
        individual ? file.payments[first].reference : reference_of(suite, payer, file, part);
    parts.push_back(std::move(part));
  }
  return parts;
}

ledger::Operation operation_of(const PaymentFile& file, const BatchPart& part,
                               const BatchOptions& options) {
  if (options.style == BatchStyle::kIndividual) {
    const ledger::BulkRecord& record = file.payments[part.first].record;
    return ledger::Transfer{record.debit,  record.credit,     record.asset,
                            record.amount, record.end_to_end, record.purpose};
  }
  ledger::BulkTransfer bulk;
  bulk.mode = options.mode;
  bulk.records.reserve(part.count * ledger::kBulkRecordBytes);
  for (std::size_t i = part.first; i < part.first + part.count; ++i) {
    ledger::BulkRecord record = file.payments[i].record;
    record.linked = options.mode == ledger::BulkMode::kLinked && file.payments[i].chained_to_next;
    ledger::append_record(bulk.records, record);
  }
  return bulk;
}

Result<PaymentTotals> totals_of(const PaymentFile& file) {
  PaymentTotals totals;
  for (const Payment& payment : file.payments) {
    HP_TRY(add(totals.by_asset[payment.record.asset], payment));
    HP_TRY(add(totals.by_debit[{payment.record.debit, payment.record.asset}], payment));
  }
  return totals;
}

std::string_view style_name(BatchStyle style) {
  return style == BatchStyle::kBulk ? "bulk" : "individual";
}

std::string_view mode_name(ledger::BulkMode mode) {
  switch (mode) {
    case ledger::BulkMode::kIndependent:
      return "independent";
    case ledger::BulkMode::kAllOrNothing:
      return "all-or-nothing";
    case ledger::BulkMode::kLinked:
      return "linked";
  }
  return "unknown";
}

Result<ledger::BulkMode> parse_mode(std::string_view name) {
  for (const auto mode : {ledger::BulkMode::kIndependent, ledger::BulkMode::kAllOrNothing,
                          ledger::BulkMode::kLinked}) {
    if (name == mode_name(mode)) return mode;
  }
  return fail(Errc::kInvalidArgument, "unknown mode \"" + std::string(name.substr(0, 32)) + "\"");
}

}  // namespace huangpu::tools
