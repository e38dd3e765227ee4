// Owners for OpenSSL objects and the error text of its queue, for the sources of crypto/tls.
#pragma once

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <string_view>

#include "crypto/base/result.hpp"

namespace huangpu::crypto::openssl {

struct Free {
  void operator()(BIO* object) const { BIO_free(object); }
  void operator()(EVP_PKEY* object) const { EVP_PKEY_free(object); }
  void operator()(X509* object) const { X509_free(object); }
  void operator()(X509_NAME* object) const { X509_NAME_free(object); }
  void operator()(X509_EXTENSION* object) const { X509_EXTENSION_free(object); }
  void operator()(GENERAL_NAMES* object) const { GENERAL_NAMES_free(object); }
  void operator()(GENERAL_NAME* object) const { GENERAL_NAME_free(object); }
  void operator()(ASN1_OCTET_STRING* object) const { ASN1_OCTET_STRING_free(object); }
};

template <class T>
using Owned = std::unique_ptr<T, Free>;

// "<what>: <first reason OpenSSL gave>"; empties this thread's error queue.
[[nodiscard]] inline tl::unexpected<Error> failure(Errc code, std::string_view what) {
  std::string message(what);
  if (const char* const reason = ERR_reason_error_string(ERR_peek_error()); reason != nullptr) {
    message += ": ";
    message += reason;
  }
  ERR_clear_error();
  return fail(code, std::move(message));
}

// For PEM readers. Without it OpenSSL would ask for a passphrase on the terminal when a text says
// it is encrypted.
inline int no_passphrase(char*, int, int, void*) { return -1; }

}  // namespace huangpu::crypto::openssl
