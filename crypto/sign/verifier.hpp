// Verifier: the one acceptance predicate for signatures (SPEC K-40..K-48), behind a seam for
// simulations. The suite byte of the key decides which; a signature of another suite is refused,
// nothing is tried.
//
// SM2 as Botan 2 decides, with the fixed user id and r ‖ s in their range (SPEC K-48).
//
// Ed25519, cofactorless, as libsodium 1.0.18 decides: S < L; A canonical and not of small order; R
// not of small order, and canonical because the equation is compared byte for byte. No batch
// equation and no second library may judge consensus data: they answer differently for crafted
// keys, and one differing validator is a fork.
#pragma once

#include "crypto/base/bytes.hpp"
#include "crypto/sign/public_key.hpp"
#include "crypto/sign/signature.hpp"

namespace huangpu::crypto {

class Verifier {
 public:
  virtual ~Verifier() = default;

  // Pure and total: the answer depends on the three arguments only. Any thread.
  [[nodiscard]] virtual bool verify(const PublicKey& key, ByteView message,
                                    const Signature& signature) const = 0;
};

// The frozen predicate. Lives as long as the process.
[[nodiscard]] const Verifier& default_verifier();

// default_verifier().verify(...): about 50 µs for Ed25519, 230 µs for SM2.
[[nodiscard]] bool verify(const PublicKey& key, ByteView message, const Signature& signature);

}  // namespace huangpu::crypto
