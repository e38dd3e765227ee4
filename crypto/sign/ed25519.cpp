#include "crypto/sign/ed25519.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "crypto/base/assert.hpp"
#include "crypto/random/sodium.hpp"
#include "crypto/suite.hpp"

namespace huangpu::crypto::ed25519 {
namespace {

constexpr SuiteSizes kSizes = sizes_of(SuiteId::kEd25519Sha256);
static_assert(kSeedBytes == crypto_sign_SEEDBYTES && kSeedBytes == kSizes.seed_bytes);
static_assert(kKeyBytes == crypto_sign_PUBLICKEYBYTES && kKeyBytes == kSizes.public_key_bytes);
static_assert(kSignatureBytes == crypto_sign_BYTES && kSignatureBytes == kSizes.signature_bytes);

using Encoding = std::array<std::uint8_t, kKeyBytes>;

// y of the points of order 1, 2, 4 and 8, and the two non-canonical spellings that fit in 255 bits;
// little-endian, sign bit clear. (D. J. Bernstein's list, as in libsodium and "Taming the many
// EdDSAs", table 1.)
constexpr std::array<Encoding, 7> kSmallOrder = {{
    {0x00},  // 0: order 4
    {0x01},  // 1: the neutral element
    {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
     0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
     0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
    {0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
     0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
     0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},
    {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
    {0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
    {0xee, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
}};

// The y coordinate: the encoding without its sign bit.
Encoding y_of(ByteView key) {
  HP_ASSERT(key.size() == kKeyBytes, "an Ed25519 point has 32 bytes");
  Encoding y;
  std::copy(key.begin(), key.end(), y.begin());
  y[31] &= 0x7f;
  return y;
}

}  // namespace

bool is_canonical(ByteView key) {
  const Encoding y = y_of(key);
  // y >= p only for the 19 values 7fff...ffed to 7fff...ffff.
  if (y[31] != 0x7f || y[0] < 0xed) return true;
  return std::any_of(y.begin() + 1, y.begin() + 31, [](std::uint8_t byte) { return byte != 0xff; });
}

bool has_small_order(ByteView key) {
  const Encoding y = y_of(key);
  return std::find(kSmallOrder.begin(), kSmallOrder.end(), y) != kSmallOrder.end();
}

bool is_valid_point(ByteView key) {
  HP_ASSERT(key.size() == kKeyBytes, "an Ed25519 point has 32 bytes");
  require_sodium();
  return crypto_core_ed25519_is_valid_point(key.data()) == 1;
}

SecretBytes expand_seed(const SecretBytes& seed) {
  HP_ASSERT(seed.size() == kSeedBytes, "an Ed25519 seed has 32 bytes");
  require_sodium();
  SecretBytes expanded(crypto_sign_SECRETKEYBYTES);
  Encoding public_key;
  crypto_sign_seed_keypair(public_key.data(), expanded.writable().data(), seed.view().data());
  return expanded;
}

Bytes sign(const SecretBytes& expanded, ByteView message) {
  Bytes signature(kSignatureBytes);
  crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(),
                       expanded.view().data());
  return signature;
}

bool verify(ByteView key, ByteView message, ByteView signature) {
  HP_ASSERT(key.size() == kKeyBytes && signature.size() == kSignatureBytes,
            "an Ed25519 check needs a 32-byte key and a 64-byte signature");
  require_sodium();
  return crypto_sign_verify_detached(signature.data(), message.data(), message.size(),
                                     key.data()) == 0;
}

}  // namespace huangpu::crypto::ed25519
