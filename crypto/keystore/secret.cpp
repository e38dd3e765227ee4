#include "crypto/keystore/secret.hpp"

#include <cstring>
#include <utility>

#include "crypto/random/random.hpp"
#include "crypto/random/sodium.hpp"

namespace huangpu::crypto {

SecretBytes::SecretBytes(std::size_t size_bytes) : size_(size_bytes) {
  if (size_bytes == 0) return;
  require_sodium();
  data_ = static_cast<std::uint8_t*>(sodium_malloc(size_bytes));
  HP_ASSERT(data_ != nullptr, "out of memory for a secret");
  std::memset(data_, 0, size_bytes);
}

SecretBytes SecretBytes::copy_of(ByteView bytes) {
  SecretBytes copy(bytes.size());
  if (!bytes.empty()) std::memcpy(copy.data_, bytes.data(), bytes.size());
  return copy;
}

SecretBytes SecretBytes::random(std::size_t size_bytes) {
  SecretBytes secret(size_bytes);
  random::fill(secret.writable());
  return secret;
}

// sodium_free wipes before it releases, and accepts null.
SecretBytes::~SecretBytes() { sodium_free(data_); }

SecretBytes::SecretBytes(SecretBytes&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this != &other) {
    sodium_free(data_);
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

void wipe(std::span<std::uint8_t> memory) noexcept {
  if (!memory.empty()) sodium_memzero(memory.data(), memory.size());
}

}  // namespace huangpu::crypto
