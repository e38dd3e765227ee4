#include "crypto/tls/certificate.hpp"

#include <openssl/pem.h>

#include <ctime>
#include <utility>

#include "crypto/base/civil.hpp"
#include "crypto/hash/hasher.hpp"
#include "crypto/keystore/private_file.hpp"
#include "crypto/tls/openssl.hpp"

namespace huangpu::crypto {
namespace {

using openssl::failure;
using openssl::Owned;

Result<Owned<BIO>> open_pem(std::string_view pem) {
  if (pem.size() > kPemBytesMax) return fail(Errc::kOutOfRange, "PEM text is too long");
  Owned<BIO> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (!bio) return failure(Errc::kInternal, "PEM text");
  return bio;
}

Result<Owned<X509>> read_certificate(std::string_view pem) {
  HP_TRY_ASSIGN(const Owned<BIO> bio, open_pem(pem));
  Owned<X509> certificate(PEM_read_bio_X509(bio.get(), nullptr, openssl::no_passphrase, nullptr));
  if (!certificate) return failure(Errc::kMalformed, "text holds no certificate");
  return certificate;
}

Result<Digest> pin_of(const Owned<X509>& certificate) {
  unsigned char* der = nullptr;
  const int size_bytes = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate.get()), &der);
  if (size_bytes <= 0) return failure(Errc::kMalformed, "certificate has no public key");
  const Digest pin = sha256({der, static_cast<std::size_t>(size_bytes)});
  OPENSSL_free(der);
  return pin;
}

Result<TimestampMs> to_timestamp(const ASN1_TIME* time) {
  std::tm utc{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &utc) != 1) {
    return failure(Errc::kMalformed, "certificate has no valid date");
  }
  if (utc.tm_year < 70) return fail(Errc::kOutOfRange, "certificate has a date before 1970");
  const auto yyyymmdd = static_cast<std::uint32_t>((utc.tm_year + 1900) * 10'000 +
                                                   (utc.tm_mon + 1) * 100 + utc.tm_mday);
  HP_TRY_ASSIGN(const std::uint32_t day, day_from_yyyymmdd(yyyymmdd));
  const auto seconds =
      static_cast<std::uint64_t>(utc.tm_hour * 3'600 + utc.tm_min * 60 + utc.tm_sec);
  return TimestampMs(day * kMsPerDay + seconds * 1'000);
}

}  // namespace

Result<Digest> spki_pin(std::string_view cert_pem) {
  HP_TRY_ASSIGN(const Owned<X509> certificate, read_certificate(cert_pem));
  return pin_of(certificate);
}

Result<Digest> spki_pin_der(ByteView cert_der) {
  if (cert_der.size() > kPemBytesMax) return fail(Errc::kOutOfRange, "certificate is too long");
  const unsigned char* cursor = cert_der.data();
  const Owned<X509> certificate(d2i_X509(nullptr, &cursor, static_cast<long>(cert_der.size())));
  if (!certificate || cursor != cert_der.data() + cert_der.size()) {
    return failure(Errc::kMalformed, "bytes are not one certificate");
  }
  return pin_of(certificate);
}

Result<TimestampMs> not_after(std::string_view cert_pem) {
  HP_TRY_ASSIGN(const Owned<X509> certificate, read_certificate(cert_pem));
  return to_timestamp(X509_get0_notAfter(certificate.get()));
}

Result<TimestampMs> not_before(std::string_view cert_pem) {
  HP_TRY_ASSIGN(const Owned<X509> certificate, read_certificate(cert_pem));
  return to_timestamp(X509_get0_notBefore(certificate.get()));
}

Status check_key_matches(std::string_view key_pem, std::string_view cert_pem) {
  HP_TRY_ASSIGN(const Owned<X509> certificate, read_certificate(cert_pem));
  HP_TRY_ASSIGN(const Owned<BIO> bio, open_pem(key_pem));
  const Owned<EVP_PKEY> key(
      PEM_read_bio_PrivateKey(bio.get(), nullptr, openssl::no_passphrase, nullptr));
  if (!key) return failure(Errc::kMalformed, "text holds no unencrypted private key");
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    return failure(Errc::kConflict, "private key does not belong to the certificate");
  }
  return {};
}

Status save_private_pem(const std::filesystem::path& path, std::string_view key_pem) {
  return write_private_file(path, as_bytes(key_pem), IfExists::kRefuse);
}

Result<std::string> load_private_pem(const std::filesystem::path& path) {
  HP_TRY_ASSIGN(const SecretBytes content, read_private_file(path, kPemBytesMax));
  return std::string(as_text(content.view()));
}

}  // namespace huangpu::crypto
