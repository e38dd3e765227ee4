#include "tests/support/ledger_world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "ledger/executor/conservation.hpp"
#include "ledger/types/state_key.hpp"
#include "tests/support/test_suite.hpp"

namespace huangpu::ledger::test {
namespace {

constexpr std::uint64_t kBlockIntervalMs = 500;

crypto::PublicKey key_from_seed(std::uint8_t family, std::uint8_t number) {
  Bytes seed(32, family);
  seed[0] = number;
  auto signer = crypto::LocalSigner::from_seed(huangpu::test::test_suite(),
                                               crypto::SecretBytes::copy_of(seed));
  return signer.value()->public_key();
}

template <class Value>
Value stored(const MemoryState& state, const Bytes& key) {
  const auto bytes = state.get(key);
  return bytes ? Value::decode(*bytes).value() : Value{};
}

}  // namespace

std::optional<Bytes> MemoryState::get(ByteView key) const {
  const auto place = entries_.find(to_bytes(key));
  if (place == entries_.end()) return std::nullopt;
  return place->second;
}

void MemoryState::scan(ByteView prefix, const Visitor& visit) const {
  for (auto place = entries_.lower_bound(to_bytes(prefix)); place != entries_.end(); ++place) {
    const ByteView key = place->first;
    if (key.size() < prefix.size() || !equal(key.first(prefix.size()), prefix)) return;
    if (!visit(key, place->second)) return;
  }
}

void MemoryState::commit(const StateDelta& delta) {
  ASSERT_TRUE(check_delta(delta).has_value());
  for (const auto& prefix : delta.erased_aux_prefixes) {
    auto place = entries_.lower_bound(prefix);
    while (place != entries_.end() && place->first.size() >= prefix.size() &&
           std::equal(prefix.begin(), prefix.end(), place->first.begin())) {
      place = entries_.erase(place);
    }
  }
  for (const auto& change : delta.changes) {
    if (change.value) {
      entries_[change.key] = *change.value;
    } else {
      entries_.erase(change.key);
    }
  }
}

World::World(World&&) noexcept = default;
World::~World() = default;

ParticipantId World::participant(const std::string& name) const { return participants_.at(name); }
AccountId World::account(const std::string& name) const { return accounts_.at(name); }
AssetId World::asset(const std::string& code) const { return assets_.at(code); }
crypto::KeyId World::key(const std::string& participant, std::size_t index) const {
  return keys_.at(participant).at(index);
}
crypto::PublicKey World::fresh_key(std::uint8_t number) { return key_from_seed(0xf5, number); }

DecodedEnvelope World::envelope(const std::string& submitter, Operation operation,
                                Submission submission) {
  const std::uint64_t now = next_time().value();
  ++counter_;
  TransactionBuilder builder(chain_, participants_.at(submitter));
  builder.valid(submission.valid_from.value_or(TimestampMs(now - 60'000 - counter_)),
                submission.valid_until.value_or(TimestampMs(now + 60'000)));
  if (submission.signers.empty()) submission.signers = {key(submitter)};
  if (const auto* op = std::get_if<RegisterKey>(&operation)) public_keys_[op->key.id()] = op->key;
  if (const auto* op = std::get_if<RotateKey>(&operation)) {
    public_keys_[op->new_key.id()] = op->new_key;
  }
  for (const auto& signer : submission.signers) builder.signer(signer);
  if (submission.nonce) {
    builder.nonce(submission.nonce->account, submission.nonce->lane, submission.nonce->sequence);
  }
  if (submission.reference) builder.reference(submission.reference->id, submission.reference->date);
  const auto unsigned_tx = builder.operation(std::move(operation)).build();
  EXPECT_TRUE(unsigned_tx.has_value()) << (unsigned_tx ? "" : unsigned_tx.error().message);
  std::vector<EnvelopeSignature> signatures;
  for (const auto& signer : unsigned_tx->signers) {
    const auto& key = public_keys_.at(signer);
    signatures.push_back({key, crypto::Signature::from_raw(key.suite(), Bytes(64, 0)).value()});
  }
  const auto bytes = assemble(*unsigned_tx, std::move(signatures)).value().envelope;
  return decode_envelope(chain_, bytes).value();
}

ProposalValue World::proposal(std::uint64_t number) const {
  const auto stored = state_->get(proposal_key(number));
  EXPECT_TRUE(stored.has_value()) << "no proposal " << number;
  return ProposalValue::decode(*stored).value();
}

Result<BlockOutput> World::try_block(std::vector<DecodedEnvelope> envelopes) {
  auto batch = std::make_shared<DecodedBatch>();
  batch->lane = 0;
  batch->position = LanePosition(executor_->height().value() + 1);
  batch->envelopes = std::move(envelopes);
  return executor_->execute(
      BlockInput{BlockContext{executor_->height().next(), next_time(), executor_->epochs().current},
                 {batch},
                 std::exchange(ready_, {})});
}

BlockOutput World::block(std::vector<DecodedEnvelope> envelopes) {
  auto output = try_block(std::move(envelopes));
  EXPECT_TRUE(output.has_value()) << (output ? "" : output.error().message);
  state_->commit(output->delta);
  time_ = next_time();
  next_time_.reset();
  return *std::move(output);
}

Receipt World::apply(const std::string& submitter, Operation operation, Submission submission) {
  std::vector<DecodedEnvelope> envelopes;
  envelopes.push_back(envelope(submitter, std::move(operation), std::move(submission)));
  return block(std::move(envelopes)).receipts.front();
}

void World::issue(const std::string& asset, const std::string& account, Amount amount) {
  const ParticipantId issuer = asset_value(asset).issuer;
  const auto name = std::ranges::find_if(
      participants_, [issuer](const auto& entry) { return entry.second == issuer; });
  const auto receipt = apply(name->first, Issue{assets_.at(asset), accounts_.at(account), amount});
  EXPECT_EQ(receipt.code, ResultCode::kSettled) << text(receipt.code);
}

Transfer World::transfer(const std::string& debit, const std::string& credit,
                         const std::string& asset, Amount amount) const {
  return Transfer{accounts_.at(debit), accounts_.at(credit), assets_.at(asset), amount, {}, {}};
}

TimestampMs World::next_time() const {
  return next_time_.value_or(TimestampMs(time_.value() + kBlockIntervalMs));
}

Height World::height() const { return executor_->height(); }

BalanceValue World::balance_value(const std::string& account, const std::string& asset) const {
  return stored<BalanceValue>(*state_, balance_key(accounts_.at(account), assets_.at(asset)));
}

Amount World::balance(const std::string& account, const std::string& asset) const {
  return balance_value(account, asset).balance();
}

AssetValue World::asset_value(const std::string& asset) const {
  return stored<AssetValue>(*state_, asset_key(assets_.at(asset)));
}

std::optional<KeyValue> World::key_value(const crypto::KeyId& key) const {
  const auto bytes = state_->get(key_key(key));
  if (!bytes) return std::nullopt;
  return KeyValue::decode(*bytes).value();
}

AccountValue World::account_value(const std::string& account) const {
  return stored<AccountValue>(*state_, account_key(accounts_.at(account)));
}

Status World::conserved() const {
  ConservationScan scan;
  for (const auto& [key, value] : state_->entries()) HP_TRY(scan.add(key, value));
  return scan.verdict();
}

crypto::Digest World::recomputed_root() const {
  std::vector<LeafChange> leaves;
  for (const auto& [key, value] : state_->entries()) {
    if (is_tree_key(key)) leaves.push_back(leaf_change(genesis_.suite, key, value));
  }
  StateTree tree(genesis_.suite);
  return tree.rebuild(Height(0), std::move(leaves));
}

void World::reopen(ExecutorOptions options) {
  auto executor = Executor::open(genesis_, *state_, *tree_, options);
  ASSERT_TRUE(executor.has_value()) << executor.error().message;
  executor_ = *std::move(executor);
}

WorldBuilder::WorldBuilder() {
  world_.genesis_.suite = huangpu::test::test_suite();
  world_.genesis_.chain_name = "test-world";
  world_.genesis_.time = TimestampMs(kStartMs);
}

WorldBuilder& WorldBuilder::suite(crypto::SuiteId suite) {
  world_.genesis_.suite = suite;
  return *this;
}

WorldBuilder& WorldBuilder::settings(LedgerSettings settings) {
  world_.genesis_.ledger = settings;
  return *this;
}

WorldBuilder& WorldBuilder::validators(std::uint8_t count) {
  validators_ = count;
  return *this;
}

WorldBuilder& WorldBuilder::consensus(ConsensusSettings settings) {
  world_.genesis_.consensus = settings;
  return *this;
}

WorldBuilder& WorldBuilder::governance(GovernanceSettings settings) {
  world_.genesis_.governance = settings;
  return *this;
}

WorldBuilder& WorldBuilder::start(TimestampMs time) {
  world_.genesis_.time = time;
  return *this;
}

WorldBuilder& WorldBuilder::participant(const std::string& name, std::vector<Role> roles,
                                        std::size_t key_count, std::uint16_t management_threshold) {
  Genesis& genesis = world_.genesis_;
  GenesisParticipant participant;
  participant.id = ParticipantId(static_cast<std::uint32_t>(genesis.participants.size() + 1));
  participant.code = "P" + std::to_string(participant.id.value());
  participant.name = name;
  for (const Role role : roles) participant.roles.add(role);
  participant.management_threshold = management_threshold;
  genesis.participants.push_back(participant);
  world_.participants_[name] = participant.id;
  for (std::size_t i = 0; i < key_count; ++i) {
    const auto key = key_from_seed(0x11, next_key_++);
    genesis.keys.push_back(GenesisKey{participant.id, key});
    world_.keys_[name].push_back(key.id());
    world_.public_keys_[key.id()] = key;
  }
  return *this;
}

WorldBuilder& WorldBuilder::bank(const std::string& name, std::size_t key_count,
                                 std::uint16_t management_threshold) {
  return participant(name, {Role::kParticipant}, key_count, management_threshold);
}

WorldBuilder& WorldBuilder::issuer(const std::string& name) {
  return participant(name, {Role::kParticipant, Role::kIssuer});
}

WorldBuilder& WorldBuilder::asset(const std::string& code, std::uint8_t decimals,
                                  const std::string& issuer) {
  Genesis& genesis = world_.genesis_;
  const AssetId id(static_cast<std::uint32_t>(genesis.assets.size() + 1));
  genesis.assets.push_back(GenesisAsset{id, code, decimals, world_.participants_.at(issuer)});
  world_.assets_[code] = id;
  return *this;
}

WorldBuilder& WorldBuilder::account(const std::string& name, const std::string& owner) {
  const std::uint64_t number = accounts_.size() + 1;
  accounts_.push_back({name, owner, number});
  world_.genesis_.accounts.push_back(
      GenesisAccounts{world_.participants_.at(owner), number, 1, 0, {}});
  return *this;
}

World WorldBuilder::build(ExecutorOptions options) {
  Genesis& genesis = world_.genesis_;
  if (genesis.participants.empty()) bank("alpha");
  for (std::uint8_t i = 0; i < validators_; ++i) {
    GenesisValidator validator;
    validator.name = "v" + std::to_string(i);
    validator.participant = ParticipantId(1);
    validator.key = key_from_seed(0x22, static_cast<std::uint8_t>(i + 1));
    validator.tls_pin = crypto::Digest::from(Bytes(32, static_cast<std::uint8_t>(i + 7)));
    genesis.validators.push_back(validator);
  }
  for (const auto& account : accounts_) {
    world_.accounts_[account.name] =
        account_id(genesis.suite, world_.participants_.at(account.owner), account.number);
  }
  world_.chain_ = ChainInfo{genesis.suite, chain_id(genesis)};
  world_.state_ = std::make_unique<MemoryState>();
  world_.tree_ = std::make_unique<StateTree>(genesis.suite);
  world_.time_ = genesis.time;
  const auto first = apply_genesis(genesis, *world_.tree_);
  EXPECT_TRUE(first.has_value()) << (first ? "" : first.error().message);
  world_.state_->commit(first->entries);
  world_.reopen(options);
  return std::move(world_);
}

World two_banks(ExecutorOptions options) {
  return WorldBuilder{}
      .issuer("central")
      .bank("alpha", 3)
      .bank("beta", 3)
      .asset("CNY", 2, "central")
      .asset("USD", 2, "central")
      .account("vault", "central")
      .account("alice", "alpha")
      .account("anna", "alpha")
      .account("bob", "beta")
      .build(options);
}

Genesis sample_genesis() {
  Genesis genesis = two_banks().genesis();
  genesis.certificates.push_back(GenesisCertificate{
      CertificatePin(crypto::Digest::from(Bytes(32, 9))), ParticipantId(1), Role::kIssuer});
  genesis.accounts[0].count = 3;
  genesis.accounts[0].threshold = 1;
  genesis.accounts[0].keys = {genesis.keys[0].key.id()};
  return genesis;
}

}  // namespace huangpu::ledger::test
