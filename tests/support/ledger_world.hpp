// A ledger in memory for tests: institutions with names, accounts with names, one call per block.
//
//   auto world = WorldBuilder{}.bank("alpha").asset("CNY", 2, "central").account("alice",
//   "alpha").build(); world.issue("CNY", "alice", 100_units); EXPECT_EQ(world.apply("alpha",
//   Transfer{...}).code, ResultCode::kSettled);
//
// Envelopes go through the real encoder and decoder; their signatures are zeros, because the
// executor never sees signatures. Keys come from fixed seeds, so that every run has the same ids.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "crypto/sign/signer.hpp"
#include "ledger/admission/admission.hpp"
#include "ledger/codec/batch.hpp"
#include "ledger/codec/transaction_builder.hpp"
#include "ledger/executor/executor.hpp"
#include "ledger/state/tree.hpp"
#include "ledger/types/state_key.hpp"
#include "ledger/types/state_value.hpp"

namespace huangpu::ledger::test {

// Units of an asset.
constexpr Amount operator""_units(unsigned long long count) { return Amount::from_u64(count); }

// The state as a sorted map.
class MemoryState final : public StateReader {
 public:
  [[nodiscard]] std::optional<Bytes> get(ByteView key) const override;
  void scan(ByteView prefix, const Visitor& visit) const override;
  [[nodiscard]] Status health() const override { return health_; }

  void commit(const StateDelta& delta);
  [[nodiscard]] const std::map<Bytes, Bytes>& entries() const { return entries_; }
  std::map<Bytes, Bytes>& mutable_entries() { return entries_; }
  void set_health(Status health) { health_ = std::move(health); }

 private:
  std::map<Bytes, Bytes> entries_;
  Status health_;
};

// How a transaction is submitted, beyond its operation. Unset: valid for a minute around the next
// block, signed by the submitter's first key.
struct Submission {
  std::vector<crypto::KeyId> signers = {};
  std::optional<TimestampMs> valid_from = {};
  std::optional<TimestampMs> valid_until = {};
  std::optional<NonceLane> nonce = {};
  std::optional<ClientReference> reference = {};
};

class World {
 public:
  World(World&&) noexcept;
  ~World();

  // --- names ---
  [[nodiscard]] ParticipantId participant(const std::string& name) const;
  [[nodiscard]] AccountId account(const std::string& name) const;
  [[nodiscard]] AssetId asset(const std::string& code) const;
  [[nodiscard]] crypto::KeyId key(const std::string& participant, std::size_t index = 0) const;
  [[nodiscard]] static crypto::PublicKey fresh_key(std::uint8_t number);

  // --- transactions and blocks ---
  // Made unique by a counter in the validity window unless the submission fixes the window.
  [[nodiscard]] DecodedEnvelope envelope(const std::string& submitter, Operation operation,
                                         Submission submission = {});
  [[nodiscard]] Result<BlockOutput> try_block(std::vector<DecodedEnvelope> envelopes);
  // Executes and commits one block; fails the test if that fails. The clock moves by
  // block_interval_ms first.
  BlockOutput block(std::vector<DecodedEnvelope> envelopes);
  // A block with one envelope; its receipt.
  Receipt apply(const std::string& submitter, Operation operation, Submission submission = {});
  void issue(const std::string& asset, const std::string& account, Amount amount);
  [[nodiscard]] Transfer transfer(const std::string& debit, const std::string& credit,
                                  const std::string& asset, Amount amount) const;

  // --- the clock ---
  [[nodiscard]] TimestampMs time() const { return time_; }  // of the last block
  [[nodiscard]] TimestampMs next_time() const;              // of the next one
  void set_next_time(TimestampMs time) { next_time_ = time; }
  [[nodiscard]] Height height() const;

