// SecretBytes: memory for keys and passphrases. Guarded by inaccessible pages, locked against swap,
// left out of core dumps, wiped when released (SPEC K-50). Move-only: a secret has one place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "crypto/base/bytes.hpp"

namespace huangpu::crypto {

class SecretBytes {
 public:
  SecretBytes() noexcept = default;
  // Zeroed. A process that may not lock memory (RLIMIT_MEMLOCK) still gets guarded, wiped memory;
  // without any memory at all the process stops.
  explicit SecretBytes(std::size_t size_bytes);
  // Copies; the caller wipes its own original.
  [[nodiscard]] static SecretBytes copy_of(ByteView bytes);
  // Fresh from the system's generator.
  [[nodiscard]] static SecretBytes random(std::size_t size_bytes);

  ~SecretBytes();
  SecretBytes(SecretBytes&& other) noexcept;
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;

  [[nodiscard]] SecretBytes clone() const { return copy_of(view()); }

  [[nodiscard]] ByteView view() const noexcept { return {data_, size_}; }
  [[nodiscard]] std::span<std::uint8_t> writable() noexcept { return {data_, size_}; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

 private:
  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
};

// Overwrites memory in a way no optimiser removes.
void wipe(std::span<std::uint8_t> memory) noexcept;

}  // namespace huangpu::crypto
