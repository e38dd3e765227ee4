// What a validator checks of a batch before it stores and acknowledges it (SPEC N-5): the owner's
// signature, that the header describes the contents, and every client signature.
//
// Pure; any thread. Costs one signature check per envelope signature, so the node runs it off the
// core thread.
#pragma once

#include "consensus/types/chain.hpp"
#include "consensus/types/epoch.hpp"
#include "crypto/sign/verifier.hpp"
#include "ledger/codec/envelope.hpp"
#include "node/replica/effect.hpp"
#include "node/replica/event.hpp"

namespace huangpu::node {

// Refers to objects that outlive the call.
struct BatchCheckContext {
  const consensus::ChainContext& chain;
  const ledger::ChainInfo& ledger_chain;
  const consensus::EpochRecord& epoch;
  const crypto::Verifier& verifier;
};

// The answer to `verify`: with contents and the record to store, or with the reason of the refusal.
[[nodiscard]] BatchVerified check_batch(const BatchCheckContext& context,
                                        const VerifyBatch& verify);

}  // namespace huangpu::node
