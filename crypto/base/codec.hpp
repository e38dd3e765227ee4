// Writer and Reader: the fixed binary layouts of everything that is hashed, signed or stored (SPEC
// K-4..K-6).
//
// Big-endian, no padding, no tags. Lengths are explicit and bounded. A Reader is total: any input
// either decodes or leaves a sticky error; it never throws, allocates by an untrusted length or
// reads outside its view. After an error every read returns zeros, so that a decoder is a straight
// list of reads with one finish() at the end.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "crypto/base/amount.hpp"
#include "crypto/base/assert.hpp"
#include "crypto/base/bytes.hpp"
#include "crypto/base/result.hpp"
#include "crypto/hash/digest.hpp"

namespace huangpu {

class Writer {
 public:
  Writer() = default;
  explicit Writer(std::size_t expected_bytes) { bytes_.reserve(expected_bytes); }

  Writer& u8(std::uint8_t value) {
    bytes_.push_back(value);
    return *this;
  }
  Writer& u16(std::uint16_t value) { return big_endian(value); }
  Writer& u32(std::uint32_t value) { return big_endian(value); }
  Writer& u64(std::uint64_t value) { return big_endian(value); }
  Writer& u128(Amount value) { return big_endian(value.hi()).big_endian(value.lo()); }
  Writer& digest(const crypto::Digest& value) { return raw(value.bytes()); }

  // The bytes alone: their length is fixed by the format or written elsewhere.
  Writer& raw(ByteView bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return *this;
  }
  // The characters alone, for domain tags.
  Writer& tag(std::string_view text) { return raw(as_bytes(text)); }

  // Length as u32, then the bytes. Longer than 2^32-1 is a broken invariant: every format bounds
  // its fields.
  Writer& blob(ByteView bytes) {
    HP_ASSERT(bytes.size() <= 0xffffffffU, "a length-prefixed field exceeds its 32-bit length");
    return u32(static_cast<std::uint32_t>(bytes.size())).raw(bytes);
  }

  [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); }
  // Valid until the next write.
  [[nodiscard]] ByteView view() const noexcept { return bytes_; }
  [[nodiscard]] Bytes take() && { return std::move(bytes_); }
  [[nodiscard]] Bytes take() & { return std::exchange(bytes_, Bytes{}); }

 private:
  template <std::unsigned_integral T>
  Writer& big_endian(T value) {
    std::uint8_t buffer[sizeof(T)];
    for (std::size_t i = sizeof(T); i-- > 0;) {
      buffer[i] = static_cast<std::uint8_t>(value);
      if constexpr (sizeof(T) > 1) value = static_cast<T>(value >> 8);
    }
    bytes_.insert(bytes_.end(), buffer, buffer + sizeof(T));
    return *this;
  }

  Bytes bytes_;
};

class Reader {
 public:
  // Does not own: the bytes, and every view handed out, live as long as the caller's buffer.
  explicit Reader(ByteView bytes) : rest_(bytes) {}

  std::uint8_t u8() { return big_endian<std::uint8_t>(); }
  std::uint16_t u16() { return big_endian<std::uint16_t>(); }
  std::uint32_t u32() { return big_endian<std::uint32_t>(); }
  std::uint64_t u64() { return big_endian<std::uint64_t>(); }
  Amount u128() {
    const std::uint64_t hi = u64();
    return Amount::from_parts(hi, u64());
  }
  crypto::Digest digest() {
    const ByteView view = raw(crypto::Digest::kSizeBytes);
    return view.empty() ? crypto::Digest() : crypto::Digest::from(view);
  }

  // Exactly `size_bytes` bytes, or an empty view and the sticky error.
  ByteView raw(std::size_t size_bytes) {
    if (size_bytes > rest_.size()) {
      mark_failed("ends too early");
      return {};
    }
    const ByteView view = rest_.first(size_bytes);
    rest_ = rest_.subspan(size_bytes);
    return view;
  }

  // A u32 length of at most `size_bytes_max`, then that many bytes.
  ByteView blob(std::size_t size_bytes_max) {
    const std::uint32_t size_bytes = u32();
    if (size_bytes > size_bytes_max) {
      mark_failed("has a field longer than its bound");
      return {};
    }
    return raw(size_bytes);
  }

  // A u32 count of items that need at least `item_bytes_min` each: never more than `count_max` and
  // never more than the remaining bytes can hold, so that reserving for it is safe. Zero after an
  // error.
  std::uint32_t count(std::uint32_t count_max, std::size_t item_bytes_min);

  // A byte that must be 0 or 1.
  bool boolean() {
    const std::uint8_t value = u8();
    if (value > 1) mark_failed("has a flag that is neither 0 nor 1");
    return value == 1;
  }

  // Lets a decoder record a rule of its own; the first reason is kept. `why` completes "<what>
  // ...".
  void mark_failed(std::string_view why) {
    if (!failed_) why_ = why;
    failed_ = true;
    rest_ = {};
  }

  [[nodiscard]] bool ok() const noexcept { return !failed_; }
  [[nodiscard]] std::size_t remaining() const noexcept { return rest_.size(); }

  // kMalformed unless every read succeeded and no byte is left. The message is "<what> <why>".
  [[nodiscard]] Status finish(std::string_view what) const;

 private:
  template <std::unsigned_integral T>
  T big_endian() {
    const ByteView view = raw(sizeof(T));
    std::uint64_t value = 0;
    for (const std::uint8_t byte : view) value = (value << 8) | byte;
    return static_cast<T>(value);
  }

  ByteView rest_;
  bool failed_ = false;
  std::string_view why_;  // always a string literal
};

}  // namespace huangpu
