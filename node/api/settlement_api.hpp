// Queued settlement on behalf of a caller (SPEC N-360..N-364) and agreements (SPEC N-365).
//
// Every answer is read from one snapshot of the newest executed state. What does not exist and what
// the caller may not see give the same error. Blocking on storage; any thread. Forecasts are
// computed one at a time: kExhausted while another one is.
#pragma once

#include <mutex>
#include <vector>

#include "node/api/account_owners.hpp"
#include "node/api/chain_document.hpp"
#include "node/api/ledger_api.hpp"
#include "node/api/settlement_answers.hpp"

namespace huangpu::node {

inline constexpr std::size_t kQueuePageMax = 1'000;
inline constexpr std::size_t kForecastPaymentsMax = 5'000;
inline constexpr std::size_t kForecastExtraMax = 16;

class SettlementApi {
 public:
  // All arguments outlive the object.
  SettlementApi(NodeBackend& backend, AccountOwners& owners, LedgerApi& ledger,
                const ChainDocument& chain);

  // Judged like the receipt of its transaction.
  [[nodiscard]] Result<PaymentAnswer> payment(const Principal& caller, const ledger::TxId& id);

  // What waits to debit an account, a page at a time; `after` is `next` of the page before. Asset
  // 0: all assets, one queue after the other.
  [[nodiscard]] Result<QueueAnswer> queue(const Principal& caller, const ledger::AccountId& account,
                                          ledger::AssetId asset, ByteView after);

  [[nodiscard]] Result<LiquidityAnswer> liquidity(const Principal& caller,
                                                  const ledger::AccountId& account,
                                                  ledger::AssetId asset);

  // Judged like the receipt of the transaction that reserved.
  [[nodiscard]] Result<ReserveAnswer> reserve(const Principal& caller, const ledger::TxId& id);
  // Open reserves of an account, a page at a time; `after` is `next` of the page before.
  [[nodiscard]] Result<ReservesAnswer> reserves(const Principal& caller,
                                                const ledger::AccountId& account, ByteView after);
  // Judged like the receipt of its proposal.
  [[nodiscard]] Result<SettlementAnswer> settlement(const Principal& caller,
                                                    const ledger::TxId& id);
  // Open settlements with a leg of the account.
  [[nodiscard]] Result<SettlementsAnswer> settlements(const Principal& caller,
                                                      const ledger::AccountId& account);

  // What would settle if a block came now, with extra liquidity on accounts of the caller.
  [[nodiscard]] Result<ForecastAnswer> forecast(const Principal& caller,
                                                const std::vector<ForecastExtra>& extra,
                                                TimestampMs now);

 private:
  [[nodiscard]] Result<bool> may_see(const Principal& caller,
                                     const ledger::WaitingPayment& payment);
  [[nodiscard]] Result<bool> may_see(const Principal& caller, const ledger::AccountId& account);

  NodeBackend& backend_;
  AccountOwners& owners_;
  LedgerApi& ledger_;
  const ChainDocument& chain_;
  std::mutex forecasting_;
};

}  // namespace huangpu::node
