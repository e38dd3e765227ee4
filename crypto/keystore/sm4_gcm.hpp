// SM4-GCM (GB/T 32907, RFC 8998) on raw bytes, for crypto/keystore. Botan stays behind this header:
// OpenSSL 3.0 has no SM4-GCM.
#pragma once

#include <cstddef>

#include "crypto/base/bytes.hpp"
#include "crypto/base/result.hpp"
#include "crypto/keystore/secret.hpp"

namespace huangpu::crypto::sm4_gcm {

inline constexpr std::size_t kKeyBytes = 16;
inline constexpr std::size_t kNonceBytes = 12;
inline constexpr std::size_t kTagBytes = 16;

// Ciphertext ‖ tag. Requires the lengths above.
[[nodiscard]] Bytes encrypt(const SecretBytes& key, ByteView nonce, ByteView aad,
                            const SecretBytes& plaintext);

// kUnauthenticated if the tag does not fit, whatever the reason. Requires the lengths above;
// ciphertext and tag may have any length together.
[[nodiscard]] Result<SecretBytes> decrypt(const SecretBytes& key, ByteView nonce, ByteView aad,
                                          ByteView sealed);

}  // namespace huangpu::crypto::sm4_gcm
