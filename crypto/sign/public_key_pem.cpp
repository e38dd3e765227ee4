#include "crypto/sign/public_key_pem.hpp"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/pem.h>

#include <algorithm>
#include <array>
#include <memory>

namespace huangpu::crypto {
namespace {

constexpr std::string_view kBegin = "-----BEGIN PUBLIC KEY-----";
constexpr std::string_view kLabel = "PUBLIC KEY";
constexpr std::size_t kTextBytesMax = 16 * 1024;

// SubjectPublicKeyInfo up to the key's own bytes. The algorithm identifiers have no choices in
// them, so DER leaves one prefix per suite.
constexpr std::array<std::uint8_t, 12> kEd25519Prefix = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
                                                         0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
constexpr std::array<std::uint8_t, 26> kSm2Prefix = {
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
    0x06, 0x08, 0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x82, 0x2d, 0x03, 0x42, 0x00};

ByteView prefix_of(SuiteId suite) {
  return suite == SuiteId::kEd25519Sha256 ? ByteView(kEd25519Prefix) : ByteView(kSm2Prefix);
}

struct BioFree {
  void operator()(BIO* bio) const { ::BIO_free(bio); }
};
struct OpensslFree {
  void operator()(void* memory) const { ::OPENSSL_free(memory); }
};

Result<PublicKey> read_pem(std::string_view text) {
  const std::unique_ptr<BIO, BioFree> bio(
      ::BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  char* label = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;
  if (bio == nullptr || ::PEM_read_bio(bio.get(), &label, &header, &data, &size) != 1) {
    return fail(Errc::kMalformed, "it is no PEM document");
  }
  const std::unique_ptr<void, OpensslFree> own_label(label);
  const std::unique_ptr<void, OpensslFree> own_header(header);
  const std::unique_ptr<void, OpensslFree> own_data(data);
  const ByteView der(data, static_cast<std::size_t>(size));
  for (const SuiteId suite : {SuiteId::kEd25519Sha256, SuiteId::kSm2Sm3}) {
    const ByteView prefix = prefix_of(suite);
    if (der.size() < prefix.size() || !std::ranges::equal(der.first(prefix.size()), prefix)) {
      continue;
    }
    HP_TRY_ASSIGN(const PublicKey key, PublicKey::from_raw(suite, der.subspan(prefix.size())));
    // Also refuses other labels, headers, line lengths and whatever stands around the document.
    if (public_key_pem(key) == text) return key;
    return fail(Errc::kMalformed, "it is not the plain PEM document of a public key");
  }
  return fail(Errc::kMalformed, "it is no Ed25519 or SM2 public key");
}

}  // namespace

std::string public_key_pem(const PublicKey& key) {
  Bytes der = to_bytes(as_text(prefix_of(key.suite())));
  der.insert(der.end(), key.bytes().begin(), key.bytes().end());
  const std::unique_ptr<BIO, BioFree> bio(::BIO_new(::BIO_s_mem()));
  if (bio == nullptr || ::PEM_write_bio(bio.get(), std::string(kLabel).c_str(), "", der.data(),
                                        static_cast<long>(der.size())) <= 0) {
    return {};
  }
  char* text = nullptr;
  const long size = ::BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

Result<PublicKey> read_public_key(std::string_view text) {
  if (text.size() > kTextBytesMax) {
    return fail(Errc::kMalformed, "it is too long for a public key");
  }
  if (text.starts_with(kBegin)) return read_pem(text);
  if (text.ends_with('\n')) text.remove_suffix(1);
  return PublicKey::parse(text);
}

}  // namespace huangpu::crypto
