// Principal: who is calling, the identity behind a client connection (SPEC N-200, N-201).
//
// It comes from one place only, the public key of the client's TLS certificate, looked up in the
// certificate registry of the chain. Nothing a caller writes into a request or a header changes it.
#pragma once

#include <functional>
#include <optional>

#include "crypto/hash/digest.hpp"
#include "ledger/types/ids.hpp"
#include "ledger/types/role.hpp"

namespace huangpu::node {

struct Principal {
  ledger::ParticipantId participant;
  ledger::Role role = ledger::Role::kParticipant;  // of the registered certificate
  crypto::Digest pin;  // of the certificate's public key; the identity that quotas are kept for
};

// Looks a certificate pin up in the registry at the newest certified height; nullopt for strangers
// and for revoked certificates. Called from any thread, for each call and for each block on a
// stream; must be quick.
using IdentityRegistry = std::function<std::optional<Principal>(const crypto::Digest& pin)>;

}  // namespace huangpu::node
