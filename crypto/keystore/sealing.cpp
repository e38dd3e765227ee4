#include "crypto/keystore/sealing.hpp"

#include "crypto/base/assert.hpp"
#include "crypto/keystore/sm4_gcm.hpp"
#include "crypto/random/sodium.hpp"

namespace huangpu::crypto {
namespace {

constexpr CipherShape kXChaCha = cipher_of(SuiteId::kEd25519Sha256);
constexpr CipherShape kSm4 = cipher_of(SuiteId::kSm2Sm3);
static_assert(kXChaCha.key_bytes == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
static_assert(kXChaCha.nonce_bytes == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
static_assert(kTagBytes == crypto_aead_xchacha20poly1305_ietf_ABYTES);
static_assert(kSm4.key_bytes == sm4_gcm::kKeyBytes && kSm4.nonce_bytes == sm4_gcm::kNonceBytes);
static_assert(kTagBytes == sm4_gcm::kTagBytes);

void require_lengths(SuiteId suite, const SecretBytes& key, ByteView nonce) {
  const CipherShape shape = cipher_of(suite);
  HP_ASSERT(key.size() == shape.key_bytes && nonce.size() == shape.nonce_bytes,
            "key or nonce has another length than its cipher");
}

}  // namespace

Bytes seal(SuiteId suite, const SecretBytes& key, ByteView nonce, ByteView aad,
           const SecretBytes& plaintext) {
  require_lengths(suite, key, nonce);
  if (suite == SuiteId::kSm2Sm3) return sm4_gcm::encrypt(key, nonce, aad, plaintext);

  require_sodium();
  Bytes sealed(plaintext.size() + kTagBytes);
  crypto_aead_xchacha20poly1305_ietf_encrypt(sealed.data(), nullptr, plaintext.view().data(),
                                             plaintext.size(), aad.data(), aad.size(), nullptr,
                                             nonce.data(), key.view().data());
  return sealed;
}

Result<SecretBytes> open_sealed(SuiteId suite, const SecretBytes& key, ByteView nonce, ByteView aad,
                                ByteView sealed) {
  require_lengths(suite, key, nonce);
  if (suite == SuiteId::kSm2Sm3) return sm4_gcm::decrypt(key, nonce, aad, sealed);

  require_sodium();
  if (sealed.size() < kTagBytes) return fail(Errc::kUnauthenticated, "ciphertext does not open");
  SecretBytes plaintext(sealed.size() - kTagBytes);
  const int refused = crypto_aead_xchacha20poly1305_ietf_decrypt(
      plaintext.writable().data(), nullptr, nullptr, sealed.data(), sealed.size(), aad.data(),
      aad.size(), nonce.data(), key.view().data());
  if (refused != 0) return fail(Errc::kUnauthenticated, "ciphertext does not open");
  return plaintext;
}

}  // namespace huangpu::crypto
