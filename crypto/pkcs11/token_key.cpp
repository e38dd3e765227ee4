#include "crypto/pkcs11/token_key.hpp"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "crypto/keystore/private_file.hpp"

namespace huangpu::crypto {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kFormat = "huangpu-token-key";
constexpr std::uint64_t kVersion = 1;
constexpr std::size_t kFileBytesMax = 16 * 1024;
constexpr std::size_t kTextCharsMax = 1'024;
constexpr std::array<const char*, 8> kTexts = {"purpose", "suite",  "public_key", "module",
                                               "token",   "serial", "key",        "id"};

tl::unexpected<Error> malformed(const std::string& what) {
  return fail(Errc::kMalformed, "token key file " + what);
}

}  // namespace

std::string format_token_key(const TokenKey& key) {
  Json out;
  out["format"] = kFormat;
  out["version"] = kVersion;
  out["purpose"] = key_purpose_name(key.purpose);
  out["suite"] = suite_name(key.public_key.suite());
  out["public_key"] = to_hex(key.public_key.bytes());
  out["module"] = key.module.string();
  out["token"] = key.token;
  out["serial"] = key.serial;
  out["key"] = key.key;
  out["id"] = to_hex(key.id);
  return out.dump(2, ' ', true, Json::error_handler_t::replace) + "\n";
}

Result<TokenKey> parse_token_key(std::string_view text) {
  if (text.size() > kFileBytesMax) return fail(Errc::kOutOfRange, "token key file is too large");
  std::size_t names = 0;
  const auto count = [&names](int, Json::parse_event_t event, Json&) {
    names += event == Json::parse_event_t::key ? 1 : 0;
    return true;
  };
  const Json document = Json::parse(text, count, /*allow_exceptions=*/false);
  if (!document.is_object()) return malformed("is not a JSON object");
  const auto format = document.find("format");
  if (format == document.end() || !format->is_string() || *format != kFormat)
    return malformed("has another format");
  const auto version = document.find("version");
  if (version == document.end() || !version->is_number_unsigned())
    return malformed("has no version");
  if (*version != kVersion) {
    return fail(Errc::kUnsupportedVersion,
                "token key file version " + version->dump() + " is not known to this build");
  }
  std::array<std::string, kTexts.size()> values;
  for (std::size_t i = 0; i < kTexts.size(); ++i) {
    const auto value = document.find(kTexts[i]);
    if (value == document.end() || !value->is_string())
      return malformed(std::string("has no text \"") + kTexts[i] + "\"");
    values[i] = value->get<std::string>();
    if (values[i].size() > kTextCharsMax)
      return malformed(std::string("has a long \"") + kTexts[i] + "\"");
  }
  // A name given twice would count once in the object.
  if (document.size() != kTexts.size() + 2 || names != document.size())
    return malformed("has a field that is unknown or given twice");

  TokenKey key;
  HP_TRY_ASSIGN(key.purpose, parse_key_purpose(values[0]));
  HP_TRY_ASSIGN(const SuiteId suite, parse_suite_name(values[1]));
  HP_TRY_ASSIGN(const Bytes raw, from_hex(values[2]));
  HP_TRY_ASSIGN(key.public_key, PublicKey::from_raw(suite, raw));
  key.module = values[3];
  if (!key.module.is_absolute()) return malformed("names a module without its whole path");
  key.token = values[4];
  key.serial = values[5];
  key.key = values[6];
  if (key.token.empty() || key.key.empty()) return malformed("names no token or no key");
  HP_TRY_ASSIGN(key.id, from_hex(values[7]));
  return key;
}

Status save_token_key(const TokenKey& key, const std::filesystem::path& path) {
  return write_private_file(path, as_bytes(format_token_key(key)), IfExists::kRefuse);
}

Result<TokenKey> load_token_key(const std::filesystem::path& path, KeyPurpose expected) {
  HP_TRY_ASSIGN(const SecretBytes content, read_private_file(path, kFileBytesMax));
  auto key = parse_token_key(as_text(content.view()));
  if (!key) return fail(std::move(key).error(), path.string());
  if (key->purpose != expected) {
    return fail(Errc::kDenied, path.string() + ": a " +
                                   std::string(key_purpose_name(key->purpose)) + " key, where a " +
                                   std::string(key_purpose_name(expected)) + " key is expected");
  }
  return key;
}

}  // namespace huangpu::crypto
