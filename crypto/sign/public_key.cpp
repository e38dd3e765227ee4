#include "crypto/sign/public_key.hpp"

#include <algorithm>

#include "crypto/hash/domain.hpp"
#include "crypto/hash/hasher.hpp"
#include "crypto/sign/ed25519.hpp"
#include "crypto/sign/sm2.hpp"

namespace huangpu::crypto {
namespace {

Status check_ed25519(ByteView raw) {
  if (!ed25519::is_canonical(raw)) {
    return fail(Errc::kMalformed, "public key is not encoded canonically");
  }
  if (ed25519::has_small_order(raw)) {
    return fail(Errc::kMalformed, "public key is a point of small order");
  }
  return {};
}

}  // namespace

Result<PublicKey> PublicKey::from_raw(SuiteId suite, ByteView raw) {
  const std::size_t expected = sizes_of(suite).public_key_bytes;
  if (raw.size() != expected) {
    return fail(Errc::kMalformed, "public key has " + std::to_string(raw.size()) +
                                      " bytes where its suite has " + std::to_string(expected));
  }
  if (suite == SuiteId::kEd25519Sha256) {
    HP_TRY(check_ed25519(raw));
  } else if (!sm2::is_valid_key(raw)) {
    return fail(Errc::kMalformed, "public key is not an uncompressed point of the SM2 curve");
  }
  PublicKey key;
  key.suite_ = suite;
  key.size_ = static_cast<std::uint8_t>(raw.size());
  std::copy(raw.begin(), raw.end(), key.raw_.begin());
  return key;
}

Result<PublicKey> PublicKey::decode(ByteView encoded) {
  Reader reader(encoded);
  const std::uint8_t suite_byte = reader.u8();
  const ByteView raw = reader.raw(reader.u16());
  HP_TRY(reader.finish("public key"));
  HP_TRY_ASSIGN(const SuiteId suite, parse_suite(suite_byte));
  return from_raw(suite, raw);
}

PublicKey PublicKey::read(Reader& reader) {
  const std::uint8_t suite_byte = reader.u8();
  const ByteView raw = reader.raw(reader.u16());
  if (!reader.ok()) return {};

  const auto suite = parse_suite(suite_byte);
  if (!suite) {
    reader.mark_failed("has a public key of an unknown suite");
    return {};
  }
  const auto key = from_raw(*suite, raw);
  if (!key) {
    reader.mark_failed("has an invalid public key");
    return {};
  }
  return *key;
}

void PublicKey::write(Writer& writer) const {
  writer.u8(static_cast<std::uint8_t>(suite_)).u16(size_).raw(bytes());
}

Bytes PublicKey::encode() const {
  Writer writer(kEncodedBytesMax);
  write(writer);
  return writer.take();
}

Result<PublicKey> PublicKey::parse(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) {
    return fail(Errc::kMalformed, "a public key is written as <suite>:<hexadecimal digits>");
  }
  HP_TRY_ASSIGN(const SuiteId suite, parse_suite_name(text.substr(0, colon)));
  const std::string_view digits = text.substr(colon + 1);
  if (digits.size() > 2 * kRawBytesMax) return fail(Errc::kMalformed, "public key is too long");
  HP_TRY_ASSIGN(const Bytes raw, from_hex(digits));
  return from_raw(suite, raw);
}

std::string PublicKey::to_string() const {
  return std::string(suite_name(suite_)) + ":" + to_hex(bytes());
}

Status PublicKey::check_for_registration() const {
  if (empty()) return fail(Errc::kMalformed, "public key is missing");
  // A point of the SM2 curve has prime order: its cofactor is 1.
  if (suite_ == SuiteId::kEd25519Sha256 && !ed25519::is_valid_point(bytes())) {
    return fail(Errc::kMalformed, "public key is not a point of the prime-order group");
  }
  return {};
}

KeyId PublicKey::id() const { return KeyId(hash(suite_, {as_bytes(domain::kKeyId), encode()})); }

}  // namespace huangpu::crypto
