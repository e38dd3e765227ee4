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

// Holds the key in memory that is wiped on destruction (SPEC K-50). sign() may be called from any
// thread.
class LocalSigner final : public Signer {
 public:
  // From the suite's seed (sizes_of). kInvalidArgument for another length or a value that is no
  // private key: about one in 2^32 SM2 seeds.
  [[nodiscard]] static Result<std::unique_ptr<LocalSigner>> from_seed(SuiteId suite,
                                                                      const SecretBytes& seed);
  // A fresh key nobody keeps a copy of: tests and throw-away identities. Keys to keep come from a
  // key file.
  [[nodiscard]] static Result<std::unique_ptr<LocalSigner>> generate(SuiteId suite);

  ~LocalSigner() override;
  [[nodiscard]] const PublicKey& public_key() const override { return public_key_; }
  [[nodiscard]] Result<Signature> sign(ByteView message) override;

 private:
  struct Key;  // what signs, of one suite
  LocalSigner(std::unique_ptr<Key> key, PublicKey public_key);

  std::unique_ptr<Key> key_;
  PublicKey public_key_;
};

// A fresh seed from the system's generator that from_seed() accepts.
[[nodiscard]] SecretBytes random_seed(SuiteId suite);

}  // namespace huangpu::crypto