  // --- epochs ---
  // Members that declare themselves ready in the next block.
  void set_ready(std::vector<std::string> names) { ready_ = std::move(names); }
  [[nodiscard]] const EpochsValue& epochs() const { return executor_->epochs(); }
  [[nodiscard]] const EpochSettings& settings() const { return executor_->settings(); }
  [[nodiscard]] ProposalValue proposal(std::uint64_t number) const;

  // --- what is ---
  [[nodiscard]] Amount balance(const std::string& account, const std::string& asset) const;
  [[nodiscard]] BalanceValue balance_value(const std::string& account,
                                           const std::string& asset) const;
  [[nodiscard]] AssetValue asset_value(const std::string& asset) const;
  [[nodiscard]] std::optional<KeyValue> key_value(const crypto::KeyId& key) const;
  [[nodiscard]] AccountValue account_value(const std::string& account) const;
  // The full scan: every asset's supply equals what is held.
  [[nodiscard]] Status conserved() const;
  // Root of a tree built from nothing but the stored entries.
  [[nodiscard]] crypto::Digest recomputed_root() const;

  [[nodiscard]] const Genesis& genesis() const { return genesis_; }
  [[nodiscard]] ChainInfo chain() const { return chain_; }
  [[nodiscard]] MemoryState& state() { return *state_; }
  [[nodiscard]] const MemoryState& state() const { return *state_; }
  [[nodiscard]] StateTree& tree() { return *tree_; }
  // As after a restart: a new executor over the stored state, without any cache.
  void reopen(ExecutorOptions options = {});

 private:
  friend class WorldBuilder;
  World() = default;

  Genesis genesis_;
  ChainInfo chain_;
  std::map<std::string, ParticipantId> participants_;
  std::map<std::string, std::vector<crypto::KeyId>> keys_;
  std::map<crypto::KeyId, crypto::PublicKey> public_keys_;
  std::map<std::string, AccountId> accounts_;
  std::map<std::string, AssetId> assets_;
  std::unique_ptr<MemoryState> state_;
  std::unique_ptr<StateTree> tree_;
  std::unique_ptr<Executor> executor_;
  TimestampMs time_;
  std::optional<TimestampMs> next_time_;
  std::uint64_t counter_ = 0;
  std::vector<std::string> ready_;
};

class WorldBuilder {
 public:
  // 2026-11-23T12:00:00Z
  static constexpr std::uint64_t kStartMs = 1'795'435'200'000;

  WorldBuilder();
  WorldBuilder& suite(crypto::SuiteId suite);
  WorldBuilder& settings(LedgerSettings settings);
  WorldBuilder& consensus(ConsensusSettings settings);
  WorldBuilder& governance(GovernanceSettings settings);
  WorldBuilder& validators(std::uint8_t count);
  WorldBuilder& start(TimestampMs time);
  WorldBuilder& participant(const std::string& name, std::vector<Role> roles,
                            std::size_t key_count = 1, std::uint16_t management_threshold = 1);
  WorldBuilder& bank(const std::string& name, std::size_t key_count = 1,
                     std::uint16_t management_threshold = 1);
  WorldBuilder& issuer(const std::string& name);
  WorldBuilder& asset(const std::string& code, std::uint8_t decimals, const std::string& issuer);
  WorldBuilder& account(const std::string& name, const std::string& owner);
  [[nodiscard]] World build(ExecutorOptions options = {});

 private:
  struct NamedAccount {
    std::string name;
    std::string owner;
    std::uint64_t number;
  };

  World world_;
  std::vector<NamedAccount> accounts_;
  std::uint8_t next_key_ = 1;
  std::uint8_t validators_ = 1;
};

// Alpha and beta are banks, "central" issues CNY (2 decimals) and USD (2). Alice and anna bank with
// alpha, bob with beta.
[[nodiscard]] World two_banks(ExecutorOptions options = {});

// A genesis that passes every check, for tests of documents.
[[nodiscard]] Genesis sample_genesis();

}  // namespace huangpu::ledger::test
