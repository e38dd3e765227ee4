// SM2 signatures (GB/T 32918.2 on the curve of GB/T 32918.5) on raw bytes, for the sources of
// crypto/sign; everyone else uses PublicKey, Signer and Verifier. Botan stays behind this header.
//
// Fixed forms (SPEC K-47..K-49): a public key is 04 ‖ x ‖ y, a signature r ‖ s, all of 32 bytes,
// big-endian. DER is never read and never made. What is signed is SM3(ZA ‖ message), where ZA binds
// the signer's user id and public key; so there is no signing or checking without a user id.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "crypto/base/bytes.hpp"
#include "crypto/base/result.hpp"
#include "crypto/keystore/secret.hpp"

namespace huangpu::crypto::sm2 {

inline constexpr std::size_t kSeedBytes = 32;       // the private scalar d, big-endian
inline constexpr std::size_t kKeyBytes = 65;        // 04 ‖ x ‖ y
inline constexpr std::size_t kSignatureBytes = 64;  // r ‖ s
inline constexpr std::size_t kEntropyBytes = 32;    // fresh randomness of one signature

// The distinguishing identifier that goes into ZA. There is no unset one: libraries read "unset" as
// the empty id or as the standard's default, and the two verify nothing of each other.
class UserId {
 public:
  // 1 to 255 printable ASCII characters without comma (Botan's separator); kInvalidArgument
  // otherwise.
  [[nodiscard]] static Result<UserId> make(std::string_view text);
  // "1234567812345678", which GM/T 0009 prescribes where nothing else is agreed. The only id of
  // keys on the chain.
  [[nodiscard]] static const UserId& standard();

  [[nodiscard]] std::string_view text() const noexcept { return text_; }

 private:
  explicit UserId(std::string_view text) : text_(text) {}
  std::string text_;
};

// A point that a private key can have: 04, coordinates below p, on the curve, and not −G, whose
// private key n − 1 the standard excludes. About 4 µs, 0.1 µs for a key this thread has seen.
// False for every other length.
[[nodiscard]] bool is_valid_key(ByteView key);

// A private key in Botan's own memory: wiped on release, and locked as far as Botan's pool reaches.
class PrivateKey {
 public:
  // kInvalidArgument unless seed is 32 bytes and 1 <= d <= n - 2.
  [[nodiscard]] static Result<PrivateKey> from_seed(const SecretBytes& seed);
  PrivateKey(PrivateKey&&) noexcept;
  PrivateKey& operator=(PrivateKey&&) noexcept;
  ~PrivateKey();

  [[nodiscard]] const Bytes& public_key() const noexcept { return public_key_; }

  // The nonce comes from an HMAC-DRBG over the entropy, the private key and the message (SPEC
  // K-49). entropy: kEntropyBytes, fresh from the system for every call; equal arguments give equal
  // signatures. Any thread. kInternal only if Botan fails.
  [[nodiscard]] Result<Bytes> sign(const UserId& id, ByteView message, ByteView entropy) const;

 private:
  struct Impl;
  PrivateKey(std::unique_ptr<Impl> impl, Bytes public_key);
  std::unique_ptr<Impl> impl_;
  Bytes public_key_;
};

// The frozen predicate (SPEC K-48). Total over bytes of any length; any thread. For the standard id
// each thread keeps prepared keys, the most recently used 1,024 (about 6 KiB each): preparing one
// costs about a third of a check.
[[nodiscard]] bool verify(ByteView key, const UserId& id, ByteView message,
                          ByteView signature) noexcept;

}  // namespace huangpu::crypto::sm2
