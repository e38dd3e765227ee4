// The published vectors of the SM algorithms and of Ed25519, each in two libraries, so that a
// mistyped vector cannot pass (tests/vectors/crypto/README.md names the documents).
#include <botan/block_cipher.h>
#include <botan/hash.h>
#include <botan/pubkey.h>
#include <botan/sm2.h>
#include <botan/system_rng.h>
#include <gcrypt.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "crypto/hash/hasher.hpp"
#include "crypto/keystore/sm4_gcm.hpp"
#include "crypto/sign/ed25519.hpp"
#include "crypto/sign/signer.hpp"
#include "crypto/sign/sm2.hpp"
#include "crypto/sign/verifier.hpp"
#include "tests/differential/sm2_oracle.hpp"
#include "tests/unit/crypto/helpers.hpp"

namespace huangpu::crypto {
namespace {

using nlohmann::json;

json vectors(const std::string& name) {
  std::ifstream file("tests/vectors/crypto/" + name);
  EXPECT_TRUE(file.is_open()) << name << ": tests run from the root of the repository";
  return json::parse(file);
}

Bytes bytes_of(const json& item, const char* field) {
  return test::hex(item[field].get<std::string>());
}

// Gives the bytes of a script, then those of the system.
class ScriptedRng final : public Botan::RandomNumberGenerator {
 public:
  explicit ScriptedRng(Bytes script) : script_(std::move(script)) {}
  bool accepts_input() const override { return false; }
  void add_entropy(const std::uint8_t*, std::size_t) override {}
  std::string name() const override { return "scripted"; }
  void clear() override {}
  bool is_seeded() const override { return true; }
  void randomize(std::uint8_t output[], std::size_t size) override {
    if (size > script_.size()) return Botan::system_rng().randomize(output, size);
    std::copy_n(script_.begin(), size, output);
    script_.erase(script_.begin(), script_.begin() + static_cast<std::ptrdiff_t>(size));
  }

