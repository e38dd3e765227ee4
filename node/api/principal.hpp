// Principal: who is calling, the identity behind a client connection (SPEC N-200, N-201).
//
// It comes from one place only, the public key of the client's TLS certificate, looked up in the
// certificate registry of the chain. Nothing a caller writes into a request or a header changes it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "crypto/hash/digest.hpp"
#include "ledger/types/ids.hpp"

namespace huangpu::node {

enum class AccessRole : std::uint8_t {
  kParticipant = 1,  // an institution's wallet: submits, reads its own accounts
  kAuditor = 2,      // reads all, submits nothing
  kSupervisor = 3,   // reads all, submits nothing
  kOperator = 4,  // runs a validator: node status and its own institution's data, submits nothing
};

[[nodiscard]] std::string_view to_text(AccessRole role);
[[nodiscard]] std::optional<AccessRole> parse_access_role(std::string_view text);

struct Principal {
  ledger::ParticipantId participant;
  AccessRole role = AccessRole::kParticipant;
  crypto::Digest pin;  // of the certificate's public key; the identity that quotas are kept for
};

// Looks a certificate pin up in the registry at the newest certified height; nullopt for strangers
// and for revoked certificates. Called from any thread, for each call and for each block on a
// stream; must be quick.
using IdentityRegistry = std::function<std::optional<Principal>(const crypto::Digest& pin)>;

}  // namespace huangpu::node
