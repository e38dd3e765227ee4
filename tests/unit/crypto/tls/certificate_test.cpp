#include "crypto/tls/certificate.hpp"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <chrono>
#include <random>

#include "crypto/hash/hasher.hpp"
#include "crypto/tls/openssl.hpp"
#include "tests/unit/crypto/helpers.hpp"

namespace huangpu::crypto {
namespace {

using openssl::Owned;

CertificateMaterial make(std::uint32_t days = 30) {
  auto material = make_certificate("validator-1", {"localhost", "127.0.0.1", "::1"}, days);
  EXPECT_TRUE(material.has_value()) << material.error().message;
  return *std::move(material);
}

Owned<X509> parse(const std::string& pem) {
  const Owned<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return Owned<X509>(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

TEST(Certificate, NamesItsHostsAndNothingElse) {
  const Owned<X509> x509 = parse(make().cert_pem);
  ASSERT_TRUE(x509);
  EXPECT_EQ(X509_check_host(x509.get(), "localhost", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_ip_asc(x509.get(), "127.0.0.1", 0), 1);
  EXPECT_EQ(X509_check_ip_asc(x509.get(), "::1", 0), 1);
  EXPECT_EQ(X509_check_host(x509.get(), "example.com", 0, 0, nullptr), 0);
  EXPECT_EQ(X509_check_ip_asc(x509.get(), "127.0.0.2", 0), 0);
}

TEST(Certificate, IsItsOwnTrustAnchorForServersAndClients) {
  const Owned<X509> x509 = parse(make().cert_pem);
  for (const int purpose : {X509_PURPOSE_SSL_SERVER, X509_PURPOSE_SSL_CLIENT}) {
    const std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store(X509_STORE_new(),
                                                                        X509_STORE_free);
    X509_STORE_add_cert(store.get(), x509.get());
    const std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> context(
        X509_STORE_CTX_new(), X509_STORE_CTX_free);
    ASSERT_EQ(X509_STORE_CTX_init(context.get(), store.get(), x509.get(), nullptr), 1);
    X509_STORE_CTX_set_purpose(context.get(), purpose);
    EXPECT_EQ(X509_verify_cert(context.get()), 1)
        << X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()));
  }
  EXPECT_EQ(X509_check_ca(x509.get()), 0) << "it may not vouch for others";
}

TEST(Certificate, PinIsTheHashOfItsPublicKey) {
  const CertificateMaterial material = make();
  const Owned<X509> x509 = parse(material.cert_pem);
  unsigned char* spki = nullptr;
  const int spki_bytes = i2d_PUBKEY(X509_get0_pubkey(x509.get()), &spki);
  const Digest expected = sha256({spki, static_cast<std::size_t>(spki_bytes)});
  OPENSSL_free(spki);
  EXPECT_EQ(spki_pin(material.cert_pem), expected);

  unsigned char* der = nullptr;
  const int der_bytes = i2d_X509(x509.get(), &der);
  Bytes encoded(der, der + der_bytes);
  OPENSSL_free(der);
  EXPECT_EQ(spki_pin_der(encoded), expected);
  encoded.push_back(0);
  EXPECT_FALSE(spki_pin_der(encoded).has_value());
  EXPECT_NE(spki_pin(make().cert_pem), expected) << "each call makes a key of its own";
}

TEST(Certificate, IsValidForTheDaysAskedFor) {
  const auto now =
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                     std::chrono::system_clock::now().time_since_epoch())
                                     .count());
  const CertificateMaterial material = make(30);
  constexpr std::uint64_t kMinute = 60'000;
  const std::uint64_t end = not_after(material.cert_pem)->value();
  EXPECT_GE(end, now + 30 * 86'400'000ULL - kMinute);
  EXPECT_LE(end, now + 30 * 86'400'000ULL + kMinute);
  const std::uint64_t begin = not_before(material.cert_pem)->value();
  EXPECT_LE(begin, now - 4 * kMinute);
  EXPECT_GE(begin, now - 6 * kMinute);
}

TEST(Certificate, KeyAndCertificateMustBelongTogether) {
  const CertificateMaterial one = make();
  const CertificateMaterial two = make();
  EXPECT_TRUE(check_key_matches(one.key_pem, one.cert_pem).has_value());
  EXPECT_EQ(check_key_matches(one.key_pem, two.cert_pem).error().code, Errc::kConflict);
  EXPECT_EQ(check_key_matches(one.cert_pem, one.cert_pem).error().code, Errc::kMalformed);
}

TEST(Certificate, RefusesNamesThatCouldMeanSomethingElse) {
  EXPECT_FALSE(make_certificate("", {"localhost"}, 1).has_value());
  EXPECT_FALSE(make_certificate(std::string(65, 'a'), {"localhost"}, 1).has_value());
  EXPECT_FALSE(make_certificate("new\nline", {"localhost"}, 1).has_value());
  EXPECT_FALSE(make_certificate("a", {}, 1).has_value());
  EXPECT_FALSE(make_certificate("a", {"localhost"}, 0).has_value());
  EXPECT_FALSE(make_certificate("a", {"localhost"}, 3661).has_value());
  for (const std::string& san :
       {std::string(), std::string("a,DNS:b"), std::string("*.example.com"), std::string("a b"),
        std::string(254, 'a'), std::string("a\0b", 3), std::string("1.2.3.4/8")}) {
    EXPECT_FALSE(make_certificate("a", {san}, 1).has_value()) << san;
  }
}

TEST(Certificate, ReadersAnswerAnyTextWithoutHarm) {
  const CertificateMaterial material = make();
  std::mt19937_64 rng(23);
  for (int round = 0; round < 2000; ++round) {
    std::string text = material.cert_pem;
    for (std::uint64_t changes = 1 + rng() % 3; changes > 0; --changes) {
      text[rng() % text.size()] = static_cast<char>(rng());
    }
    static_cast<void>(spki_pin(text));
    static_cast<void>(not_after(text));
  }
  EXPECT_EQ(spki_pin("").error().code, Errc::kMalformed);
  EXPECT_EQ(spki_pin(material.key_pem).error().code, Errc::kMalformed);
  EXPECT_EQ(spki_pin(std::string(kPemBytesMax + 1, 'x')).error().code, Errc::kOutOfRange);
}

TEST(Certificate, AnEncryptedTextIsRefusedInsteadOfAskingTheTerminal) {
  std::string text = make().cert_pem;
  text.insert(text.find('\n') + 1,
              "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00112233445566778899aabbccddeeff\n\n");
  EXPECT_FALSE(spki_pin(text).has_value());
  EXPECT_FALSE(check_key_matches(text, make().cert_pem).has_value());
}

TEST(PrivatePem, IsKeptInAPrivateFile) {
  const test::TemporaryFolder folder;
  const CertificateMaterial material = make();
  ASSERT_TRUE(save_private_pem(folder / "key.pem", material.key_pem).has_value());
  EXPECT_EQ(load_private_pem(folder / "key.pem"), material.key_pem);
  EXPECT_EQ(std::filesystem::status(folder / "key.pem").permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_EQ(save_private_pem(folder / "key.pem", "other").error().code, Errc::kAlreadyExists);
}

}  // namespace
}  // namespace huangpu::crypto
