#include "crypto/hash/hasher.hpp"

#include <openssl/evp.h>

#include <cstring>
#include <utility>

#include "crypto/base/assert.hpp"

namespace huangpu::crypto {
namespace {

// Inputs up to this size are joined on the stack: one call into OpenSSL instead of one per part.
constexpr std::size_t kJoinedBytesMax = 256;

const EVP_MD* fetch(const char* name) {
  // Kept for the life of the process, like the library itself.
  const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, name, nullptr);
  HP_ASSERT(algorithm != nullptr, "OpenSSL does not provide a hash function of the suite");
  HP_ASSERT(EVP_MD_get_size(algorithm) == static_cast<int>(Digest::kSizeBytes),
            "a hash function of the suite does not make 32 bytes");
  return algorithm;
}

const EVP_MD* algorithm_of(SuiteId suite) {
  static const EVP_MD* const sha256_algorithm = fetch("SHA256");
  static const EVP_MD* const sm3_algorithm = fetch("SM3");
  return suite == SuiteId::kEd25519Sha256 ? sha256_algorithm : sm3_algorithm;
}

EVP_MD_CTX* make_context(SuiteId suite) {
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  HP_ASSERT(context != nullptr, "out of memory for a hash context");
  HP_ASSERT(EVP_DigestInit_ex2(context, algorithm_of(suite), nullptr) == 1,
            "OpenSSL refused to start a hash");
  return context;
}

// One context per suite and thread, made at first use.
struct ThreadContexts {
  ~ThreadContexts() {
    EVP_MD_CTX_free(sha256);
    EVP_MD_CTX_free(sm3);
  }
  EVP_MD_CTX* get(SuiteId suite) {
    EVP_MD_CTX*& context = suite == SuiteId::kEd25519Sha256 ? sha256 : sm3;
    if (context == nullptr) [[unlikely]] {
      context = make_context(suite);
    }
    return context;
  }

  EVP_MD_CTX* sha256 = nullptr;
  EVP_MD_CTX* sm3 = nullptr;
};

thread_local ThreadContexts thread_contexts;

// The three steps fail only when the library is broken, never because of the data.
void start(EVP_MD_CTX* context) {
  HP_ASSERT(EVP_DigestInit_ex2(context, nullptr, nullptr) == 1, "OpenSSL refused to start a hash");
}
void add(EVP_MD_CTX* context, ByteView data) {
  HP_ASSERT(EVP_DigestUpdate(context, data.data(), data.size()) == 1,
            "OpenSSL refused to hash data");
}
Digest finish(EVP_MD_CTX* context) {
  Digest::Array result;
  HP_ASSERT(EVP_DigestFinal_ex(context, result.data(), nullptr) == 1,
            "OpenSSL refused to finish a hash");
  return Digest(result);
}

}  // namespace

Digest hash(SuiteId suite, std::span<const ByteView> parts) {
  EVP_MD_CTX* const context = thread_contexts.get(suite);
  start(context);

  std::size_t total = 0;
  for (const ByteView part : parts) total += part.size();
  if (total <= kJoinedBytesMax) {
    std::uint8_t joined[kJoinedBytesMax];
    std::size_t used = 0;
    for (const ByteView part : parts) {
      if (part.empty()) continue;
      std::memcpy(joined + used, part.data(), part.size());
      used += part.size();
    }
    add(context, {joined, total});
  } else {
    for (const ByteView part : parts) add(context, part);
  }
  return finish(context);
}

Digest hash(SuiteId suite, std::initializer_list<ByteView> parts) {
  return hash(suite, std::span<const ByteView>(parts.begin(), parts.size()));
}

Digest hash(SuiteId suite, ByteView data) {
  EVP_MD_CTX* const context = thread_contexts.get(suite);
  start(context);
  add(context, data);
  return finish(context);
}

Digest sha256(ByteView data) { return hash(SuiteId::kEd25519Sha256, data); }

Hasher::Hasher(SuiteId suite) : context_(make_context(suite)) {}

Hasher::~Hasher() { EVP_MD_CTX_free(context_); }

Hasher::Hasher(Hasher&& other) noexcept : context_(std::exchange(other.context_, nullptr)) {}

Hasher& Hasher::operator=(Hasher&& other) noexcept {
  std::swap(context_, other.context_);
  return *this;
}

Hasher& Hasher::update(ByteView data) {
  add(context_, data);
  return *this;
}

Digest Hasher::finish() {
  const Digest digest = crypto::finish(context_);
  start(context_);
  return digest;
}

}  // namespace huangpu::crypto
