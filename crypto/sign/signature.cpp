#include "crypto/sign/signature.hpp"

#include <algorithm>
#include <string>

namespace huangpu::crypto {

static_assert(Signature::kRawBytesMax >= sizes_of(SuiteId::kEd25519Sha256).signature_bytes);
static_assert(Signature::kRawBytesMax >= sizes_of(SuiteId::kSm2Sm3).signature_bytes);

Result<Signature> Signature::from_raw(SuiteId suite, ByteView raw) {
  const std::size_t expected = sizes_of(suite).signature_bytes;
  if (raw.size() != expected) {
    return fail(Errc::kMalformed, "signature has " + std::to_string(raw.size()) +
                                      " bytes where its suite has " + std::to_string(expected));
  }
  Signature signature;
  signature.suite_ = suite;
  signature.size_ = static_cast<std::uint8_t>(raw.size());
  std::copy(raw.begin(), raw.end(), signature.raw_.begin());
  return signature;
}

Result<Signature> Signature::decode(ByteView encoded) {
  Reader reader(encoded);
  const std::uint8_t suite_byte = reader.u8();
  const ByteView raw = reader.raw(reader.u16());
  HP_TRY(reader.finish("signature"));
  HP_TRY_ASSIGN(const SuiteId suite, parse_suite(suite_byte));
  return from_raw(suite, raw);
}

Signature Signature::read(Reader& reader) {
  const std::uint8_t suite_byte = reader.u8();
  const ByteView raw = reader.raw(reader.u16());
  if (!reader.ok()) return {};

  const auto suite = parse_suite(suite_byte);
  if (!suite) {
    reader.mark_failed("has a signature of an unknown suite");
    return {};
  }
  const auto signature = from_raw(*suite, raw);
  if (!signature) {
    reader.mark_failed("has a signature of a wrong length");
    return {};
  }
  return *signature;
}

void Signature::write(Writer& writer) const {
  writer.u8(static_cast<std::uint8_t>(suite_)).u16(size_).raw(bytes());
}

Bytes Signature::encode() const {
  Writer writer(kEncodedBytesMax);
  write(writer);
  return writer.take();
}

}  // namespace huangpu::crypto
