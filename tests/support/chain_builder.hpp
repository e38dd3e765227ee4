// A small real chain in memory, signed by four validators, that tests may spoil one thing at a
// time.
//
//   ChainBuilder chain;
//   chain.block({{{.lane = 0, .envelopes = {chain.issue("alice", 100)}}}});
//   chain.block({.batches = {...}, .edit_commit = [](auto& message) { ... }});
//   const Bytes archive = chain.archive();
//
// Everything is executed and signed as a network would; an edit changes one thing before it is
// hashed and signed, so that everything after it is consistent with the forgery. Deterministic.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "consensus/codec/block_record.hpp"
#include "consensus/core/leader_schedule.hpp"
#include "consensus/types/batch.hpp"
#include "consensus/types/commit.hpp"
#include "consensus/types/epoch.hpp"
#include "crypto/hash/mmr.hpp"
#include "crypto/sign/signer.hpp"
#include "ledger/executor/executor.hpp"
#include "ledger/genesis/genesis.hpp"
#include "ledger/store/record.hpp"
#include "ledger/types/transaction.hpp"
#include "tests/support/ledger_world.hpp"
#include "tests/support/test_suite.hpp"

namespace huangpu::test {

struct PlannedBatch {
  std::uint16_t lane = 0;
  std::vector<Bytes> envelopes;
  std::function<void(consensus::BatchHeader&)> edit = {};
};

struct PlannedBlock {
  std::vector<PlannedBatch> batches = {};  // of one lane in the order of its positions
  std::uint64_t nullified_views = 0;       // between the parent and the block
  bool finalization = true;
  bool certificate = true;
  std::size_t commit_signers = 3;  // of four; three are a quorum

  // Each before the thing is hashed and signed; execution knows nothing of them.
  std::function<void(consensus::BlockHeader&)> edit_header = {};
  std::function<void(consensus::Block&)> edit_cut = {};  // roots are computed afterwards
  std::function<void(consensus::Justification&)> edit_justification = {};
  std::function<void(consensus::Certificate&)> edit_finalization = {};
  std::function<void(consensus::CommitMessage&)> edit_commit = {};
  std::function<void(consensus::CommitCertificate&)> edit_certificate = {};
  // After execution: the block then certifies the state with these entries changed.
  std::function<void(std::map<Bytes, Bytes>&)> edit_state = {};
};

struct ArchiveEntry {
  Height height{0};
  ledger::RecordKey key;
  Bytes payload;
};

class ChainBuilder {
 public:
  ChainBuilder();
  ~ChainBuilder();

  // --- envelopes; each is another transaction ---
  [[nodiscard]] Bytes issue(const std::string& account, std::uint64_t units);
  [[nodiscard]] Bytes transfer(const std::string& debit, const std::string& credit,
                               std::uint64_t units);
  // By a participant of choice, for what honest wallets do not send.
  [[nodiscard]] Bytes envelope(const std::string& submitter, ledger::Operation operation);

  void block(PlannedBlock plan);

  // --- names ---
  [[nodiscard]] ledger::AccountId account(const std::string& name) const;
  [[nodiscard]] ledger::AssetId asset() const { return ledger::AssetId(1); }
  [[nodiscard]] const ledger::Genesis& genesis() const { return genesis_; }
  [[nodiscard]] const consensus::EpochRecord& epoch() const { return epoch_; }
  [[nodiscard]] consensus::ChainContext chain() const { return chain_; }
  [[nodiscard]] crypto::Signer& validator(std::size_t index) { return *validators_.at(index); }

  // --- what was made ---
  [[nodiscard]] std::vector<ArchiveEntry>& entries() { return entries_; }
  [[nodiscard]] Bytes archive() const { return archive(entries_); }
  [[nodiscard]] Bytes archive(const std::vector<ArchiveEntry>& entries) const;
  // The receipts of the last block.
  [[nodiscard]] const std::vector<ledger::Receipt>& receipts() const { return receipts_; }

  // --- forging ---
  [[nodiscard]] consensus::Certificate certificate(consensus::VoteKind kind, View view,
                                                   const crypto::Digest& digest,
                                                   std::size_t signers = 3);
  [[nodiscard]] consensus::CommitCertificate certify(const consensus::CommitMessage& message,
                                                     std::size_t signers = 3);

 private:
  struct MadeBatch {
    consensus::Batch batch;
    crypto::Digest digest;
    std::shared_ptr<const ledger::DecodedBatch> decoded;  // null when it does not decode
  };
  [[nodiscard]] MadeBatch make_batch(const PlannedBatch& plan);
  [[nodiscard]] ledger::BlockOutput execute(
      const std::vector<std::shared_ptr<const ledger::DecodedBatch>>& batches);
  [[nodiscard]] TimestampMs next_time() const;
  void add(const ledger::RecordKey& key, Bytes payload);

  ledger::Genesis genesis_;
  consensus::EpochRecord epoch_;
  consensus::ChainContext chain_;
  std::map<std::string, std::unique_ptr<crypto::LocalSigner>> keys_;
  std::map<std::string, ledger::ParticipantId> participants_;
  std::map<std::string, std::string> owners_;  // of accounts
  std::map<std::string, ledger::AccountId> accounts_;
  std::vector<std::unique_ptr<crypto::LocalSigner>> validators_;
  std::unique_ptr<consensus::LeaderSchedule> leaders_;

  ledger::test::MemoryState state_;
  std::unique_ptr<ledger::StateTree> tree_;
  std::unique_ptr<ledger::Executor> executor_;
  crypto::Mmr history_{test_suite()};
  std::vector<consensus::LaneTip> tips_;
  Height height_{0};
  View view_{0};
  crypto::Digest hash_;
  std::uint64_t counter_ = 0;
  std::vector<ledger::Receipt> receipts_;
  std::vector<ArchiveEntry> entries_;
};

}  // namespace huangpu::test
