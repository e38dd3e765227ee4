#include "tools/wallet/batch/payment_file.hpp"

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <array>
#include <optional>
#include <utility>

#include "crypto/hash/hasher.hpp"
#include "tools/cli/arguments.hpp"
#include "tools/cli/csv.hpp"
#include "tools/cli/output.hpp"

namespace huangpu::tools {
namespace {

enum Column : std::size_t {
  kReference,
  kDebit,
  kCredit,
  kAsset,
  kAmount,
  kPurpose,
  kEndToEnd,
  kChain,
  kColumns
};

constexpr std::array<std::string_view, kColumns> kNames = {
    "reference", "debit_account", "credit_account", "asset",
    "amount",    "purpose",       "end_to_end",     "chain"};
constexpr std::size_t kRequired = kPurpose;  // the columns before this one
constexpr std::size_t kReferenceCharsMax = 140;

class PaymentReader {
 public:
  PaymentReader(std::string_view text, const ledger::Genesis& genesis, ledger::ParticipantId self)
      : csv_(text), genesis_(genesis), self_(self) {}

  Result<PaymentFile> read() {
    if (const Status header = read_header(); !header) return tl::unexpected(header.error());
    while (true) {
      auto record = csv_.next();
      if (!record) {
        add(record.error().message);
        continue;
      }
      if (!*record) break;
      if (payments_.size() >= kPaymentsMax) {
        add("line " + std::to_string((*record)->line) + ": more than " +
            std::to_string(kPaymentsMax) + " payments; split the file");
        break;
      }
      read_line(**record);
    }
    if (payments_.empty() && count_ == 0) add("the file has a header and no payments");
    if (count_ == 0)
      return PaymentFile{{}, std::move(payments_), !chains_.empty(), std::move(typed_)};
    if (count_ > kPaymentErrorsShown) {
      errors_ += "\nand " + std::to_string(count_ - kPaymentErrorsShown) + " more errors";
    }
    return fail(Errc::kMalformed, errors_);
  }

 private:
  Status read_header() {
    HP_TRY_ASSIGN(const auto record, csv_.next());
    if (!record)
      return fail(Errc::kMalformed, "the file is empty; its first line names the columns");
    for (std::size_t i = 0; i < record->fields.size(); ++i) {
      std::size_t column = 0;
      while (column < kColumns && kNames[column] != record->fields[i]) ++column;
      if (column == kColumns) {
        return fail(Errc::kMalformed, "line " + std::to_string(record->line) +
                                          ": unknown column \"" + printable(record->fields[i], 40) +
                                          "\"");
      }
      if (places_[column]) {
        return fail(Errc::kMalformed, "line " + std::to_string(record->line) + ": column " +
                                          std::string(kNames[column]) + " is there twice");
      }
      places_[column] = i;
    }
    for (std::size_t column = 0; column < kRequired; ++column) {
      if (!places_[column]) {
        return fail(Errc::kMalformed, "line " + std::to_string(record->line) + ": column " +
                                          std::string(kNames[column]) + " is missing");
      }
    }
    width_ = record->fields.size();
    return {};
  }

  std::string_view field(const CsvRecord& record, Column column) const {
    return places_[column] ? std::string_view(record.fields[*places_[column]]) : std::string_view();
  }

  // The same texts come again and again in a file.
  Result<ledger::AccountId> account(const std::string& text) {
    if (const auto found = accounts_.find(text); found != accounts_.end()) return found->second;
    HP_TRY_ASSIGN(const AccountText account, parse_account(genesis_, self_, text));
    accounts_.emplace(text, account.id);
    typed_.push_back(account);
    return account.id;
  }

  void read_line(const CsvRecord& record) {
    const std::string where = "line " + std::to_string(record.line) + ": ";
    if (record.fields.size() != width_) {
      add(where + std::to_string(record.fields.size()) + " fields, the header has " +
          std::to_string(width_));
      return;
    }
    bool sound = true;
    const auto take = [&](auto result, auto& into) {
      if (result) {
        into = *result;
      } else {
        sound = false;
        add(where + result.error().message);
      }
    };
    Payment payment;
    payment.line = record.line;
    payment.reference = field(record, kReference);
    payment.debit_text = field(record, kDebit);
    if (payment.reference.empty() || payment.reference.size() > kReferenceCharsMax ||
        printable(payment.reference) != payment.reference ||
        payment.reference.find('\n') != std::string::npos) {
      sound = false;
      add(where + "reference must be 1 to 140 printable characters");
    } else if (const auto [place, added] = references_.emplace(payment.reference, record.line);
               !added) {
      sound = false;
      add(where + "reference \"" + payment.reference + "\" is that of line " +
          std::to_string(place->second) + " too");
    }
    take(account(std::string(field(record, kDebit))), payment.record.debit);
    take(account(std::string(field(record, kCredit))), payment.record.credit);
    take(parse_purpose(field(record, kPurpose)), payment.record.purpose);
    take(parse_end_to_end(field(record, kEndToEnd)), payment.record.end_to_end);
    if (const auto asset = find_asset(genesis_, field(record, kAsset))) {
      payment.record.asset = asset->id;
      take(parse_amount(field(record, kAmount), asset->decimals), payment.record.amount);
    } else {
      sound = false;
      add(where + asset.error().message);
    }
    if (sound && payment.record.debit == payment.record.credit) {
      sound = false;
      add(where + "an account cannot pay itself");
    }
    sound &= join_chain(std::string(field(record, kChain)), where);
    if (sound) payments_.push_back(std::move(payment));
  }

  // Whether the line may stand where it does.
  bool join_chain(std::string chain, const std::string& where) {
    const bool goes_on = !chain.empty() && chain == last_chain_;
    if (goes_on && !payments_.empty()) payments_.back().chained_to_next = true;
    last_chain_ = chain;
    if (chain.empty() || goes_on) return true;
    if (chain.size() > kReferenceCharsMax || printable(chain) != chain) {
      add(where + "chain must be at most 140 printable characters");
      return false;
    }
    if (chains_.insert(chain).second) return true;
    add(where + "chain \"" + chain + "\" has ended before; its lines must follow each other");
    return false;
  }

  void add(const std::string& error) {
    if (++count_ <= kPaymentErrorsShown) errors_ += (errors_.empty() ? "" : "\n") + error;
  }

  CsvReader csv_;
  const ledger::Genesis& genesis_;
  const ledger::ParticipantId self_;
  std::array<std::optional<std::size_t>, kColumns> places_{};
  std::size_t width_ = 0;
  absl::flat_hash_map<std::string, ledger::AccountId> accounts_;
  absl::flat_hash_map<std::string, std::size_t> references_;
  absl::flat_hash_set<std::string> chains_;
  std::string last_chain_;
  std::vector<Payment> payments_;
  std::vector<AccountText> typed_;
  std::size_t count_ = 0;
  std::string errors_;
};

}  // namespace

Result<PaymentFile> read_payments(std::string_view text, const ledger::Genesis& genesis,
                                  ledger::ParticipantId self) {
  if (text.size() > kPaymentFileBytesMax) {
    return fail(Errc::kMalformed, "the file is longer than 256 MiB; split it");
  }
  HP_TRY_ASSIGN(PaymentFile file, PaymentReader(text, genesis, self).read());
  file.content = crypto::sha256(as_bytes(text));
  return file;
}

}  // namespace huangpu::tools
