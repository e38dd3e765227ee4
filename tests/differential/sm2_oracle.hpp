// SM2 through OpenSSL: the second opinion about crypto/sign/sm2. Test code only. One thread per
// object.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "crypto/base/bytes.hpp"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace huangpu::test {

// n, p and G of the SM2 curve (GB/T 32918.5), big-endian.
[[nodiscard]] const Bytes& sm2_order();
[[nodiscard]] const Bytes& sm2_prime();
[[nodiscard]] const Bytes& sm2_base_point();

// SEQUENCE of two INTEGERs in DER, as OpenSSL wants a signature; raw is r ‖ s of 32 bytes each.
[[nodiscard]] Bytes der_of(ByteView raw);
// r ‖ s of a DER signature; nothing unless it is DER and both fit in 32 bytes.
[[nodiscard]] std::optional<Bytes> raw_of(ByteView der);

// d·G as 04 ‖ x ‖ y.
[[nodiscard]] Bytes sm2_public_key(ByteView scalar);

// (a + b) mod n and (a − b) mod n, of 32 bytes each.
[[nodiscard]] Bytes add_mod_order(ByteView a, ByteView b);
[[nodiscard]] Bytes subtract_mod_order(ByteView a, ByteView b);

// ZA by the standard's formula, with SM3 of OpenSSL.
[[nodiscard]] Bytes sm2_za(std::string_view id, ByteView key);

// r ‖ s by the standard's formula with the nonce k: e from ZA and the message, BIGNUM arithmetic.
[[nodiscard]] Bytes sm2_sign_with_nonce(ByteView scalar, std::string_view id, ByteView message,
                                        ByteView nonce);

class OpensslSm2 {
 public:
  // scalar: the private key, or nothing for a key that only verifies. ok() is false where OpenSSL
  // refuses the key.
  explicit OpensslSm2(ByteView key, std::optional<ByteView> scalar = {});
  ~OpensslSm2();
  OpensslSm2(const OpensslSm2&) = delete;
  OpensslSm2& operator=(const OpensslSm2&) = delete;

  [[nodiscard]] bool ok() const { return key_ != nullptr; }
  // Without an id, the context is used as OpenSSL makes it: the trap.
  [[nodiscard]] bool verify_der(std::optional<std::string_view> id, ByteView message,
                                ByteView der) const;
  [[nodiscard]] bool verify(std::string_view id, ByteView message, ByteView raw) const {
    return verify_der(id, message, der_of(raw));
  }
  [[nodiscard]] Bytes sign_der(std::optional<std::string_view> id, ByteView message) const;

 private:
  evp_pkey_st* key_ = nullptr;
};

}  // namespace huangpu::test
