#include "crypto/keystore/sm4_gcm.hpp"

#include <botan/aead.h>
#include <botan/exceptn.h>

#include <algorithm>
#include <memory>

#include "crypto/base/assert.hpp"

namespace huangpu::crypto::sm4_gcm {
namespace {

std::unique_ptr<Botan::AEAD_Mode> start(Botan::Cipher_Dir direction, const SecretBytes& key,
                                        ByteView nonce, ByteView aad) {
  HP_ASSERT(key.size() == kKeyBytes && nonce.size() == kNonceBytes,
            "SM4-GCM takes a key of 16 bytes and a nonce of 12");
  auto mode = Botan::AEAD_Mode::create_or_throw("SM4/GCM(16)", direction);
  mode->set_key(key.view().data(), key.size());
  mode->set_associated_data(aad.data(), aad.size());
  mode->start(nonce.data(), nonce.size());
  return mode;
}

}  // namespace

Bytes encrypt(const SecretBytes& key, ByteView nonce, ByteView aad, const SecretBytes& plaintext) {
  const auto mode = start(Botan::ENCRYPTION, key, nonce, aad);
  Botan::secure_vector<std::uint8_t> buffer(plaintext.view().begin(), plaintext.view().end());
  mode->finish(buffer);
  HP_ASSERT(buffer.size() == plaintext.size() + kTagBytes, "SM4-GCM adds a tag of 16 bytes");
  return Bytes(buffer.begin(), buffer.end());
}

Result<SecretBytes> decrypt(const SecretBytes& key, ByteView nonce, ByteView aad, ByteView sealed) {
  const auto refused = fail(Errc::kUnauthenticated, "ciphertext does not open");
  if (sealed.size() < kTagBytes) return refused;
  try {
    const auto mode = start(Botan::DECRYPTION, key, nonce, aad);
    Botan::secure_vector<std::uint8_t> buffer(sealed.begin(), sealed.end());
    mode->finish(buffer);
    return SecretBytes::copy_of(ByteView(buffer.data(), buffer.size()));
  } catch (const Botan::Invalid_Authentication_Tag&) {
    return refused;
  }
}

}  // namespace huangpu::crypto::sm4_gcm
