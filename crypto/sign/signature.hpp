// Signature: a suite byte and the suite's bytes, opaque outside crypto/.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>

#include "crypto/base/bytes.hpp"
#include "crypto/base/codec.hpp"
#include "crypto/base/result.hpp"
#include "crypto/suite.hpp"

namespace huangpu::crypto {

class Signature {
 public:
  // Bounds for decoders, over all suites this build knows.
  static constexpr std::size_t kRawBytesMax = 64;
  static constexpr std::size_t kEncodedBytesMax = 3 + kRawBytesMax;

  // "No signature": never verifies, and its encoding is refused by decode.
  Signature() = default;

  // Checks the length only; whether the bytes mean anything is for the verifier.
  [[nodiscard]] static Result<Signature> from_raw(SuiteId suite, ByteView raw);

  // suite:u8 ‖ length:u16 ‖ raw bytes.
  [[nodiscard]] static Result<Signature> decode(ByteView encoded);
  [[nodiscard]] static Signature read(Reader& reader);
  void write(Writer& writer) const;
  [[nodiscard]] Bytes encode() const;

  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] SuiteId suite() const noexcept { return suite_; }
  [[nodiscard]] ByteView bytes() const noexcept { return ByteView(raw_).first(size_); }

  friend bool operator==(const Signature&, const Signature&) = default;
  friend auto operator<=>(const Signature&, const Signature&) = default;

 private:
  SuiteId suite_ = SuiteId::kEd25519Sha256;
  std::uint8_t size_ = 0;
  std::array<std::uint8_t, kRawBytesMax> raw_{};  // zero beyond size_
};

}  // namespace huangpu::crypto