 private:
  Bytes script_;
};

class Sm2Annex : public testing::Test {
 protected:
  const json item_ = vectors("sm.json")["sm2"];
  const std::string id_ = item_["user_id"];
  const Bytes message_ = to_bytes(as_bytes(item_["message"].get<std::string>()));
  const Bytes seed_ = bytes_of(item_, "private_key");
  const Bytes key_ = bytes_of(item_, "public_key");
  const Bytes signature_ = bytes_of(item_, "signature");
};

TEST_F(Sm2Annex, TheKeyPairIsDerivedByBothLibraries) {
  const auto signer = LocalSigner::from_seed(SuiteId::kSm2Sm3, SecretBytes::copy_of(seed_));
  ASSERT_TRUE(signer.has_value());
  EXPECT_EQ(to_bytes((*signer)->public_key().bytes()), key_);
  EXPECT_EQ(test::sm2_public_key(seed_), key_);
}

TEST_F(Sm2Annex, ZaIsThatOfBotanAndOfTheFormulaInOpenssl) {
  const Botan::EC_Group group("sm2p256v1");
  const auto sm3 = Botan::HashFunction::create_or_throw("SM3");
  const auto za = Botan::sm2_compute_za(*sm3, id_, group, group.OS2ECP(key_.data(), key_.size()));
  EXPECT_EQ(Bytes(za.begin(), za.end()), bytes_of(item_, "za"));
  EXPECT_EQ(test::sm2_za(id_, key_), bytes_of(item_, "za"));
  EXPECT_EQ(hash(SuiteId::kSm2Sm3, {bytes_of(item_, "za"), message_}).hex(), item_["e"]);
}

TEST_F(Sm2Annex, TheSignatureIsAcceptedByBothLibraries) {
  EXPECT_TRUE(sm2::verify(key_, sm2::UserId::standard(), message_, signature_));
  EXPECT_TRUE(verify(*PublicKey::from_raw(SuiteId::kSm2Sm3, key_), message_,
                     *Signature::from_raw(SuiteId::kSm2Sm3, signature_)));
  EXPECT_TRUE(test::OpensslSm2(key_).verify(id_, message_, signature_));
  EXPECT_FALSE(test::OpensslSm2(key_).verify_der(std::nullopt, message_, test::der_of(signature_)))
      << "OpenSSL without an id takes the empty one";
}

TEST_F(Sm2Annex, TheSignatureIsMadeWithItsNonceByBothLibraries) {
  const Bytes nonce = bytes_of(item_, "nonce");
  EXPECT_EQ(test::sm2_sign_with_nonce(seed_, id_, message_, nonce), signature_);

  Botan::System_RNG system;
  const Botan::SM2_PrivateKey key(system, Botan::EC_Group("sm2p256v1"),
                                  Botan::BigInt(seed_.data(), seed_.size()));
  Botan::PK_Signer signer(key, system, id_ + ",SM3", Botan::IEEE_1363);
  ScriptedRng scripted(nonce);
  const auto made = signer.sign_message(message_.data(), message_.size(), scripted);
  EXPECT_EQ(Bytes(made.begin(), made.end()), signature_);
}

TEST(SmVectors, Sm3IsThatOfBothLibraries) {
  const json items = vectors("sm.json")["sm3"]["cases"];
  ASSERT_EQ(items.size(), 2U);
  for (const json& item : items) {
    Bytes message;
    for (int i = 0; i < item["repeat"].get<int>(); ++i) append(message, bytes_of(item, "message"));
    EXPECT_EQ(hash(SuiteId::kSm2Sm3, message).hex(), item["digest"]) << "OpenSSL";
    const auto sm3 = Botan::HashFunction::create_or_throw("SM3");
    const auto digest = sm3->process(message.data(), message.size());
    EXPECT_EQ(to_hex(ByteView(digest.data(), digest.size())), item["digest"]) << "Botan";
  }
}

TEST(SmVectors, Sm4IsThatOfBothLibrariesOnceAndAMillionTimes) {
  const json item = vectors("sm.json")["sm4"];
  const Bytes key = bytes_of(item, "key");
  const int rounds = item["rounds"];
  ASSERT_EQ(rounds, 1'000'000);

  const auto sm4 = Botan::BlockCipher::create_or_throw("SM4");
  sm4->set_key(key.data(), key.size());
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(
      EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  ASSERT_EQ(EVP_EncryptInit_ex(context.get(), EVP_sm4_ecb(), nullptr, key.data(), nullptr), 1);
  EVP_CIPHER_CTX_set_padding(context.get(), 0);

  Bytes botan = bytes_of(item, "plaintext");
  Bytes openssl = botan;
  for (int round = 1; round <= rounds; ++round) {
    int size = 0;
    sm4->encrypt(botan.data());
    EVP_EncryptUpdate(context.get(), openssl.data(), &size, openssl.data(), 16);
    if (round == 1) {
      EXPECT_EQ(botan, bytes_of(item, "ciphertext")) << "Botan";
      EXPECT_EQ(openssl, bytes_of(item, "ciphertext")) << "OpenSSL";
    }
  }
  EXPECT_EQ(botan, bytes_of(item, "ciphertext_after_rounds")) << "Botan";
  EXPECT_EQ(openssl, bytes_of(item, "ciphertext_after_rounds")) << "OpenSSL";
}

// OpenSSL 3.0 has no SM4-GCM; libgcrypt is the second library.
Bytes gcrypt_sm4_gcm(const Bytes& key, const Bytes& nonce, const Bytes& aad,
                     const Bytes& plaintext) {
  EXPECT_NE(gcry_check_version(nullptr), nullptr);
  gcry_cipher_hd_t cipher = nullptr;
  Bytes sealed = plaintext;
  Bytes tag(16);
  EXPECT_EQ(gcry_cipher_open(&cipher, GCRY_CIPHER_SM4, GCRY_CIPHER_MODE_GCM, 0), 0U);
  EXPECT_EQ(gcry_cipher_setkey(cipher, key.data(), key.size()), 0U);
  EXPECT_EQ(gcry_cipher_setiv(cipher, nonce.data(), nonce.size()), 0U);
  EXPECT_EQ(gcry_cipher_authenticate(cipher, aad.data(), aad.size()), 0U);
  EXPECT_EQ(gcry_cipher_final(cipher), 0U);
  EXPECT_EQ(gcry_cipher_encrypt(cipher, sealed.data(), sealed.size(), nullptr, 0), 0U);
  EXPECT_EQ(gcry_cipher_gettag(cipher, tag.data(), tag.size()), 0U);
  gcry_cipher_close(cipher);
  append(sealed, tag);
  return sealed;
}

TEST(SmVectors, Sm4GcmIsThatOfBothLibraries) {
  const json item = vectors("sm.json")["sm4_gcm"];
  const SecretBytes key = SecretBytes::copy_of(bytes_of(item, "key"));
  const Bytes nonce = bytes_of(item, "nonce");
  const Bytes aad = bytes_of(item, "aad");
  const SecretBytes plaintext = SecretBytes::copy_of(bytes_of(item, "plaintext"));
  Bytes expected = bytes_of(item, "ciphertext");
  append(expected, bytes_of(item, "tag"));

  EXPECT_EQ(sm4_gcm::encrypt(key, nonce, aad, plaintext), expected) << "Botan";
  EXPECT_EQ(gcrypt_sm4_gcm(bytes_of(item, "key"), nonce, aad, bytes_of(item, "plaintext")),
            expected)
      << "libgcrypt";
  const auto opened = sm4_gcm::decrypt(key, nonce, aad, expected);
  ASSERT_TRUE(opened.has_value());
  EXPECT_TRUE(equal(opened->view(), plaintext.view()));
}

TEST(SmVectors, Sm4GcmRefusesEveryChangedByteAndLength) {
  const json item = vectors("sm.json")["sm4_gcm"];
  const SecretBytes key = SecretBytes::copy_of(bytes_of(item, "key"));
  const Bytes nonce = bytes_of(item, "nonce");
  const Bytes aad = bytes_of(item, "aad");
  Bytes sealed = bytes_of(item, "ciphertext");
  append(sealed, bytes_of(item, "tag"));
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    Bytes changed = sealed;
    changed[i] = static_cast<std::uint8_t>(changed[i] ^ 0x80);
    EXPECT_EQ(sm4_gcm::decrypt(key, nonce, aad, changed).error().code, Errc::kUnauthenticated);
    EXPECT_FALSE(sm4_gcm::decrypt(key, nonce, aad, ByteView(sealed).first(i)).has_value());
  }
  EXPECT_FALSE(sm4_gcm::decrypt(key, nonce, ByteView(aad).first(19), sealed).has_value());
  EXPECT_FALSE(sm4_gcm::decrypt(key, Bytes(12), aad, sealed).has_value());
}

TEST(Ed25519Vectors, SignaturesOfRfc8032AreMadeAndAcceptedByOpensslToo) {
  const json items = vectors("ed25519.json")["rfc8032"];
  ASSERT_EQ(items.size(), 4U);
  for (const json& item : items) {
    const Bytes seed = bytes_of(item, "seed");
    const Bytes message = bytes_of(item, "message");
    const Bytes signature = bytes_of(item, "signature");
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()),
        EVP_PKEY_free);
    ASSERT_NE(key, nullptr);
    Bytes public_key(32);
    std::size_t size = public_key.size();
    ASSERT_EQ(EVP_PKEY_get_raw_public_key(key.get(), public_key.data(), &size), 1);
    EXPECT_EQ(public_key, bytes_of(item, "public_key")) << item["name"];

    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          EVP_MD_CTX_free);
    Bytes made(64);
    size = made.size();
    ASSERT_EQ(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()), 1);
    ASSERT_EQ(EVP_DigestSign(context.get(), made.data(), &size, message.data(), message.size()), 1);
    EXPECT_EQ(made, signature) << item["name"];
  }
}

