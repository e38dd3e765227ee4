#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <utility>

#include "crypto/tls/certificate.hpp"
#include "crypto/tls/openssl.hpp"

namespace huangpu::crypto {
namespace {

using openssl::failure;
using openssl::Owned;

constexpr std::size_t kCommonNameBytesMax = 64;  // ub-common-name of RFC 5280
constexpr std::size_t kSanBytesMax = 253;        // a DNS name in text form
constexpr std::size_t kSansMax = 64;
constexpr std::uint32_t kDaysMax = 3'660;
constexpr long kBackdateSeconds = 300;  // peers' clocks may lag

bool is_printable_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

bool is_dns_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
  });
}

Status check_names(const std::string& common_name, const std::vector<std::string>& sans,
                   std::uint32_t days) {
  if (common_name.empty() || common_name.size() > kCommonNameBytesMax ||
      !is_printable_ascii(common_name)) {
    return fail(Errc::kInvalidArgument,
                "a certificate's common name is 1 to 64 printable ASCII characters");
  }
  if (sans.empty() || sans.size() > kSansMax) {
    return fail(Errc::kInvalidArgument, "a certificate needs 1 to 64 subject alternative names");
  }
  if (days < 1 || days > kDaysMax) {
    return fail(Errc::kInvalidArgument, "a certificate is valid for 1 to 3660 days");
  }
  return {};
}

// An IP address if it reads as one, else a DNS name.
Result<Owned<GENERAL_NAME>> make_general_name(const std::string& san) {
  if (san.empty() || san.size() > kSanBytesMax || !is_printable_ascii(san)) {
    return fail(Errc::kInvalidArgument, "a subject alternative name has 1 to 253 characters");
  }
  Owned<GENERAL_NAME> name(GENERAL_NAME_new());
  if (!name) return failure(Errc::kInternal, "subject alternative name");

  if (Owned<ASN1_OCTET_STRING> address(a2i_IPADDRESS(san.c_str())); address) {
    GENERAL_NAME_set0_value(name.get(), GEN_IPADD, address.release());
    return name;
  }
  ERR_clear_error();
  if (!is_dns_name(san)) {
    return fail(Errc::kInvalidArgument, "\"" + san + "\" is neither an IP address nor a DNS name");
  }
  ASN1_IA5STRING* const text = ASN1_IA5STRING_new();
  if (text == nullptr) return failure(Errc::kInternal, "subject alternative name");
  GENERAL_NAME_set0_value(name.get(), GEN_DNS, text);
  if (ASN1_STRING_set(text, san.data(), static_cast<int>(san.size())) != 1) {
    return failure(Errc::kInternal, "subject alternative name");
  }
  return name;
}

Status add_sans(X509* certificate, const std::vector<std::string>& sans) {
  Owned<GENERAL_NAMES> names(GENERAL_NAMES_new());
  if (!names) return failure(Errc::kInternal, "subject alternative names");
  for (const std::string& san : sans) {
    HP_TRY_ASSIGN(Owned<GENERAL_NAME> name, make_general_name(san));
    if (sk_GENERAL_NAME_push(names.get(), name.get()) <= 0) {
      return failure(Errc::kInternal, "subject alternative names");
    }
    static_cast<void>(name.release());  // the stack owns it
  }
  if (X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), 0, X509V3_ADD_DEFAULT) !=
      1) {
    return failure(Errc::kInternal, "subject alternative names");
  }
  return {};
}

// A certificate that ends a chain, signs handshakes, and serves on both sides of a connection.
Status add_constraints(X509* certificate) {
  constexpr std::array<std::pair<int, const char*>, 4> kExtensions = {{
      {NID_basic_constraints, "critical,CA:FALSE"},
      {NID_key_usage, "critical,digitalSignature"},
      {NID_ext_key_usage, "serverAuth,clientAuth"},
      {NID_subject_key_identifier, "hash"},
  }};
  X509V3_CTX context;
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  for (const auto& [nid, value] : kExtensions) {
    const Owned<X509_EXTENSION> extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
    if (!extension || X509_add_ext(certificate, extension.get(), -1) != 1) {
      return failure(Errc::kInternal, "certificate extension");
    }
  }
  return {};
}

// 127 random bits: positive, and within the 20 bytes RFC 5280 allows.
bool set_random_serial(X509* certificate) {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return false;
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7f) | 0x40);
  ASN1_INTEGER* const serial = X509_get_serialNumber(certificate);
  return ASN1_STRING_set(serial, bytes.data(), static_cast<int>(bytes.size())) == 1;
}

bool set_subject_and_issuer(X509* certificate, const std::string& common_name) {
  const Owned<X509_NAME> name(X509_NAME_new());
  return name &&
         X509_NAME_add_entry_by_txt(name.get(), "CN", MBSTRING_ASC,
                                    reinterpret_cast<const unsigned char*>(common_name.data()),
                                    static_cast<int>(common_name.size()), -1, 0) == 1 &&
         X509_set_subject_name(certificate, name.get()) == 1 &&
         X509_set_issuer_name(certificate, name.get()) == 1;
}

Result<std::string> pem_text(const Owned<BIO>& bio) {
  char* data = nullptr;
  const long size_bytes = BIO_get_mem_data(bio.get(), &data);
  if (size_bytes <= 0 || data == nullptr) return failure(Errc::kInternal, "PEM text");
  return std::string(data, static_cast<std::size_t>(size_bytes));
}

}  // namespace

Result<CertificateMaterial> make_certificate(const std::string& common_name,
                                             const std::vector<std::string>& sans,
                                             std::uint32_t days) {
  HP_TRY(check_names(common_name, sans, days));

  const Owned<EVP_PKEY> key(EVP_EC_gen("P-256"));
  const Owned<X509> certificate(X509_new());
  if (!key || !certificate) return failure(Errc::kInternal, "certificate key");
  X509* const x509 = certificate.get();

  const bool filled =
      X509_set_version(x509, X509_VERSION_3) == 1 && set_random_serial(x509) &&
      set_subject_and_issuer(x509, common_name) &&
      X509_gmtime_adj(X509_getm_notBefore(x509), -kBackdateSeconds) != nullptr &&
      X509_time_adj_ex(X509_getm_notAfter(x509), static_cast<int>(days), 0, nullptr) != nullptr &&
      X509_set_pubkey(x509, key.get()) == 1;
  if (!filled) return failure(Errc::kInternal, "certificate");
  HP_TRY(add_constraints(x509));
  HP_TRY(add_sans(x509, sans));
  if (X509_sign(x509, key.get(), EVP_sha256()) == 0) {
    return failure(Errc::kInternal, "certificate signature");
  }

  // Secure memory: the key's text is wiped when the buffer is freed.
  const Owned<BIO> key_bio(BIO_new(BIO_s_secmem()));
  const Owned<BIO> cert_bio(BIO_new(BIO_s_mem()));
  if (!key_bio || !cert_bio ||
      PEM_write_bio_PKCS8PrivateKey(key_bio.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                    nullptr) != 1 ||
      PEM_write_bio_X509(cert_bio.get(), x509) != 1) {
    return failure(Errc::kInternal, "PEM text");
  }
  HP_TRY_ASSIGN(std::string key_pem, pem_text(key_bio));
  HP_TRY_ASSIGN(std::string cert_pem, pem_text(cert_bio));
  return CertificateMaterial{std::move(key_pem), std::move(cert_pem)};
}

}  // namespace huangpu::crypto
