// Keys of a simulated network: real ones of either suite, or stubs that cost one keyed hash per
// signature.
//
// A stub's public key is a real one, but its signature is a hash over a secret that only the ring
// knows, so that nobody who merely sees messages can forge one. Owned by the simulated world; the
// signers it hands out share its secrets. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "crypto/sign/signer.hpp"
#include "crypto/sign/verifier.hpp"
#include "tests/support/test_suite.hpp"

namespace huangpu::test {

class SimKeyRing final : public crypto::Verifier {
 public:
  enum class Kind : std::uint8_t { kStub, kReal };
  explicit SimKeyRing(Kind kind) : kind_(kind) {}

  // The same number gives the same key in every run.
  [[nodiscard]] std::unique_ptr<crypto::Signer> make_signer(std::uint64_t number,
                                                            crypto::SuiteId suite = test_suite());

  [[nodiscard]] bool verify(const crypto::PublicKey& key, ByteView message,
                            const crypto::Signature& signature) const override;

 private:
  const Kind kind_;
  std::map<crypto::PublicKey, crypto::Digest> secrets_;
};

// From here on crypto::random of the whole process is a sequence that the seed decides: what a
// simulated disk holds must not differ between two runs. For simulations only.
void seed_crypto_random(std::uint64_t seed);

}  // namespace huangpu::test