bool openssl_accepts(const Bytes& raw_key, ByteView message, const Bytes& signature) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw_key.data(), raw_key.size()),
      EVP_PKEY_free);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  return key != nullptr &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                          message.size()) == 1;
}

// Key decoding, check for registration, key text and predicate: all must say no.
void expect_refused_everywhere(const Bytes& raw_key, ByteView message, const Bytes& signature) {
  constexpr SuiteId kSuite = SuiteId::kEd25519Sha256;
  EXPECT_FALSE(ed25519::verify(raw_key, message, signature)) << to_hex(raw_key);
  const auto key = PublicKey::from_raw(kSuite, raw_key);
  EXPECT_FALSE(key && verify(*key, message, *Signature::from_raw(kSuite, signature)));
  EXPECT_FALSE(key && key->check_for_registration()) << to_hex(raw_key);
}

// Where OpenSSL says yes and the frozen predicate says no: why one library judges (SPEC K-44).
TEST(Ed25519Vectors, WhatOnlyOpensslAcceptsIsRefusedEverywhere) {
  int disagreements = 0;
  const json items = vectors("ed25519.json")["taming"];
  for (const json& item : items) {
    const Bytes message = bytes_of(item, "message");
    if (item["accepted"].get<bool>() ||
        !openssl_accepts(bytes_of(item, "public_key"), message, bytes_of(item, "signature"))) {
      continue;
    }
    ++disagreements;
    expect_refused_everywhere(bytes_of(item, "public_key"), message, bytes_of(item, "signature"));
  }
  EXPECT_EQ(disagreements, 3) << "speccheck 0, 1 and 2";

  // R the neutral element, S = 0: for keys of small order a signature of every nth message.
  Bytes forged(64);
  forged[0] = 1;
  for (const char* const small :
       {"0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"}) {
    int accepted_by_openssl = 0;
    for (std::uint8_t i = 0; i < 64; ++i) {
      const Bytes message(1, i);
      accepted_by_openssl += openssl_accepts(test::hex(small), message, forged) ? 1 : 0;
      expect_refused_everywhere(test::hex(small), message, forged);
    }
    EXPECT_GE(accepted_by_openssl, 1) << small;
  }
}

}  // namespace
}  // namespace huangpu::crypto
