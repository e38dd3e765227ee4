// Text form of the transaction file; the rules are in transaction_file.cpp.
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "tools/wallet/offline/transaction_file.hpp"

namespace huangpu::tools {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kFormat = "huangpu-transaction";
constexpr int kDepthMax = 5;  // document, signatures, entry, its list; one to spare

Json ids_json(const std::vector<crypto::KeyId>& keys) {
  Json list = Json::array();
  for (const auto& key : keys) list.push_back(key.hex());
  return list;
}

// Reads the fields of one object; the first that is missing or bad is remembered.
class Fields {
 public:
  Fields(const Json& object, std::string_view prefix) : object_(object), prefix_(prefix) {}

  const Json* find(const char* name, Json::value_t type) {
    const auto found = object_.is_object() ? object_.find(name) : object_.end();
    if (object_.is_object() && found != object_.end() && found->type() == type) return &*found;
    note(name);
    return nullptr;
  }
  std::string text(const char* name) {
    const Json* const field = find(name, Json::value_t::string);
    return field == nullptr ? std::string() : field->get<std::string>();
  }
  Bytes hex(const char* name) {
    auto bytes = from_hex(text(name));
    if (bytes) return std::move(*bytes);
    note(name);
    return {};
  }
  std::uint64_t number(const char* name, std::uint64_t max) {
    const Json* const field = find(name, Json::value_t::number_unsigned);
    if (field != nullptr && field->get<std::uint64_t>() <= max) return field->get<std::uint64_t>();
    note(name);
    return 0;
  }
  std::vector<crypto::KeyId> ids(const char* name) {
    std::vector<crypto::KeyId> keys;
    const Json* const list = find(name, Json::value_t::array);
    if (list == nullptr || list->size() > ledger::kEnvelopeSignaturesMax) {
      note(name);
      return keys;
    }
    for (const Json& entry : *list) {
      const auto digest = entry.is_string()
                              ? crypto::Digest::parse_hex(entry.get_ref<const std::string&>())
                              : Result<crypto::Digest>(fail(Errc::kMalformed, ""));
      if (!digest) {
        note(name);
        return keys;
      }
      keys.push_back(crypto::KeyId{*digest});
    }
    return keys;
  }
  void note(const char* name) {
    if (bad_.empty()) bad_ = std::string(prefix_) + name;
  }
  [[nodiscard]] Status status() const {
    if (bad_.empty()) return {};
    return fail(Errc::kMalformed, "transaction file: field " + bad_ + " is missing or bad");
  }

