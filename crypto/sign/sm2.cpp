#include "crypto/sign/sm2.hpp"

#include <botan/exceptn.h>
#include <botan/hmac_drbg.h>
#include <botan/mac.h>
#include <botan/pubkey.h>
#include <botan/sm2.h>
#include <botan/system_rng.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "crypto/base/assert.hpp"
#include "crypto/hash/hasher.hpp"
#include "crypto/sign/key_cache.hpp"
#include "crypto/suite.hpp"

namespace huangpu::crypto::sm2 {
namespace {

static_assert(kSeedBytes == sizes_of(SuiteId::kSm2Sm3).seed_bytes);
static_assert(kKeyBytes == sizes_of(SuiteId::kSm2Sm3).public_key_bytes);
static_assert(kSignatureBytes == sizes_of(SuiteId::kSm2Sm3).signature_bytes);

constexpr std::uint8_t kUncompressed = 0x04;

// Prepared keys of one thread. A check of an unknown key costs a third more, which only a key that
// is registered on chain can make a validator spend: admission looks keys up first.
constexpr std::size_t kPreparedKeysMax = 1024;

using RawKey = std::array<std::uint8_t, kKeyBytes>;

const Botan::EC_Group& group() {
  static const Botan::EC_Group curve("sm2p256v1");
  return curve;
}

// Botan's name of "SM3 over ZA of this user and the message".
std::string scheme_of(const UserId& id) { return std::string(id.text()) + ",SM3"; }

const std::string& standard_scheme() {
  static const std::string scheme = scheme_of(UserId::standard());
  return scheme;
}

// The y of −G, which has the x of G.
const RawKey& minus_base_point() {
  static const RawKey encoded = [] {
    const Botan::PointGFp minus = -group().get_base_point();
    const auto bytes = minus.encode(Botan::PointGFp::UNCOMPRESSED);
    HP_ASSERT(bytes.size() == kKeyBytes, "Botan encodes an SM2 point with another length");
    RawKey raw;
    std::copy(bytes.begin(), bytes.end(), raw.begin());
    return raw;
  }();
  return encoded;
}

RawKey to_raw_key(ByteView key) {
  RawKey raw;
  std::memcpy(raw.data(), key.data(), kKeyBytes);
  return raw;
}

bool check_point(const RawKey& raw) {
  if (raw[0] != kUncompressed || raw == minus_base_point()) return false;
  try {
    return group().OS2ECP(raw.data(), raw.size()).on_the_curve();
  } catch (const Botan::Exception&) {
    // How Botan answers coordinates out of range.
    return false;
  }
}

// A key with the table of multiples that Botan makes for it, ready for any number of checks. Used
// by the thread that made it.
class PreparedKey {
 public:
  // Requires a valid key.
  PreparedKey(const RawKey& raw, const std::string& scheme)
      : verifier_(Botan::SM2_PublicKey(group(), group().OS2ECP(raw.data(), raw.size())), scheme,
                  Botan::IEEE_1363) {}

  bool accepts(ByteView message, ByteView signature) {
    return verifier_.verify_message(message.data(), message.size(), signature.data(),
                                    signature.size());
  }

