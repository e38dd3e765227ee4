#include "crypto/self_test.hpp"

#include <string>
#include <string_view>

#include "crypto/base/bytes.hpp"
#include "crypto/hash/hasher.hpp"
#include "crypto/keystore/secret.hpp"
#include "crypto/sign/ed25519.hpp"
#include "crypto/sign/signer.hpp"
#include "crypto/sign/verifier.hpp"

namespace huangpu::crypto {
namespace {

// RFC 8032, 7.1, test 2.
constexpr std::string_view kSeed =
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
constexpr std::string_view kKey =
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
constexpr std::string_view kSignature =
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";
constexpr std::uint8_t kMessage[] = {0x72};
// The same with S + L, which satisfies the equation and must be refused all the same.
constexpr std::string_view kSignatureSPlusL =
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "f52db7415978abc61b2c2eb6aeebfca0387b2eaeb4302aeeb00d291612bb0c10";

Status expect(bool condition, std::string_view what) {
  if (condition) return {};
  return fail(Errc::kInternal, "cryptographic self-test failed: " + std::string(what));
}

Status check_hash(SuiteId suite, std::string_view expected_hex) {
  return expect(hash(suite, as_bytes("abc")).hex() == expected_hex, suite_name(suite));
}

Status check_ed25519() {
  HP_TRY_ASSIGN(const Bytes seed, from_hex(kSeed));
  HP_TRY_ASSIGN(const Bytes good, from_hex(kSignature));
  HP_TRY_ASSIGN(const Bytes malleated, from_hex(kSignatureSPlusL));

  const SuiteId suite = SuiteId::kEd25519Sha256;
  HP_TRY_ASSIGN(const auto signer, LocalSigner::from_seed(suite, SecretBytes::copy_of(seed)));
  const PublicKey& key = signer->public_key();
  HP_TRY(expect(to_hex(key.bytes()) == kKey, "Ed25519 key derivation"));
  HP_TRY_ASSIGN(const Signature made, signer->sign(kMessage));
  HP_TRY(expect(equal(made.bytes(), good), "Ed25519 signing"));
  HP_TRY(expect(ed25519::verify(key.bytes(), kMessage, good), "Ed25519 acceptance"));
  HP_TRY(expect(!ed25519::verify(key.bytes(), kMessage, malleated), "Ed25519 range of S"));

  // With the neutral element as key and as R, S = 0 satisfies the equation for every message.
  Bytes neutral(ed25519::kKeyBytes);
  neutral[0] = 1;
  Bytes forged(ed25519::kSignatureBytes);
  forged[0] = 1;
  return expect(!ed25519::verify(neutral, kMessage, forged), "Ed25519 keys of small order");
}

// GB/T 32918.5-2017, A.2: key pair and signature of "message digest" by the standard user id.
constexpr std::string_view kSm2Seed =
    "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8";
constexpr std::string_view kSm2Key =
    "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13";
constexpr std::string_view kSm2Signature =
    "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
    "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa";

Status check_sm2() {
  HP_TRY_ASSIGN(const Bytes seed, from_hex(kSm2Seed));
  HP_TRY_ASSIGN(const Bytes good, from_hex(kSm2Signature));
  const auto message = as_bytes("message digest");

  const SuiteId suite = SuiteId::kSm2Sm3;
  HP_TRY_ASSIGN(const auto signer, LocalSigner::from_seed(suite, SecretBytes::copy_of(seed)));
  const PublicKey& key = signer->public_key();
  HP_TRY(expect(to_hex(key.bytes()) == kSm2Key, "SM2 key derivation"));
  HP_TRY_ASSIGN(const Signature published, Signature::from_raw(suite, good));
  HP_TRY(expect(verify(key, message, published), "SM2 acceptance"));
  HP_TRY(expect(!verify(key, as_bytes("message digesT"), published), "SM2 refusal"));
  HP_TRY_ASSIGN(const Signature made, signer->sign(message));
  return expect(verify(key, message, made), "SM2 signing");
}

}  // namespace

Status self_test() {
  // FIPS 180-4 and GB/T 32905-2016, both for "abc".
  HP_TRY(check_hash(SuiteId::kEd25519Sha256,
                    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
  HP_TRY(check_hash(SuiteId::kSm2Sm3,
                    "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"));
  HP_TRY(check_ed25519());
  return check_sm2();
}

}  // namespace huangpu::crypto
