#include "crypto/sign/verifier.hpp"

#include "crypto/sign/ed25519.hpp"
#include "crypto/sign/sm2.hpp"

namespace huangpu::crypto {
namespace {

class FrozenVerifier final : public Verifier {
 public:
  bool verify(const PublicKey& key, ByteView message, const Signature& signature) const override {
    // Both types hold either nothing or exactly what their suite asks for.
    if (key.empty() || signature.empty() || key.suite() != signature.suite()) return false;
    // The suite byte decides; nothing is tried (SPEC K-40).
    if (key.suite() == SuiteId::kEd25519Sha256) {
      return ed25519::verify(key.bytes(), message, signature.bytes());
    }
    return sm2::verify(key.bytes(), sm2::UserId::standard(), message, signature.bytes());
  }
};

}  // namespace

const Verifier& default_verifier() {
  static const FrozenVerifier verifier;
  return verifier;
}

bool verify(const PublicKey& key, ByteView message, const Signature& signature) {
  return default_verifier().verify(key, message, signature);
}

}  // namespace huangpu::crypto
