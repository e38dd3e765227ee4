#include "tests/sim/checkers/books_checker.hpp"

#include <algorithm>
#include <variant>

#include "ledger/types/bulk_record.hpp"
#include "ledger/types/state_key.hpp"
#include "ledger/types/state_value.hpp"

namespace huangpu::sim {

void BooksChecker::violation(const char* rule, Height height, const std::string& text) {
  violations_.push_back({rule, "height " + std::to_string(height.value()) + ": " + text});
}

void BooksChecker::on_ordered(std::size_t /*node*/, const node::ExecuteBlock& block) {
  const Height height = block.stored.block.header.height;
  if (height > booked_) ordered_.try_emplace(height, block.batches);
}

void BooksChecker::on_executed(std::size_t node, const ExecutedBlock& block) {
  const Height height = block.outcome.commit.height;
  const auto& output = block.outcome.output;
  const auto [known, first] = receipts_.try_emplace(height, output.encoded_receipts);
  if (!first) {
    if (known->second != output.encoded_receipts) {
      violation(height <= final_ ? "A4" : "S12", height,
                "n" + std::to_string(node) + " gives other receipts");
    }
    return;
  }
  if (height.value() != booked_.value() + 1) {
    violation("S9", height, "is executed before the one below it");
    return;
  }
  booked_ = height;
  std::size_t next = 0;
  for (const auto& batch : ordered_[height]) {
    for (const auto& envelope : batch->envelopes) {
      if (next >= output.receipts.size() || output.receipts[next].txid != envelope.txid) {
        violation("A3", height, "receipts are not those of its transactions");
        return;
      }
      book(height, envelope, output.receipts[next++]);
    }
  }
  ordered_.erase(height);
  compare(height, block.state);
}

void BooksChecker::book(Height height, const ledger::DecodedEnvelope& envelope,
                        const ledger::Receipt& receipt) {
  if (!ledger::is_answer(receipt.code)) return;
  // A copy that is ordered after the window says so whatever became of the others (SPEC L-33).
  if (receipt.code == ledger::ResultCode::kExpired) {
    expired_.insert(envelope.txid);
    return;
  }
  if (expired_.contains(envelope.txid))
    violation("A3", height, "a transaction acts after it expired: " + envelope.txid.value().hex());
  if (!answered_.insert(envelope.txid).second)
    violation("A3", height, "a transaction is answered twice: " + envelope.txid.value().hex());
  if (receipt.code == ledger::ResultCode::kSettled) ++settled_;
  const auto& reference = envelope.body.reference;
  if (reference && receipt.code == ledger::ResultCode::kSettled &&
      !references_.emplace(envelope.body.submitter, reference->id).second)
    violation("A3", height, "a client reference settles twice: " + reference->id);
  const bool settled = receipt.code == ledger::ResultCode::kSettled;
  if (const auto* transfer = std::get_if<ledger::Transfer>(&envelope.body.operation)) {
    if (settled)
      move(height, &transfer->debit, &transfer->credit, transfer->asset, transfer->amount);
  } else if (const auto* issue = std::get_if<ledger::Issue>(&envelope.body.operation)) {
    if (settled) move(height, nullptr, &issue->credit, issue->asset, issue->amount);
  } else if (const auto* redeem = std::get_if<ledger::Redeem>(&envelope.body.operation)) {
    if (settled) move(height, &redeem->debit, nullptr, redeem->asset, redeem->amount);
  } else if (const auto* bulk = std::get_if<ledger::BulkTransfer>(&envelope.body.operation)) {
    const auto records = ledger::BulkRecords::trusted(bulk->records);
    for (std::size_t i = 0; i < receipt.record_codes.size(); ++i) {
      if (receipt.record_codes[i] != 0) continue;
      const ledger::BulkRecord record = records.at(i);
      move(height, &record.debit, &record.credit, record.asset, record.amount);
    }
  }
}

void BooksChecker::move(Height height, const ledger::AccountId* debit,
                        const ledger::AccountId* credit, ledger::AssetId asset,
                        const Amount& amount) {
  Amount& supply = supply_[asset];
  if (debit != nullptr) {
    Amount& balance = balances_[{*debit, asset}];
    const auto rest = balance.checked_sub(amount);
    if (!rest) {
      violation("A1", height, "a settled debit exceeds the balance");
      return;
    }
    balance = *rest;
    if (credit == nullptr) supply = supply.checked_sub(amount).value_or(Amount::zero());
  }
  if (credit != nullptr) {
    Amount& balance = balances_[{*credit, asset}];
    balance = balance.checked_add(amount).value_or(Amount::max());
    if (debit == nullptr) supply = supply.checked_add(amount).value_or(Amount::max());
  }
}

void BooksChecker::compare(Height height, const ledger::StateReader& state) {
  for (const ledger::AssetId asset : chain_.assets) {
    Amount held = Amount::zero();
    for (const SimAccount& account : chain_.accounts) {
      const auto bytes = state.get(ledger::balance_key(account.id, asset));
      Amount balance = Amount::zero();
      if (bytes) {
        const auto value = ledger::BalanceValue::decode(*bytes);
        if (!value) {
          violation("A1", height, "a balance does not decode");
          continue;
        }
        balance = value->balance();
      }
      if (balance != balances_[{account.id, asset}])
        violation("A1", height, "a balance is not what the receipts make it");
      held = held.checked_add(balance).value_or(Amount::max());
    }
    if (held != supply_[asset]) violation("A1", height, "an asset is not conserved");
  }
}

void BooksChecker::on_final(std::size_t node, Height height) {
  if (height > booked_)
    violation("A4", height, "n" + std::to_string(node) + " calls final what nobody executed");
  final_ = std::max(final_, height);
}

}  // namespace huangpu::sim
