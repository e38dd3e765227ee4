#include "node/api/movements.hpp"

#include <algorithm>
#include <string>
#include <type_traits>
#include <variant>

namespace huangpu::node {
namespace {

using ledger::Receipt;

template <class T>
Bytes end_to_end_bytes(const T& id) {
  const bool is_set =
      std::any_of(id.begin(), id.end(), [](std::uint8_t byte) { return byte != 0; });
  return is_set ? Bytes(id.begin(), id.end()) : Bytes();
}

std::string purpose_text(const ledger::Purpose& purpose) {
  return purpose.front() == 0 ? "" : std::string(purpose.begin(), purpose.end());
}

struct MovementReader {
  const Receipt& receipt;
  std::uint16_t code = static_cast<std::uint16_t>(receipt.code);

  std::vector<Movement> operator()(const ledger::Issue& issue) const {
    return {{0, std::nullopt, issue.credit, issue.asset, issue.amount, code, {}, {}}};
  }
  std::vector<Movement> operator()(const ledger::Redeem& redeem) const {
    return {{0, redeem.debit, std::nullopt, redeem.asset, redeem.amount, code, {}, {}}};
  }
  std::vector<Movement> operator()(const ledger::Transfer& transfer) const {
    return {{0, transfer.debit, transfer.credit, transfer.asset, transfer.amount, code,
             end_to_end_bytes(transfer.end_to_end), purpose_text(transfer.purpose)}};
  }
  std::vector<Movement> operator()(const ledger::Payment& payment) const {
    return {{0, payment.debit, payment.credit, payment.asset, payment.amount, code,
             end_to_end_bytes(payment.end_to_end), purpose_text(payment.purpose)}};
  }
  std::vector<Movement> operator()(const ledger::BulkTransfer& bulk) const {
    const auto records = ledger::BulkRecords::trusted(bulk.records);
    std::vector<Movement> movements;
    movements.reserve(records.count());
    for (std::size_t i = 0; i < records.count(); ++i) {
      const auto record = records.at(i);
      // A bulk that failed as a whole has no codes of its records.
      const auto own =
          i < receipt.record_codes.size() ? std::uint16_t{receipt.record_codes[i]} : code;
      movements.push_back({static_cast<std::uint32_t>(i), record.debit, record.credit, record.asset,
                           record.amount, own, end_to_end_bytes(record.end_to_end),
                           purpose_text(record.purpose)});
    }
    return movements;
  }
  // The other operations move nothing.
  template <class Other>
  std::vector<Movement> operator()(const Other&) const {
    return {};
  }
};

}  // namespace

std::vector<Movement> movements_of(const ledger::TransactionBody& body, const Receipt& receipt) {
  return std::visit(MovementReader{receipt}, body.operation);
}

std::vector<ledger::AccountId> other_accounts_of(const ledger::TransactionBody& body) {
  std::vector<ledger::AccountId> accounts;
  if (body.nonce) accounts.push_back(body.nonce->account);
  if (const auto* authority = std::get_if<ledger::SetAccountAuthority>(&body.operation)) {
    accounts.push_back(authority->account);
  }
  if (const auto* reserve = std::get_if<ledger::ReserveFunds>(&body.operation)) {
    accounts.push_back(reserve->debit);
    accounts.push_back(reserve->credit);
  }
  if (const auto* settlement = std::get_if<ledger::ProposeSettlement>(&body.operation)) {
    for (const ledger::SettlementLeg& leg : settlement->legs) {
      accounts.push_back(leg.debit);
      accounts.push_back(leg.credit);
    }
  }
  return accounts;
}

}  // namespace huangpu::node
