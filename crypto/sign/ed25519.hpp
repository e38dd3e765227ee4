// Ed25519 on raw bytes, for the sources of crypto/sign; everyone else uses PublicKey, Signer and
// Verifier.
#pragma once

#include <cstddef>

#include "crypto/base/bytes.hpp"
#include "crypto/keystore/secret.hpp"

namespace huangpu::crypto::ed25519 {

inline constexpr std::size_t kSeedBytes = 32;
inline constexpr std::size_t kKeyBytes = 32;
inline constexpr std::size_t kSignatureBytes = 64;

// The encoded y is below p = 2^255 - 19. Requires 32 bytes.
[[nodiscard]] bool is_canonical(ByteView key);

// One of the encodings, canonical or not, of the eight points whose order divides 8. Requires 32
// bytes.
[[nodiscard]] bool has_small_order(ByteView key);

// A point of the prime-order group, canonically encoded. About 100 µs. Requires 32 bytes.
[[nodiscard]] bool is_valid_point(ByteView key);

// Derives the pair: the expanded secret (64 bytes) and the public key, which is its second half.
[[nodiscard]] SecretBytes expand_seed(const SecretBytes& seed);

[[nodiscard]] Bytes sign(const SecretBytes& expanded, ByteView message);

// The frozen predicate (SPEC K-42). Requires a 32-byte key and a 64-byte signature.
[[nodiscard]] bool verify(ByteView key, ByteView message, ByteView signature);

}  // namespace huangpu::crypto::ed25519
