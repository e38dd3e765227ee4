// The chain that a simulation runs: genesis, every key, banks with accounts in two currencies.
//
// Built once per seed and shared by all nodes and clients of the world; constant afterwards, but
// for the signers, which belong to one thread.
#pragma once

#include <memory>
#include <vector>

#include "consensus/safety/statement_signer.hpp"
#include "consensus/types/chain.hpp"
#include "consensus/types/epoch.hpp"
#include "crypto/sign/signer.hpp"
#include "ledger/codec/envelope.hpp"
#include "ledger/genesis/genesis.hpp"
#include "tests/sim/random.hpp"
#include "tests/support/sim_crypto.hpp"

namespace huangpu::sim {

struct SimAccount {
  ledger::AccountId id;
  std::size_t participant;  // index into SimChain::participants
};

struct SimParticipant {
  ledger::ParticipantId id;
  crypto::Signer* signer;
};

struct SimChain {
  // `weights` are all 1 if empty.
  SimChain(Random random, std::size_t validator_count, test::SimKeyRing::Kind kind,
           const std::vector<std::uint32_t>& weights = {}, std::size_t newcomers = 0);

  test::SimKeyRing ring;
  ledger::Genesis genesis;
  ledger::ChainInfo info;
  consensus::ChainContext context;
  consensus::EpochRecord epoch;
  // The keys a validator owns: the one of genesis, and one to rotate to.
  [[nodiscard]] crypto::Signer& key_of(std::size_t validator,
                                       const consensus::ValidatorSet& set) const;
  [[nodiscard]] std::vector<crypto::PublicKey> all_keys_of(std::size_t validator) const;
  [[nodiscard]] std::vector<std::unique_ptr<consensus::KeyStatementSigner>> other_keys_of(
      std::size_t validator, const crypto::Signer& but) const;

  std::vector<std::unique_ptr<crypto::Signer>> validators;
  std::vector<std::unique_ptr<crypto::Signer>> spare_keys;  // one per validator
  std::vector<std::unique_ptr<crypto::Signer>> participant_keys;
  std::vector<SimParticipant> participants;  // 0 issues both assets
  std::vector<SimAccount> accounts;          // 0 is the issuer's
  std::vector<ledger::AssetId> assets;
};

}  // namespace huangpu::sim
