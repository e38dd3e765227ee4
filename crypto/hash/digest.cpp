#include "crypto/hash/digest.hpp"

namespace huangpu::crypto {

Result<Digest> Digest::parse(ByteView view) {
  if (view.size() != kSizeBytes) return fail(Errc::kMalformed, "a digest has exactly 32 bytes");
  return from(view);
}

Result<Digest> Digest::parse_hex(std::string_view text) {
  if (text.size() != 2 * kSizeBytes) {
    return fail(Errc::kMalformed, "a digest is written as 64 hexadecimal digits");
  }
  HP_TRY_ASSIGN(const Bytes bytes, from_hex(text));
  return from(bytes);
}

}  // namespace huangpu::crypto
