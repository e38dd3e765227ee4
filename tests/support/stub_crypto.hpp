// Signatures that cost one hash: for simulations, where thousands of votes are checked per second
// of run time.
//
// A stub signature is the hash of (key, message). Anybody can forge it, so only tests may use it.
#pragma once

#include "crypto/sign/signer.hpp"
#include "crypto/sign/verifier.hpp"

namespace huangpu::test {

class StubSigner final : public crypto::Signer {
 public:
  explicit StubSigner(std::uint8_t number);

  [[nodiscard]] const crypto::PublicKey& public_key() const override { return key_; }
  [[nodiscard]] Result<crypto::Signature> sign(ByteView message) override;

 private:
  crypto::PublicKey key_;
};

class StubVerifier final : public crypto::Verifier {
 public:
  [[nodiscard]] bool verify(const crypto::PublicKey& key, ByteView message,
                            const crypto::Signature& signature) const override;
};

}  // namespace huangpu::test
