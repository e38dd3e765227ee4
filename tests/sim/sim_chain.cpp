#include "tests/sim/sim_chain.hpp"

#include <algorithm>
#include <string>

#include "crypto/base/assert.hpp"
#include "crypto/hash/hasher.hpp"
#include "node/replica/first_epoch.hpp"

namespace huangpu::sim {

namespace {

constexpr std::uint64_t kGenesisTimeMs = 1'795'435'200'000;  // 2026-11-23T12:00:00Z
constexpr std::size_t kBanks = 3;
constexpr std::uint32_t kAccountsPerBank = 4;

}  // namespace

SimChain::SimChain(Random random, std::size_t validator_count, test::SimKeyRing::Kind kind,
                   const std::vector<std::uint32_t>& weights, std::size_t newcomers)
    : ring(kind) {
  genesis.chain_name = "simulation";
  genesis.suite = test::test_suite();
  genesis.governance.approvals = 1;
  genesis.time = TimestampMs{kGenesisTimeMs};
  genesis.consensus.finality_lag_blocks = static_cast<std::uint32_t>(random.between(2, 8));
  genesis.consensus.cut_batches_max = static_cast<std::uint32_t>(random.between(4, 64));
  genesis.consensus.lane_unordered_max = static_cast<std::uint32_t>(random.between(4, 64));
  genesis.consensus.cut_batches_max =
      std::min(genesis.consensus.cut_batches_max, genesis.consensus.lane_unordered_max);
  genesis.consensus.batch_envelopes_max = static_cast<std::uint32_t>(random.between(4, 512));
  genesis.consensus.linger_ms = static_cast<std::uint32_t>(random.between(0, 10));

  std::uint64_t key_number = 1;
  for (std::size_t i = 0; i <= kBanks; ++i) {
    ledger::GenesisParticipant participant;
    participant.id = ledger::ParticipantId{static_cast<std::uint32_t>(i + 1)};
    participant.code = "BANK" + std::to_string(i);
    participant.name = "Bank " + std::to_string(i);
    participant.roles.add(ledger::Role::kParticipant);
    if (i == 0) participant.roles.add(ledger::Role::kIssuer).add(ledger::Role::kGovernor);
    genesis.participants.push_back(participant);
    // The last bank's keys are of the suite that is not the chain's.
    participant_keys.push_back(
        ring.make_signer(key_number++, i == kBanks ? test::other_suite() : test::test_suite()));
    participants.push_back({participant.id, participant_keys.back().get()});
    genesis.keys.push_back({participant.id, participant_keys.back()->public_key()});
    const std::uint32_t count = i == 0 ? 1 : kAccountsPerBank;
    genesis.accounts.push_back({participant.id, 1, count, 0, {}});
    for (std::uint64_t number = 1; number <= count; ++number) {
      accounts.push_back({ledger::account_id(genesis.suite, participant.id, number), i});
    }
  }
  for (std::uint32_t i = 1; i <= 2; ++i) {
    genesis.assets.push_back(
        {ledger::AssetId{i}, i == 1 ? "CNY" : "USD", 2, ledger::ParticipantId{1}});
    assets.push_back(ledger::AssetId{i});
  }
  for (std::size_t i = 0; i < validator_count; ++i) {
    validators.push_back(ring.make_signer(key_number++));
    ledger::GenesisValidator validator;
    validator.name = "v" + std::to_string(i);
    validator.participant = ledger::ParticipantId{1};
    validator.key = validators.back()->public_key();
    validator.tls_pin = crypto::hash(genesis.suite, {as_bytes(validator.name)});
    if (i + newcomers < validator_count) genesis.validators.push_back(validator);
  }
  for (std::size_t i = 0; i < validator_count; ++i)
    spare_keys.push_back(ring.make_signer(key_number++));

  info = node::chain_info(genesis);
  context = node::chain_context(genesis);
  auto record = node::first_epoch(genesis);
  HP_ASSERT(record.has_value(), "the simulated genesis gives an epoch");
  epoch = *record;
  if (weights.empty()) return;
  std::vector<consensus::Validator> weighted(epoch.set.validators().begin(),
                                             epoch.set.validators().end());
  for (std::size_t i = 0; i < weighted.size(); ++i) weighted[i].weight = weights.at(i);
  auto set = consensus::ValidatorSet::make(std::move(weighted));
  HP_ASSERT(set.has_value(), "weights are positive");
  epoch.set = std::move(*set);
}

crypto::Signer& SimChain::key_of(std::size_t validator, const consensus::ValidatorSet& set) const {
  return set.index_of(spare_keys[validator]->public_key()) ? *spare_keys[validator]
                                                           : *validators[validator];
}

std::vector<crypto::PublicKey> SimChain::all_keys_of(std::size_t validator) const {
  return {validators[validator]->public_key(), spare_keys[validator]->public_key()};
}

std::vector<std::unique_ptr<consensus::KeyStatementSigner>> SimChain::other_keys_of(
    std::size_t validator, const crypto::Signer& but) const {
  std::vector<std::unique_ptr<consensus::KeyStatementSigner>> keys;
  for (crypto::Signer* key : {validators[validator].get(), spare_keys[validator].get()}) {
    if (key != &but) keys.push_back(std::make_unique<consensus::KeyStatementSigner>(*key));
  }
  return keys;
}

}  // namespace huangpu::sim
