// PublicKey: a suite byte and the suite's bytes. Outside crypto/ it is opaque: compare, encode,
// name by id.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "crypto/base/bytes.hpp"
#include "crypto/base/codec.hpp"
#include "crypto/base/result.hpp"
#include "crypto/base/strong.hpp"
#include "crypto/hash/digest.hpp"
#include "crypto/suite.hpp"

namespace huangpu::crypto {

// H("hp/key-id" ‖ encoded key) with the hash of the key's own suite.
using KeyId = Strong<struct KeyIdTag, Digest>;

class PublicKey {
 public:
  // Longest raw key and longest encoding of any suite this build knows; bounds for decoders.
  static constexpr std::size_t kRawBytesMax = 65;
  static constexpr std::size_t kEncodedBytesMax = 3 + kRawBytesMax;

  // "No key": verifies nothing, and its encoding is refused by decode.
  PublicKey() = default;

  // Refuses wrong lengths, non-canonical encodings and keys of small order (SPEC K-41). Cheap:
  // bytes are compared, the curve is not touched; a string that is no point at all passes and
  // verifies nothing.
  [[nodiscard]] static Result<PublicKey> from_raw(SuiteId suite, ByteView raw);

  // suite:u8 ‖ length:u16 ‖ raw bytes.
  [[nodiscard]] static Result<PublicKey> decode(ByteView encoded);
  [[nodiscard]] static PublicKey read(Reader& reader);
  void write(Writer& writer) const;
  [[nodiscard]] Bytes encode() const;

  // Text form of documents and command lines: "ed25519-sha256:<hex of the raw bytes>".
  [[nodiscard]] static Result<PublicKey> parse(std::string_view text);
  [[nodiscard]] std::string to_string() const;

  // For registration (genesis, register_key): also demands a point of the prime-order group. About
  // 100 µs.
  [[nodiscard]] Status check_for_registration() const;

  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] SuiteId suite() const noexcept { return suite_; }
  [[nodiscard]] ByteView bytes() const noexcept { return ByteView(raw_).first(size_); }
  [[nodiscard]] KeyId id() const;

  friend bool operator==(const PublicKey&, const PublicKey&) = default;
  friend auto operator<=>(const PublicKey&, const PublicKey&) = default;

  template <class H>
  friend H AbslHashValue(H state, const PublicKey& key) {
    return H::combine_contiguous(
        H::combine(std::move(state), static_cast<std::uint8_t>(key.suite_), key.size_),
        key.raw_.data(), key.size_);
  }

 private:
  SuiteId suite_ = SuiteId::kEd25519Sha256;
  std::uint8_t size_ = 0;
  std::array<std::uint8_t, kRawBytesMax> raw_{};  // zero beyond size_
};

}  // namespace huangpu::crypto

template <>
struct std::hash<huangpu::crypto::PublicKey> {
  std::size_t operator()(const huangpu::crypto::PublicKey& key) const noexcept {
    return std::hash<std::string_view>{}(huangpu::as_text(key.bytes()));
  }
};
