#include "crypto/sign/signer.hpp"

#include <string>
#include <utility>

#include "crypto/sign/ed25519.hpp"

namespace huangpu::crypto {

Result<std::size_t> seed_size_bytes(SuiteId suite) {
  HP_TRY(require_signatures(suite));
  return ed25519::kSeedBytes;
}

LocalSigner::LocalSigner(SecretBytes expanded, PublicKey public_key)
    : expanded_(std::move(expanded)), public_key_(public_key) {}

Result<std::unique_ptr<LocalSigner>> LocalSigner::from_seed(SuiteId suite,
                                                            const SecretBytes& seed) {
  HP_TRY_ASSIGN(const std::size_t expected, seed_size_bytes(suite));
  if (seed.size() != expected) {
    return fail(Errc::kInvalidArgument, "private key has " + std::to_string(seed.size()) +
                                            " bytes where its suite has " +
                                            std::to_string(expected));
  }
  SecretBytes expanded = ed25519::expand_seed(seed);
  HP_TRY_ASSIGN(const PublicKey public_key,
                PublicKey::from_raw(suite, expanded.view().last(ed25519::kKeyBytes)));
  // The constructor is private, so make_unique cannot reach it.
  return std::unique_ptr<LocalSigner>(new LocalSigner(std::move(expanded), public_key));
}

Result<std::unique_ptr<LocalSigner>> LocalSigner::generate(SuiteId suite) {
  HP_TRY_ASSIGN(const std::size_t size_bytes, seed_size_bytes(suite));
  return from_seed(suite, SecretBytes::random(size_bytes));
}

Result<Signature> LocalSigner::sign(ByteView message) {
  return Signature::from_raw(public_key_.suite(), ed25519::sign(expanded_, message));
}

}  // namespace huangpu::crypto
