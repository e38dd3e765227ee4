#include "tests/differential/sm2_oracle.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <array>
#include <initializer_list>

#include "crypto/base/assert.hpp"

namespace huangpu::test {
namespace {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using Number = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using Scratch = std::unique_ptr<BN_CTX, Freed<BN_CTX_free>>;
using Point = std::unique_ptr<EC_POINT, Freed<EC_POINT_free>>;
using Digesting = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using ParamsBuilder = std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM_free>>;

void require(bool condition) { HP_ASSERT(condition, "OpenSSL failed in the oracle"); }

const EC_GROUP* curve() {
  static const EC_GROUP* const group = EC_GROUP_new_by_curve_name(NID_sm2);
  require(group != nullptr);
  return group;
}

Number number(ByteView bytes) {
  return Number(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
}

Bytes padded(const BIGNUM* value) {
  Bytes bytes(32);
  require(BN_bn2binpad(value, bytes.data(), 32) == 32);
  return bytes;
}

Bytes point_bytes(const EC_POINT* point) {
  Bytes bytes(65);
  require(EC_POINT_point2oct(curve(), point, POINT_CONVERSION_UNCOMPRESSED, bytes.data(),
                             bytes.size(), nullptr) == bytes.size());
  return bytes;
}

Bytes sm3(std::initializer_list<ByteView> parts) {
  const Digesting context(EVP_MD_CTX_new());
  require(EVP_DigestInit_ex(context.get(), EVP_sm3(), nullptr) == 1);
  for (const ByteView part : parts) {
    require(EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1);
  }
  Bytes digest(32);
  require(EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) == 1);
  return digest;
}

void append_integer(Bytes& to, ByteView value) {
  while (value.size() > 1 && value[0] == 0) value = value.subspan(1);
  const bool sign_byte = (value[0] & 0x80) != 0;
  to.push_back(0x02);
  to.push_back(static_cast<std::uint8_t>(value.size() + (sign_byte ? 1 : 0)));
  if (sign_byte) to.push_back(0);
  append(to, value);
}

// One non-negative INTEGER of at most 32 bytes, minimal.
bool take_integer(ByteView& from, Bytes& to) {
  if (from.size() < 3 || from[0] != 0x02 || from[1] == 0 || from[1] > 33) return false;
  ByteView value = from.subspan(2);
  if (value.size() < from[1]) return false;
  value = value.first(from[1]);
  from = from.subspan(2 + value.size());
  if ((value[0] & 0x80) != 0) return false;
  if (value.size() > 1 && value[0] == 0) {
    if ((value[1] & 0x80) == 0) return false;
    value = value.subspan(1);
  }
  if (value.size() > 32) return false;
  to.insert(to.end(), 32 - value.size(), 0);
  append(to, value);
  return true;
}

// A digest context for the key, with the id if there is one.
struct Session {
  Session(EVP_PKEY* key, std::optional<std::string_view> id)
      : parameters(EVP_PKEY_CTX_new(key, nullptr)), context(EVP_MD_CTX_new()) {
    require(parameters && context);
    if (id) {
      require(EVP_PKEY_CTX_set1_id(parameters.get(), id->data(), static_cast<int>(id->size())) ==
              1);
    }
    EVP_MD_CTX_set_pkey_ctx(context.get(), parameters.get());
  }
  KeyContext parameters;
  Digesting context;
};

}  // namespace

const Bytes& sm2_order() {
  static const Bytes bytes = padded(EC_GROUP_get0_order(curve()));
  return bytes;
}

const Bytes& sm2_prime() {
  static const Bytes bytes = [] {
    const Number p(BN_new());
    require(EC_GROUP_get_curve(curve(), p.get(), nullptr, nullptr, nullptr) == 1);
    return padded(p.get());
  }();
  return bytes;
}

const Bytes& sm2_base_point() {
  static const Bytes bytes = point_bytes(EC_GROUP_get0_generator(curve()));
  return bytes;
}

Bytes der_of(ByteView raw) {
  require(raw.size() == 64);
  Bytes content;
  append_integer(content, raw.first(32));
  append_integer(content, raw.last(32));
  Bytes der = {0x30, static_cast<std::uint8_t>(content.size())};
  append(der, content);
  return der;
}

std::optional<Bytes> raw_of(ByteView der) {
  if (der.size() < 2 || der[0] != 0x30 || der[1] != der.size() - 2 || der[1] > 127) return {};
  ByteView rest = der.subspan(2);
  Bytes raw;
  if (!take_integer(rest, raw) || !take_integer(rest, raw) || !rest.empty()) return {};
  return raw;
}

Bytes sm2_public_key(ByteView scalar) {
  const Point point(EC_POINT_new(curve()));
  require(EC_POINT_mul(curve(), point.get(), number(scalar).get(), nullptr, nullptr, nullptr) == 1);
  return point_bytes(point.get());
}

Bytes add_mod_order(ByteView a, ByteView b) {
  const Scratch scratch(BN_CTX_new());
  const Number sum(BN_new());
  require(BN_mod_add(sum.get(), number(a).get(), number(b).get(), EC_GROUP_get0_order(curve()),
                     scratch.get()) == 1);
  return padded(sum.get());
}

Bytes subtract_mod_order(ByteView a, ByteView b) {
  const Scratch scratch(BN_CTX_new());
  const Number difference(BN_new());
  require(BN_mod_sub(difference.get(), number(a).get(), number(b).get(),
                     EC_GROUP_get0_order(curve()), scratch.get()) == 1);
  return padded(difference.get());
}

// SM3(ENTL ‖ id ‖ a ‖ b ‖ xG ‖ yG ‖ xA ‖ yA), ENTL in bits (GB/T 32918.2, 5.5).
Bytes sm2_za(std::string_view id, ByteView key) {
  const Number a(BN_new());
  const Number b(BN_new());
  require(EC_GROUP_get_curve(curve(), nullptr, a.get(), b.get(), nullptr) == 1);
  const std::size_t bits = id.size() * 8;
  const std::array<std::uint8_t, 2> entl = {static_cast<std::uint8_t>(bits >> 8),
                                            static_cast<std::uint8_t>(bits)};
  return sm3({entl, as_bytes(id), padded(a.get()), padded(b.get()),
              ByteView(sm2_base_point()).last(64), key.last(64)});
}

// r = (e + x1) mod n, s = (1 + d)^-1 · (k − r·d) mod n (GB/T 32918.2, 6.1).
Bytes sm2_sign_with_nonce(ByteView scalar, std::string_view id, ByteView message, ByteView nonce) {
  const Scratch scratch(BN_CTX_new());
  const BIGNUM* const n = EC_GROUP_get0_order(curve());
  const Number d = number(scalar);
  const Number k = number(nonce);
  const Bytes za = sm2_za(id, sm2_public_key(scalar));
  const Number e = number(sm3({za, message}));
  const Number x1 = number(ByteView(sm2_public_key(nonce)).subspan(1, 32));

  const Number r(BN_new());
  const Number s(BN_new());
  const Number part(BN_new());
  require(BN_mod_add(r.get(), e.get(), x1.get(), n, scratch.get()) == 1);
  require(BN_mod_mul(part.get(), r.get(), d.get(), n, scratch.get()) == 1);
  require(BN_mod_sub(part.get(), k.get(), part.get(), n, scratch.get()) == 1);
  require(BN_add_word(d.get(), 1) == 1);
  require(BN_mod_inverse(s.get(), d.get(), n, scratch.get()) != nullptr);
  require(BN_mod_mul(s.get(), s.get(), part.get(), n, scratch.get()) == 1);
  Bytes raw = padded(r.get());
  append(raw, padded(s.get()));
  return raw;
}

OpensslSm2::OpensslSm2(ByteView key, std::optional<ByteView> scalar) {
  const ParamsBuilder builder(OSSL_PARAM_BLD_new());
  require(OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "SM2", 0) &&
          OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, key.data(),
                                           key.size()));
  const Number d = scalar ? number(*scalar) : nullptr;
  if (scalar) require(OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, d.get()));
  const Params parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "SM2", nullptr));
  require(context && EVP_PKEY_fromdata_init(context.get()) == 1);
  if (EVP_PKEY_fromdata(context.get(), &key_, scalar ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
                        parameters.get()) != 1) {
    key_ = nullptr;
  }
  ERR_clear_error();
}

OpensslSm2::~OpensslSm2() { EVP_PKEY_free(key_); }

bool OpensslSm2::verify_der(std::optional<std::string_view> id, ByteView message,
                            ByteView der) const {
  require(ok());
  const Session session(key_, id);
  require(EVP_DigestVerifyInit(session.context.get(), nullptr, EVP_sm3(), nullptr, key_) == 1);
  const int verdict = EVP_DigestVerify(session.context.get(), der.data(), der.size(),
                                       message.data(), message.size());
  ERR_clear_error();
  return verdict == 1;
}

Bytes OpensslSm2::sign_der(std::optional<std::string_view> id, ByteView message) const {
  require(ok());
  const Session session(key_, id);
  require(EVP_DigestSignInit(session.context.get(), nullptr, EVP_sm3(), nullptr, key_) == 1);
  Bytes der(128);
  std::size_t size = der.size();
  require(EVP_DigestSign(session.context.get(), der.data(), &size, message.data(),
                         message.size()) == 1);
  der.resize(size);
  return der;
}

}  // namespace huangpu::test
