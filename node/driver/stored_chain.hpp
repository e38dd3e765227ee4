// The block store's records as the types they are: what recovery, serving peers and client queries
// read (SPEC N-26).
//
// Stateless view; borrows the store. Any thread. kNotFound for what is not held, kCorrupt for what
// does not decode: the store's checksums have been checked before, so that means a defect or a
// forged file.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "consensus/codec/block_record.hpp"
#include "consensus/types/batch.hpp"
#include "consensus/types/commit.hpp"
#include "ledger/codec/envelope.hpp"
#include "ledger/store/block_store.hpp"
#include "ledger/types/transaction.hpp"

namespace huangpu::node {

class StoredChain {
 public:
  StoredChain(const ledger::BlockStore& store, ledger::ChainInfo chain)
      : store_(store), chain_(chain) {}

  [[nodiscard]] Result<consensus::BlockRecord> block(Height height) const;
  [[nodiscard]] Result<consensus::BlockRecord> block(const crypto::Digest& hash) const;
  [[nodiscard]] Result<consensus::CommitMessage> commit(Height height) const;
  // The lowest certificate at or above `height`.
  [[nodiscard]] Result<consensus::CommitCertificate> certificate_for(Height height) const;
  [[nodiscard]] Result<std::optional<consensus::CommitCertificate>> newest_certificate() const;

  // With the owner's signature if it is held, otherwise with an empty one.
  [[nodiscard]] Result<consensus::Batch> batch(
      const ledger::BatchKey& key,
      const std::optional<crypto::Digest>& digest = std::nullopt) const;
  // Every batch held at that position; kNotFound if none is.
  [[nodiscard]] Result<std::vector<consensus::Batch>> forks(const ledger::BatchKey& key) const;

  // Lane tips after `height`; zeros for height 0.
  [[nodiscard]] Result<std::vector<consensus::LaneTip>> tips_after(Height height,
                                                                   std::size_t lanes) const;

  // Lane tips before the block of this record, which begins with zeros in every epoch. Reads the
  // record before; who goes through the blocks in order has it already.
  [[nodiscard]] Result<std::vector<consensus::LaneTip>> tips_before(
      const consensus::BlockRecord& record) const;
  [[nodiscard]] static Result<std::vector<consensus::LaneTip>> tips_before(
      const consensus::BlockRecord& record, consensus::BlockRecord previous);

  // The batches of a block in execution order. `before` are the tips before it.
  [[nodiscard]] Result<std::vector<consensus::Batch>> batches_of(
      const consensus::Block& block, std::span<const consensus::LaneTip> before) const;
  // The same, decoded for execution. Their signatures were verified before they were stored.
  [[nodiscard]] Result<std::vector<std::shared_ptr<const ledger::DecodedBatch>>> decoded_batches_of(
      const consensus::Block& block, std::span<const consensus::LaneTip> before) const;
  [[nodiscard]] Result<std::shared_ptr<const ledger::DecodedBatch>> decode(
      const consensus::Batch& batch) const;

  [[nodiscard]] const ledger::BlockStore& store() const { return store_; }

 private:
  const ledger::BlockStore& store_;
  const ledger::ChainInfo chain_;
};

}  // namespace huangpu::node
