// Signer: whatever holds a private key and answers with signatures; here, in the memory of this
// process.
//
// A Signer signs what it is told. What may be signed (domain tag, chain, never two votes for one
// view) is decided above it: by SafetyRules for validators, by the transaction builder for wallets.
#pragma once

#include <memory>

#include "crypto/base/bytes.hpp"
#include "crypto/base/result.hpp"
#include "crypto/keystore/secret.hpp"
#include "crypto/sign/public_key.hpp"
#include "crypto/sign/signature.hpp"
#include "crypto/suite.hpp"

namespace huangpu::crypto {

class Signer {
 public:
  virtual ~Signer() = default;

  [[nodiscard]] virtual const PublicKey& public_key() const = 0;
  // Fails only if the holder of the key does: unreachable module, locked token.
  [[nodiscard]] virtual Result<Signature> sign(ByteView message) = 0;
};

// Holds the key in locked memory that is wiped on destruction. sign() may be called from any
// thread.
class LocalSigner final : public Signer {
 public:
  // From the suite's seed (32 bytes for Ed25519). kInvalidArgument for another length,
  // kUnsupportedVersion for a suite without signatures in this build.
  [[nodiscard]] static Result<std::unique_ptr<LocalSigner>> from_seed(SuiteId suite,
                                                                      const SecretBytes& seed);
  // A fresh key nobody keeps a copy of: tests and throw-away identities. Keys to keep come from a
  // key file.
  [[nodiscard]] static Result<std::unique_ptr<LocalSigner>> generate(SuiteId suite);

  [[nodiscard]] const PublicKey& public_key() const override { return public_key_; }
  [[nodiscard]] Result<Signature> sign(ByteView message) override;

 private:
  LocalSigner(SecretBytes expanded, PublicKey public_key);

  SecretBytes expanded_;
  PublicKey public_key_;
};

// Length of the seed from which the suite derives a key pair.
[[nodiscard]] Result<std::size_t> seed_size_bytes(SuiteId suite);

}  // namespace huangpu::crypto
