// Reading the ledger on behalf of a caller (SPEC N-205, N-206, N-220).
//
// Every method authorises, reads through the backend and decodes. What does not exist and what the
// caller may not see give the same error. Blocking on storage; any thread.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "crypto/base/result.hpp"
#include "node/api/account_owners.hpp"
#include "node/api/answers.hpp"
#include "node/api/authorisation.hpp"
#include "node/api/backend.hpp"
#include "node/api/chain_document.hpp"

namespace huangpu::node {

class LedgerApi {
 public:
  // All arguments outlive the object.
  LedgerApi(NodeBackend& backend, AccountOwners& owners, const ChainDocument& chain);

  [[nodiscard]] Result<BalanceAnswer> balance(const Principal& caller,
                                              const ledger::AccountId& account,
                                              ledger::AssetId asset, const ReadOptions& options);
  [[nodiscard]] Result<std::vector<BalanceAnswer>> balances(const Principal& caller,
                                                            const ledger::AccountId& account,
                                                            const ReadOptions& options,
                                                            Height& height);
  [[nodiscard]] Result<AccountAnswer> account(const Principal& caller,
                                              const ledger::AccountId& account,
                                              const ReadOptions& options);
  [[nodiscard]] ledger::AccountId account_id(ledger::ParticipantId participant,
                                             std::uint64_t number) const;

  [[nodiscard]] Result<AssetAnswer> asset(const Principal& caller, ledger::AssetId asset,
                                          const ReadOptions& options);
  [[nodiscard]] Result<AssetAnswer> asset(const Principal& caller, std::string_view code,
                                          const ReadOptions& options);
  [[nodiscard]] Result<std::vector<AssetAnswer>> assets(const Principal& caller);
  [[nodiscard]] Result<ParticipantAnswer> participant(const Principal& caller,
                                                      ledger::ParticipantId participant,
                                                      const ReadOptions& options);
  [[nodiscard]] Result<ParticipantAnswer> participant(const Principal& caller,
                                                      std::string_view code,
                                                      const ReadOptions& options);

  // A page of the keys that a participant ever registered, as they were at one height. Judged like
  // an account of that participant.
  [[nodiscard]] Result<KeysAnswer> keys(const Principal& caller, ledger::ParticipantId participant,
                                        const std::optional<crypto::KeyId>& after,
                                        const ReadOptions& options);

  // Validators and parameters: now, pending and announced.
  [[nodiscard]] Result<EpochsAnswer> epochs(const Principal& caller, const ReadOptions& options);
  // Proposals behind number `after`, a page of them; or one by its number.
  [[nodiscard]] Result<ProposalsAnswer> proposals(const Principal& caller, std::uint64_t after,
                                                  bool open_only, const ReadOptions& options);
  [[nodiscard]] Result<ProposalsAnswer> proposal(const Principal& caller, std::uint64_t number,
                                                 const ReadOptions& options);

  [[nodiscard]] Result<BlockAnswer> block(const Principal& caller, Height height);
  [[nodiscard]] Result<ReceiptAnswer> receipt(const Principal& caller, const ledger::TxId& txid);
  [[nodiscard]] Result<std::shared_ptr<const FinalityRecords>> finality(const Principal& caller,
                                                                        Height height);
  [[nodiscard]] Result<GenesisAnswer> genesis(const Principal& caller);

 private:
  [[nodiscard]] Result<BalanceAnswer> read_balance(const ledger::AccountId& account,
                                                   ledger::AssetId asset,
                                                   const ReadOptions& options, bool& has_entry);
  [[nodiscard]] Result<StateEntryAnswer> read_entry(Bytes key, const ReadOptions& options,
                                                    std::string_view what, Height& height);

  NodeBackend& backend_;
  AccountOwners& owners_;
  const ChainDocument& chain_;
};

}  // namespace huangpu::node
