// Certificates whose time is over, which make_certificate() does not make.
#pragma once

#include <chrono>

#include "crypto/tls/certificate.hpp"

namespace huangpu::test {

// The same key and names, signed anew with another end: `from_now` may be negative.
[[nodiscard]] crypto::CertificateMaterial aged(const crypto::CertificateMaterial& pair,
                                               std::chrono::seconds from_now);

}  // namespace huangpu::test
