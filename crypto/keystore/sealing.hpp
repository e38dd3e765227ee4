// The authenticated ciphers that seal private keys, one per suite: XChaCha20-Poly1305 (libsodium)
// for Ed25519, SM4-GCM (Botan) for SM2. For the sources of crypto/keystore.
//
// A nonce is drawn at random for each sealing. Under one key nothing is ever sealed twice here: the
// key comes from a fresh salt, so that the 12 bytes of GCM's nonce need not carry uniqueness.
#pragma once

#include <cstddef>
#include <string_view>

#include "crypto/base/bytes.hpp"
#include "crypto/base/result.hpp"
#include "crypto/keystore/secret.hpp"
#include "crypto/suite.hpp"

namespace huangpu::crypto {

inline constexpr std::size_t kTagBytes = 16;  // of both ciphers, behind the ciphertext

struct CipherShape {
  std::string_view name;  // as key files spell it
  std::size_t key_bytes = 0;
  std::size_t nonce_bytes = 0;
};

[[nodiscard]] constexpr CipherShape cipher_of(SuiteId suite) noexcept {
  return suite == SuiteId::kEd25519Sha256 ? CipherShape{"xchacha20poly1305", 32, 24}
                                          : CipherShape{"sm4-gcm", 16, 12};
}

// Ciphertext and tag. Requires key and nonce of the cipher's lengths.
[[nodiscard]] Bytes seal(SuiteId suite, const SecretBytes& key, ByteView nonce, ByteView aad,
                         const SecretBytes& plaintext);

// kUnauthenticated if anything differs from what was sealed. Requires key and nonce of the cipher's
// lengths; sealed may have any length.
[[nodiscard]] Result<SecretBytes> open_sealed(SuiteId suite, const SecretBytes& key, ByteView nonce,
                                              ByteView aad, ByteView sealed);

}  // namespace huangpu::crypto
