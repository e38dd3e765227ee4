#include "crypto/random/random.hpp"

#include "crypto/random/sodium.hpp"

namespace huangpu::crypto::random {

void fill(std::span<std::uint8_t> target) {
  require_sodium();
  if (!target.empty()) randombytes_buf(target.data(), target.size());
}

Bytes bytes(std::size_t size_bytes) {
  Bytes result(size_bytes);
  fill(result);
  return result;
}

std::uint64_t u64() {
  require_sodium();
  std::uint64_t value = 0;
  randombytes_buf(&value, sizeof(value));
  return value;
}

}  // namespace huangpu::crypto::random
