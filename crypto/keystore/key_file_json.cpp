// The JSON document of a key file: strict in both directions (SPEC K-52, K-54).
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>

#include "crypto/keystore/key_file.hpp"
#include "crypto/keystore/key_file_limits.hpp"
#include "crypto/keystore/sealing.hpp"

namespace huangpu::crypto {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kFormat = "huangpu-key";
constexpr std::string_view kKdf = "argon2id";

// Reads the fields of one JSON object; the first thing that is wrong is kept, later answers are
// empty.
class Fields {
 public:
  explicit Fields(const Json& object) : object_(object) {
    if (!object.is_object()) note(Errc::kMalformed, "is not a JSON object");
  }

  std::string text(const char* name) {
    const Json* const value = find(name);
    if (value == nullptr) return {};
    if (!value->is_string()) {
      note(Errc::kMalformed, std::string("field \"") + name + "\" is not a text");
      return {};
    }
    return value->get<std::string>();
  }

  std::uint64_t number(const char* name) {
    const Json* const value = find(name);
    if (value == nullptr) return 0;
    if (!value->is_number_unsigned()) {
      note(Errc::kMalformed, std::string("field \"") + name + "\" is not a whole number");
      return 0;
    }
    return value->get<std::uint64_t>();
  }

  Bytes hex(const char* name, std::size_t size_bytes_min, std::size_t size_bytes_max) {
    auto bytes = from_hex(text(name));
    if (!bytes || bytes->size() < size_bytes_min || bytes->size() > size_bytes_max) {
      note(Errc::kMalformed,
           std::string("field \"") + name + "\" is not hexadecimal text of the right length");
      return {};
    }
    return *std::move(bytes);
  }

  void expect_text(const char* name, std::string_view expected) {
    const std::string found = text(name);
    if (error_.message.empty() && found != expected) {
      note(Errc::kUnsupportedVersion, std::string("field \"") + name + "\" is \"" +
                                          found.substr(0, 32) + "\", this build knows \"" +
                                          std::string(expected) + "\"");
    }
  }

  const Json& object(const char* name) {
    static const Json kEmpty = Json::object();
    const Json* const value = find(name);
    return value != nullptr ? *value : kEmpty;
  }

  void expect_only(std::size_t field_count) {
    if (error_.message.empty() && object_.size() != field_count) {
      note(Errc::kMalformed, "has a field this version does not know");
    }
  }

  void note(Errc code, std::string message) {
    if (error_.message.empty()) error_ = {code, "key file " + std::move(message)};
  }

  [[nodiscard]] Status status() const {
    if (error_.message.empty()) return {};
    return tl::unexpected<Error>(error_);
  }

 private:
  const Json* find(const char* name) {
    if (!error_.message.empty()) return nullptr;
    const auto found = object_.find(name);
    if (found == object_.end()) {
      note(Errc::kMalformed, std::string("has no field \"") + name + "\"");
      return nullptr;
    }
    return &*found;
  }

  const Json& object_;
  Error error_{Errc::kInternal, {}};
};

// Parses without exceptions. A field given twice makes the document mean two things; it is refused.
Result<Json> parse_document(std::string_view text) {
  std::set<std::pair<int, std::string>> seen;
  bool repeated = false;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::key) {
      repeated |= !seen.emplace(depth, parsed.get<std::string>()).second;
    }
    return true;
  };
  Json document = Json::parse(text, watch, /*allow_exceptions=*/false);
  if (document.is_discarded()) return fail(Errc::kMalformed, "key file is not a JSON document");
  if (repeated) return fail(Errc::kMalformed, "key file gives a field twice");
  return document;
}

}  // namespace

std::string format_key_file(const KeyFile& file) {
  Json kdf;
  kdf["name"] = kKdf;
  kdf["opslimit"] = file.cost.opslimit;
  kdf["memlimit_bytes"] = file.cost.memlimit_bytes;
  kdf["salt"] = to_hex(file.salt);

  Json document;
  document["format"] = kFormat;
  document["version"] = kKeyFileVersion;
  document["purpose"] = key_purpose_name(file.purpose);
  document["suite"] = suite_name(file.public_key.suite());
  document["public_key"] = to_hex(file.public_key.bytes());
  document["kdf"] = std::move(kdf);
  document["cipher"] = cipher_of(file.public_key.suite()).name;
  document["nonce"] = to_hex(file.nonce);
  document["ciphertext"] = to_hex(file.ciphertext);
  return document.dump(2) + "\n";
}

Result<KeyFile> parse_key_file(std::string_view text) {
  if (text.size() > kKeyFileBytesMax) return fail(Errc::kOutOfRange, "key file is too large");
  HP_TRY_ASSIGN(const Json document, parse_document(text));

  // Format and version come first: of a newer document nothing else is judged.
  Fields fields(document);
  fields.expect_text("format", kFormat);
  const std::uint64_t version = fields.number("version");
  HP_TRY(fields.status());
  if (version != kKeyFileVersion) {
    return fail(Errc::kUnsupportedVersion, "key file version " + std::to_string(version) +
                                               " is not supported; this build knows version " +
                                               std::to_string(kKeyFileVersion));
  }

  KeyFile file;
  const std::string purpose = fields.text("purpose");
  const std::string suite = fields.text("suite");
  const Bytes raw_key = fields.hex("public_key", 1, PublicKey::kRawBytesMax);
  const std::string cipher = fields.text("cipher");
  file.nonce = fields.hex("nonce", 1, kNonceBytesMax);
  file.ciphertext = fields.hex("ciphertext", kTagBytes, kCiphertextBytesMax);
  Fields kdf(fields.object("kdf"));
  fields.expect_only(9);
  HP_TRY(fields.status());

  kdf.expect_text("name", kKdf);
  file.cost.opslimit = kdf.number("opslimit");
  file.cost.memlimit_bytes = kdf.number("memlimit_bytes");
  file.salt = kdf.hex("salt", kSaltBytes, kSaltBytes);
  kdf.expect_only(4);
  HP_TRY(kdf.status());

  HP_TRY_ASSIGN(file.purpose, parse_key_purpose(purpose));
  HP_TRY_ASSIGN(const SuiteId suite_id, parse_suite_name(suite));
  HP_TRY_ASSIGN(file.public_key, PublicKey::from_raw(suite_id, raw_key));
  // The suite decides the cipher; the field says so to people and other programs.
  const CipherShape shape = cipher_of(suite_id);
  if (cipher != shape.name || file.nonce.size() != shape.nonce_bytes) {
    return fail(Errc::kUnsupportedVersion,
                "key file of suite " + suite + " has the cipher \"" + cipher.substr(0, 32) +
                    "\" and a nonce of " + std::to_string(file.nonce.size()) +
                    " bytes; this build knows " + std::string(shape.name) + " for it");
  }
  HP_TRY(check_cost(file.cost));
  return file;
}

}  // namespace huangpu::crypto
