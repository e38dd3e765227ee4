#include "tests/support/aged_certificate.hpp"

#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

#include "crypto/base/assert.hpp"

namespace huangpu::test {

crypto::CertificateMaterial aged(const crypto::CertificateMaterial& pair,
                                 std::chrono::seconds from_now) {
  const auto open = [](const std::string& text) {
    return std::unique_ptr<BIO, decltype(&BIO_free)>(
        BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free);
  };
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      PEM_read_bio_X509(open(pair.cert_pem).get(), nullptr, nullptr, nullptr), X509_free);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      PEM_read_bio_PrivateKey(open(pair.key_pem).get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
  const long seconds = static_cast<long>(from_now.count());
  constexpr long kYear = 365L * 86'400;
  const bool made =
      X509_gmtime_adj(X509_getm_notBefore(certificate.get()), seconds - kYear) != nullptr &&
      X509_gmtime_adj(X509_getm_notAfter(certificate.get()), seconds) != nullptr &&
      X509_sign(certificate.get(), key.get(), EVP_sha256()) != 0 &&
      PEM_write_bio_X509(out.get(), certificate.get()) == 1;
  HP_ASSERT(made, "OpenSSL could not sign a certificate of a test anew");
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return {pair.key_pem, std::string(data, static_cast<std::size_t>(size))};
}

}  // namespace huangpu::test
