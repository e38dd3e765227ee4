// What genesis means to consensus: the record of the first epoch.
#pragma once

#include "consensus/types/chain.hpp"
#include "consensus/types/epoch.hpp"
#include "ledger/codec/envelope.hpp"
#include "ledger/genesis/genesis.hpp"
#include "node/replica/lane_sealer.hpp"

namespace huangpu::node {

// Errors: what ValidatorSet::make and check(ConsensusParameters) refuse.
[[nodiscard]] Result<consensus::EpochRecord> first_epoch(const ledger::Genesis& genesis);

// How the chain's parameters want lanes to be filled.
[[nodiscard]] SealPolicy seal_policy(const ledger::ConsensusSettings& settings,
                                     const consensus::ConsensusParameters& parameters);

[[nodiscard]] consensus::ChainContext chain_context(const ledger::Genesis& genesis);
[[nodiscard]] ledger::ChainInfo chain_info(const ledger::Genesis& genesis);

}  // namespace huangpu::node
