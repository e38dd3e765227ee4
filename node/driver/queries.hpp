// Reads for client services: state with proofs, blocks, receipts, finality (SPEC N-55..N-59).
//
// Everything here is about certified heights only. Thread: any; reads may wait for storage, never
// for consensus.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "consensus/types/epoch.hpp"
#include "ledger/state/tree.hpp"
#include "ledger/store/state_store.hpp"
#include "ledger/types/receipt.hpp"
#include "node/api/backend.hpp"
#include "node/driver/chain_view.hpp"
#include "node/driver/stored_chain.hpp"

namespace huangpu::node {

class Queries {
 public:
  struct Parts {
    consensus::ChainContext chain;
    ledger::ChainInfo ledger_chain;
    StoredChain blocks;
    const ledger::StateStore& state;
    const ledger::StateTree& tree;
    const ChainView& view;
  };
  explicit Queries(Parts parts) : parts_(std::move(parts)) {}

  [[nodiscard]] Result<TransactionUpdate> find_transaction(const ledger::TxId& txid) const;
  [[nodiscard]] Result<ledger::TxId> find_reference(const ReferenceKey& reference) const;
  [[nodiscard]] Result<StateAnswer> query(ByteView key, std::optional<Height> height,
                                          bool with_proof) const;
  [[nodiscard]] Result<KeyIds> keys_of(ledger::ParticipantId participant,
                                       const std::optional<crypto::KeyId>& after) const;
  [[nodiscard]] Result<BlockAnswer> block(Height height) const;
  [[nodiscard]] Result<ReceiptAnswer> receipt(const ledger::TxId& txid) const;
  [[nodiscard]] Result<std::shared_ptr<const FinalityRecords>> finality(Height height) const;
  [[nodiscard]] Result<std::shared_ptr<const CertifiedBlock>> certified_block(Height height) const;

 private:
  // From the state store, which has it as soon as the height is executed; the block store's record
  // of it follows.
  [[nodiscard]] Result<consensus::CommitMessage> commit_at(Height height) const;
  [[nodiscard]] Result<std::vector<consensus::Batch>> batches_at(Height height) const;
  // From the second epoch to `epoch`.
  [[nodiscard]] Result<std::vector<FinalityRecords::EpochLink>> epoch_links(Epoch epoch) const;
  [[nodiscard]] Result<FinalityRecords::EpochLink> epoch_link(Epoch epoch) const;
  // The canonical body of an executed transaction, from the batch that its receipt names.
  [[nodiscard]] Result<std::vector<ledger::PaymentEvent>> payment_events(Height height,
                                                                         TimestampMs time) const;
  [[nodiscard]] Result<Bytes> body_of(const ledger::Receipt& receipt, Epoch epoch) const;

  const Parts parts_;
  mutable std::mutex cache_mutex_;
  // From the second epoch on. What has a certificate does not change, and every answer has it all.
  mutable std::vector<FinalityRecords::EpochLink> links_;  // guarded
  // Event streams near the tip all read the same few blocks.
  mutable std::map<Height, std::shared_ptr<const CertifiedBlock>> cache_;  // guarded
};

}  // namespace huangpu::node
