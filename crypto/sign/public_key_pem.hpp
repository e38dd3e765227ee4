// Public keys as other programs exchange them: PEM of a SubjectPublicKeyInfo (RFC 8410 for
// Ed25519, GB/T 35276 for SM2), and the one-line text of PublicKey::to_string().
//
// Pure. Reading is strict: the one DER encoding a key has, nothing before or after it.
#pragma once

#include <string>
#include <string_view>

#include "crypto/base/result.hpp"
#include "crypto/sign/public_key.hpp"

namespace huangpu::crypto {

[[nodiscard]] std::string public_key_pem(const PublicKey& key);

// Either form; one line end may follow the text. kMalformed when it is neither, or no key of a
// known suite.
[[nodiscard]] Result<PublicKey> read_public_key(std::string_view text);

}  // namespace huangpu::crypto