 private:
  Botan::PK_Verifier verifier_;
};

// The first bytes of x spread well enough; who crafts keys to collide finds at most 1,024.
struct RawKeyHash {
  std::size_t operator()(const RawKey& raw) const noexcept {
    std::uint64_t word;
    std::memcpy(&word, raw.data() + 1, sizeof(word));
    return static_cast<std::size_t>(word);
  }
};

PreparedKey& prepared(const RawKey& raw) {
  thread_local KeyCache<RawKey, PreparedKey, RawKeyHash> cache(kPreparedKeysMax);
  return cache.get(raw, [&] { return std::make_unique<PreparedKey>(raw, standard_scheme()); });
}

}  // namespace

Result<UserId> UserId::make(std::string_view text) {
  if (text.empty()) return fail(Errc::kInvalidArgument, "the SM2 user id is not set");
  if (text.size() > 255) return fail(Errc::kInvalidArgument, "the SM2 user id is too long");
  const bool plain = std::all_of(text.begin(), text.end(),
                                 [](char c) { return c > 0x20 && c < 0x7f && c != ','; });
  if (!plain) {
    return fail(Errc::kInvalidArgument,
                "the SM2 user id has a character that is not printable ASCII, or a comma");
  }
  return UserId(text);
}

const UserId& UserId::standard() {
  static const UserId id("1234567812345678");
  return id;
}

bool is_valid_key(ByteView key) {
  if (key.size() != kKeyBytes) return false;
  // Direct-mapped: a decoder sees the same keys again and again, in threads that verify nothing.
  // Entries start as 65 zeros, which is no key.
  thread_local std::vector<RawKey> seen(kPreparedKeysMax);
  const RawKey raw = to_raw_key(key);
  RawKey& slot = seen[RawKeyHash{}(raw) % kPreparedKeysMax];
  if (slot == raw && raw[0] == kUncompressed) return true;
  if (!check_point(raw)) return false;
  slot = raw;
  return true;
}

struct PrivateKey::Impl {
  Botan::SM2_PrivateKey key;
};

PrivateKey::PrivateKey(std::unique_ptr<Impl> impl, Bytes public_key)
    : impl_(std::move(impl)), public_key_(std::move(public_key)) {}
PrivateKey::PrivateKey(PrivateKey&&) noexcept = default;
PrivateKey& PrivateKey::operator=(PrivateKey&&) noexcept = default;
PrivateKey::~PrivateKey() = default;

Result<PrivateKey> PrivateKey::from_seed(const SecretBytes& seed) {
  if (seed.size() != kSeedBytes) {
    return fail(Errc::kInvalidArgument, "an SM2 private key has 32 bytes");
  }
  const Botan::BigInt scalar(seed.view().data(), seed.size());
  // Botan takes 0 for "make one", and n − 1 has no inverse of 1 + d.
  if (scalar.is_zero() || scalar + 1 >= group().get_order()) {
    return fail(Errc::kInvalidArgument, "an SM2 private key lies between 1 and n - 2");
  }
  try {
    Botan::System_RNG blinding;
    auto impl = std::make_unique<Impl>(Impl{Botan::SM2_PrivateKey(blinding, group(), scalar)});
    const auto point = impl->key.public_point().encode(Botan::PointGFp::UNCOMPRESSED);
    return PrivateKey(std::move(impl), Bytes(point.begin(), point.end()));
  } catch (const Botan::Exception& error) {
    return fail(Errc::kInternal, std::string("SM2 key cannot be loaded: ") + error.what());
  }
}

Result<Bytes> PrivateKey::sign(const UserId& id, ByteView message, ByteView entropy) const {
  HP_ASSERT(entropy.size() == kEntropyBytes, "a signature takes 32 bytes of fresh randomness");
  try {
    const Digest digest = hash(SuiteId::kSm2Sm3, message);
    Botan::secure_vector<std::uint8_t> seed(entropy.begin(), entropy.end());
    seed += Botan::BigInt::encode_1363(impl_->key.private_value(), kSeedBytes);
    seed.insert(seed.end(), digest.array().begin(), digest.array().end());
    Botan::HMAC_DRBG nonces(Botan::MessageAuthenticationCode::create_or_throw("HMAC(SM3)"));
    nonces.initialize_with(seed.data(), seed.size());

    Botan::PK_Signer signer(impl_->key, nonces, scheme_of(id), Botan::IEEE_1363);
    return signer.sign_message(message.data(), message.size(), nonces);
  } catch (const Botan::Exception& error) {
    return fail(Errc::kInternal, std::string("SM2 signing failed: ") + error.what());
  }
}

// noexcept: without memory there is no verdict, and "false" would be one.
bool verify(ByteView key, const UserId& id, ByteView message, ByteView signature) noexcept {
  if (signature.size() != kSignatureBytes || !is_valid_key(key)) return false;
  const RawKey raw = to_raw_key(key);
  try {
    if (id.text() == UserId::standard().text()) return prepared(raw).accepts(message, signature);
    return PreparedKey(raw, scheme_of(id)).accepts(message, signature);
  } catch (const Botan::Exception&) {
    // Not known to happen for a valid key; if so, it depends on the arguments alone.
    return false;
  }
}

}  // namespace huangpu::crypto::sm2
