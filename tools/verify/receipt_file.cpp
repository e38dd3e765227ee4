#include "tools/verify/receipt_file.hpp"

#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "consensus/light/finality_proof.hpp"

namespace huangpu::tools {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kFormat = "huangpu-receipt";
constexpr int kDepthMax = 4;  // document, epochs, link; one to spare

Json link_json(const EpochLinkRecords& link) {
  Json out;
  out["boundary_message"] = to_hex(link.boundary_message);
  out["boundary_certificate"] = to_hex(link.boundary_certificate);
  out["next_epoch_record"] = to_hex(link.next_epoch_record);
  return out;
}

tl::unexpected<Error> bad(std::string_view field) {
  return fail(Errc::kMalformed, "receipt file: field " + std::string(field) + " is missing or bad");
}

// Reads the fields of one object; the first that is missing or bad is remembered.
class Fields {
 public:
  explicit Fields(const Json& object) : object_(object) {}

  Bytes hex(const char* name) {
    const auto found = object_.find(name);
    if (found == object_.end() || !found->is_string()) return note(name);
    auto bytes = from_hex(found->get_ref<const std::string&>());
    if (!bytes) return note(name);
    return std::move(*bytes);
  }
  Bytes optional_hex(const char* name) { return object_.contains(name) ? hex(name) : Bytes{}; }
  crypto::Digest digest(const char* name) {
    const auto parsed = crypto::Digest::parse(hex(name));
    if (parsed) return *parsed;
    note(name);
    return {};
  }
  [[nodiscard]] Status status() const {
    if (bad_.empty()) return {};
    return bad(bad_);
  }

 private:
  Bytes note(const char* name) {
    if (bad_.empty()) bad_ = name;
    return {};
  }

  const Json& object_;
  std::string bad_;
};

// Deeply nested text would make the parser recurse; a receipt file never is.
Result<Json> parse_bounded(std::string_view text) {
  bool too_deep = false;
  const auto watch = [&too_deep](int depth, nlohmann::detail::parse_event_t, const auto&) {
    too_deep |= depth > kDepthMax;
    return !too_deep;
  };
  Json document = Json::parse(text.begin(), text.end(), watch, false);
  if (too_deep || document.is_discarded() || !document.is_object()) {
    return fail(Errc::kMalformed, "receipt file: it is no JSON object");
  }
  return document;
}

Status read_epochs(const Json& document, std::vector<EpochLinkRecords>& epochs) {
  const auto found = document.find("epochs");
  if (found == document.end()) return {};
  if (!found->is_array() || found->size() > consensus::kEpochLinksMax) return bad("epochs");
  for (const Json& entry : *found) {
    if (!entry.is_object()) return bad("epochs");
    Fields fields(entry);
    EpochLinkRecords link;
    link.boundary_message = fields.hex("boundary_message");
    link.boundary_certificate = fields.hex("boundary_certificate");
    link.next_epoch_record = fields.hex("next_epoch_record");
    HP_TRY(fields.status());
    epochs.push_back(std::move(link));
  }
  return {};
}

}  // namespace

std::string format_receipt_file(const ReceiptFile& file) {
  const FinalityProofRecords& finality = file.records.finality;
  Json out;
  out["format"] = kFormat;
  out["version"] = kReceiptFileVersion;
  out["chain_id"] = file.chain.hex();
  out["txid"] = file.txid.hex();
  out["body"] = to_hex(file.records.body);
  out["receipt"] = to_hex(file.records.receipt);
  out["path"] = to_hex(file.records.path);
  out["commit_message"] = to_hex(finality.commit_message);
  if (!finality.epochs.empty()) {
    out["epochs"] = Json::array();
    for (const EpochLinkRecords& link : finality.epochs) out["epochs"].push_back(link_json(link));
  }
  out["certificate"] = to_hex(finality.certificate);
  if (!finality.certified_message.empty() || !finality.history_path.empty()) {
    out["certified_message"] = to_hex(finality.certified_message);
    out["history_path"] = to_hex(finality.history_path);
  }
  return out.dump(2) + "\n";
}

Result<ReceiptFile> parse_receipt_file(std::string_view text) {
  if (text.size() > kReceiptFileBytesMax) {
    return fail(Errc::kMalformed, "receipt file: longer than a receipt file may be");
  }
  HP_TRY_ASSIGN(const Json document, parse_bounded(text));
  const auto format = document.find("format");
  if (format == document.end() || *format != kFormat) return bad("format");
  const auto version = document.find("version");
  if (version == document.end() || !version->is_number_unsigned()) return bad("version");
  if (*version != kReceiptFileVersion) {
    return fail(Errc::kUnsupportedVersion, "receipt file: version " + version->dump() +
                                               "; this program reads version " +
                                               std::to_string(kReceiptFileVersion));
  }
  Fields fields(document);
  ReceiptFile file;
  file.chain = ledger::ChainId{fields.digest("chain_id")};
  file.txid = ledger::TxId{fields.digest("txid")};
  file.records.body = fields.hex("body");
  file.records.receipt = fields.hex("receipt");
  file.records.path = fields.hex("path");
  FinalityProofRecords& finality = file.records.finality;
  finality.commit_message = fields.hex("commit_message");
  finality.certificate = fields.hex("certificate");
  finality.certified_message = fields.optional_hex("certified_message");
  finality.history_path = fields.optional_hex("history_path");
  HP_TRY(fields.status());
  HP_TRY(read_epochs(document, finality.epochs));
  // Also refuses unknown and repeated fields, other orders, spaces and letter cases.
  if (format_receipt_file(file) != text) {
    return fail(Errc::kMalformed, "receipt file: it is not in its one canonical spelling");
  }
  return file;
}

ProofChecker::ReceiptReport verify_receipt_text(const ProofChecker& checker,
                                                std::string_view text) {
  const auto file = parse_receipt_file(text);
  ProofChecker::ReceiptReport report;
  if (!file) {
    report.steps.push_back({"file", false, file.error().message});
    if (file.error().code == Errc::kUnsupportedVersion) {
      report.not_examined = Errc::kUnsupportedVersion;
    }
    return report;
  }
  std::vector<ProofStep> first{
      {"file", true, "format version " + std::to_string(kReceiptFileVersion)}};
  const ledger::ChainId chain = checker.chain().chain;
  if (file->chain != chain) {
    first.push_back({"chain", false,
                     "the receipt is of chain " + file->chain.hex() +
                         ", the genesis document of chain " + chain.hex()});
    report.steps = std::move(first);
    report.not_examined = Errc::kWrongChain;
    return report;
  }
  first.push_back({"chain", true, "id " + chain.hex()});
  report = checker.check_receipt(file->records);
  if (report.complete && report.txid != file->txid) {
    report.complete = false;
    report.steps.push_back({"transaction", false, "the file names another transaction id"});
  }
  report.steps.insert(report.steps.begin(), std::make_move_iterator(first.begin()),
                      std::make_move_iterator(first.end()));
  return report;
}

}  // namespace huangpu::tools
