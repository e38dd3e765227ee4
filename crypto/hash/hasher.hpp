// Hashing with the suite's function: SHA-256 or SM3, through OpenSSL; pure (SPEC K-1).
//
// Algorithms are fetched once per process and contexts are reused per thread, because most inputs
// are 65 bytes and come by the million. Any thread may call hash(); a Hasher is used by one
// thread at a time. What is hashed starts with a domain tag or a tree prefix, see hash/domain.hpp
// and README.md.
#pragma once

#include <initializer_list>
#include <span>

#include "crypto/base/bytes.hpp"
#include "crypto/hash/digest.hpp"
#include "crypto/suite.hpp"

struct evp_md_ctx_st;  // OpenSSL's EVP_MD_CTX

namespace huangpu::crypto {

// The digest of the concatenation of the parts.
[[nodiscard]] Digest hash(SuiteId suite, std::initializer_list<ByteView> parts);
[[nodiscard]] Digest hash(SuiteId suite, std::span<const ByteView> parts);
[[nodiscard]] Digest hash(SuiteId suite, ByteView data);

// Plain SHA-256, whatever the chain's suite: for facts fixed by other standards, such as
// certificate pins.
[[nodiscard]] Digest sha256(ByteView data);

// For input that arrives in pieces. After finish() it is ready for the next message.
class Hasher {
 public:
  explicit Hasher(SuiteId suite);
  ~Hasher();
  Hasher(Hasher&& other) noexcept;
  Hasher& operator=(Hasher&& other) noexcept;
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;

  Hasher& update(ByteView data);
  [[nodiscard]] Digest finish();

 private:
  evp_md_ctx_st* context_;  // owned; null only after a move
};

}  // namespace huangpu::crypto
