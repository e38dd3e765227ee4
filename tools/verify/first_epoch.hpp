// The record of the first epoch, as anybody derives it from the genesis document (SPEC W-40).
//
// Written apart from the node's own derivation, so that a checker and the checked share no mistake;
// a test holds the two to the same epoch hash. Pure.
#pragma once

#include "consensus/types/chain.hpp"
#include "consensus/types/epoch.hpp"
#include "crypto/base/result.hpp"
#include "ledger/codec/envelope.hpp"
#include "ledger/genesis/genesis.hpp"

namespace huangpu::tools {

// What settings mean to consensus. kConfig when no epoch may have them.
[[nodiscard]] Result<consensus::EpochRecord> epoch_record(crypto::SuiteId suite, Epoch epoch,
                                                          const ledger::EpochSettings& settings);

// kConfig when the document names validators or parameters that no epoch may have.
[[nodiscard]] Result<consensus::EpochRecord> first_epoch(const ledger::Genesis& genesis);

// What consensus signatures and ledger codecs must know about the chain of this document.
[[nodiscard]] consensus::ChainContext consensus_chain(const ledger::Genesis& genesis);
[[nodiscard]] ledger::ChainInfo ledger_chain(const ledger::Genesis& genesis);

}  // namespace huangpu::tools
