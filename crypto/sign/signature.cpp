#include "crypto/sign/signature.hpp"

#include <algorithm>
#include <string>

#include "crypto/sign/ed25519.hpp"

namespace huangpu::crypto {

static_assert(Signature::kRawBytesMax >= ed25519::kSignatureBytes);

Result<Signature> Signature::from_raw(SuiteId suite, ByteView raw) {
  HP_TRY(require_signatures(suite));
  if (raw.size() != ed25519::kSignatureBytes) {
    return fail(Errc::kMalformed, "signature has " + std::to_string(raw.size()) +
                                      " bytes where its suite has " +
                                      std::to_string(ed25519::kSignatureBytes));
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
  if (!suite || !require_signatures(*suite)) {
    reader.mark_failed("has a signature of an unsupported suite");
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
