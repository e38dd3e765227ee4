// Certificates for the transport: self-signed ECDSA P-256, known by the hash of their public key
// (SPEC K-60..K-63).
//
// Nobody's signature makes a certificate trusted here; the pin in the validator set or in the
// ledger does.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/base/bytes.hpp"
#include "crypto/base/ids.hpp"
#include "crypto/base/result.hpp"
#include "crypto/hash/digest.hpp"

namespace huangpu::crypto {

struct CertificateMaterial {
  std::string key_pem;   // PKCS#8, not encrypted: save with save_private_pem only
  std::string cert_pem;  // X.509 v3, usable as server and as client
};

// Longest PEM text any function here reads.
inline constexpr std::size_t kPemBytesMax = 64 * 1024;

// A fresh key and its certificate, valid from five minutes ago for `days` days (1..3660). Each san
// is an IPv4 or IPv6 address or a DNS name. kInvalidArgument for an empty or over-long name (64
// characters, SANs 253).
[[nodiscard]] Result<CertificateMaterial> make_certificate(const std::string& common_name,
                                                           const std::vector<std::string>& sans,
                                                           std::uint32_t days);

// SHA-256 of the DER SubjectPublicKeyInfo of the first certificate in the text.
[[nodiscard]] Result<Digest> spki_pin(std::string_view cert_pem);
// The same for a certificate in DER, as a handshake callback sees it.
[[nodiscard]] Result<Digest> spki_pin_der(ByteView cert_der);

// End of validity.
[[nodiscard]] Result<TimestampMs> not_after(std::string_view cert_pem);
[[nodiscard]] Result<TimestampMs> not_before(std::string_view cert_pem);

// Whether the private key belongs to the certificate; checked when a node loads its files.
[[nodiscard]] Status check_key_matches(std::string_view key_pem, std::string_view cert_pem);

// New file, mode 0600, complete or not at all; kAlreadyExists if there is one.
[[nodiscard]] Status save_private_pem(const std::filesystem::path& path, std::string_view key_pem);
// Refuses files that others may read, like key files.
[[nodiscard]] Result<std::string> load_private_pem(const std::filesystem::path& path);

}  // namespace huangpu::crypto