 private:
  const Json& object_;
  const std::string_view prefix_;
  std::string bad_;
};

// Deeply nested text would make the parser recurse; a transaction file never is.
Result<Json> parse_bounded(std::string_view text) {
  bool too_deep = false;
  const auto watch = [&too_deep](int depth, nlohmann::detail::parse_event_t, const auto&) {
    too_deep |= depth > kDepthMax;
    return !too_deep;
  };
  Json document = Json::parse(text.begin(), text.end(), watch, false);
  if (too_deep || document.is_discarded() || !document.is_object()) {
    return fail(Errc::kMalformed, "transaction file: it is no JSON object");
  }
  return document;
}

Status read_signatures(const Json& list, std::vector<KeySignatures>& into) {
  if (list.size() > ledger::kEnvelopeSignaturesMax) {
    return fail(Errc::kMalformed, "transaction file: too many signatures");
  }
  for (const Json& entry : list) {
    Fields fields(entry, "signatures.");
    const std::string text = fields.text("public_key");
    const Json* const made = fields.find("signatures", Json::value_t::array);
    HP_TRY(fields.status());
    KeySignatures signatures;
    HP_TRY_ASSIGN(signatures.key, crypto::PublicKey::parse(text));
    if (made->size() > kFormsMax) {
      return fail(Errc::kMalformed, "transaction file: too many signatures");
    }
    for (const Json& hex : *made) {
      const auto raw = hex.is_string() ? from_hex(hex.get_ref<const std::string&>())
                                       : Result<Bytes>(fail(Errc::kMalformed, ""));
      if (!raw) return fail(Errc::kMalformed, "transaction file: a signature is not hexadecimal");
      HP_TRY_ASSIGN(auto signature,
                    crypto::Signature::from_raw(signatures.key.suite(), ByteView(*raw)));
      signatures.signatures.push_back(signature);
    }
    into.push_back(std::move(signatures));
  }
  return {};
}

Status read_accounts(const Json& list, std::vector<NamedAccount>& into) {
  if (list.size() > kNamedAccountsMax) {
    return fail(Errc::kMalformed, "transaction file: too many named accounts");
  }
  for (const Json& entry : list) {
    Fields fields(entry, "accounts.");
    const std::uint64_t participant =
        fields.number("participant", std::numeric_limits<std::uint32_t>::max());
    const std::uint64_t number = fields.number("number", std::numeric_limits<std::uint64_t>::max());
    HP_TRY(fields.status());
    into.push_back({ledger::ParticipantId{static_cast<std::uint32_t>(participant)}, number});
  }
  return {};
}

Result<TransactionFile> read_document(const Json& document) {
  Fields fields(document, "");
  if (fields.text("format") != kFormat) {
    return fail(Errc::kMalformed, "transaction file: field format is missing or bad");
  }
  const std::uint64_t version = fields.number("version", std::numeric_limits<std::uint64_t>::max());
  HP_TRY(fields.status());
  if (version != kTransactionFileVersion) {
    return fail(Errc::kUnsupportedVersion, "transaction file: version " + std::to_string(version) +
                                               "; this program reads version " +
                                               std::to_string(kTransactionFileVersion));
  }
  TransactionFile file;
  file.body = fields.hex("body");
  const Json* const windows = fields.find("windows", Json::value_t::object);
  const Json* const signers = fields.find("signers", Json::value_t::object);
  const Json* const accounts = fields.find("accounts", Json::value_t::array);
  const Json* const signatures = fields.find("signatures", Json::value_t::array);
  if (document.contains("genesis")) file.genesis = fields.text("genesis");
  HP_TRY(fields.status());

  Fields window(*windows, "windows.");
  file.windows.count = static_cast<std::uint32_t>(window.number("count", kFormsMax));
  file.windows.step_ms = window.number("step_ms", std::numeric_limits<std::uint64_t>::max());
  HP_TRY(window.status());
  Fields plan(*signers, "signers.");
  file.signers.all_of = plan.ids("all_of");
  file.signers.any = plan.number("any", ledger::kEnvelopeSignaturesMax);
  file.signers.of = plan.ids("of");
  HP_TRY(plan.status());
  HP_TRY(read_accounts(*accounts, file.accounts));
  HP_TRY(read_signatures(*signatures, file.signatures));
  return file;
}

}  // namespace

std::string format_transaction_file(const TransactionFile& file) {
  Json out;
  out["format"] = kFormat;
  out["version"] = kTransactionFileVersion;
  out["body"] = to_hex(file.body);
  out["windows"] = {{"count", file.windows.count}, {"step_ms", file.windows.step_ms}};
  out["signers"] = Json::object();
  out["signers"]["all_of"] = ids_json(file.signers.all_of);
  out["signers"]["any"] = file.signers.any;
  out["signers"]["of"] = ids_json(file.signers.of);
  out["accounts"] = Json::array();
  for (const NamedAccount& account : file.accounts) {
    out["accounts"].push_back(
        {{"participant", account.participant.value()}, {"number", account.number}});
  }
  if (!file.genesis.empty()) out["genesis"] = file.genesis;
  out["signatures"] = Json::array();
  for (const KeySignatures& entry : file.signatures) {
    Json list = Json::array();
    for (const auto& signature : entry.signatures) list.push_back(to_hex(signature.bytes()));
    out["signatures"].push_back(
        {{"public_key", entry.key.to_string()}, {"signatures", std::move(list)}});
  }
  return out.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<TransactionFile> parse_transaction_file(std::string_view text) {
  if (text.size() > kTransactionFileBytesMax) {
    return fail(Errc::kOutOfRange, "transaction file: longer than a transaction file may be");
  }
  HP_TRY_ASSIGN(const Json document, parse_bounded(text));
  HP_TRY_ASSIGN(TransactionFile file, read_document(document));
  HP_TRY(check_transaction_file(file));
  // Also refuses unknown and repeated fields, other orders, spaces and letter cases.
  if (format_transaction_file(file) != text) {
    return fail(Errc::kMalformed, "transaction file: it is not in its one canonical spelling");
  }
  return file;
}

}  // namespace huangpu::tools
