#include "tools/wallet/batch/journal.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <system_error>

#include "crypto/hash/hasher.hpp"
#include "crypto/keystore/private_file.hpp"
#include "ledger/store/text_file.hpp"

namespace huangpu::tools {

namespace fs = std::filesystem;

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kFormat = "huangpu-batch-journal";
constexpr std::size_t kCheckDigits = 8;
constexpr std::size_t kReferencesPerLine = 1'000;

std::string check_of(std::string_view json) {
  return to_hex(crypto::sha256(as_bytes(json)).bytes()).substr(0, kCheckDigits);
}

std::string line_of(const Json& json) {
  const std::string text = json.dump();
  return check_of(text) + " " + text + "\n";
}

tl::unexpected<Error> damaged(std::size_t line, std::string_view why) {
  return fail(Errc::kCorrupt, "journal, line " + std::to_string(line) + ": " + std::string(why));
}

tl::unexpected<Error> system_error(const fs::path& path, std::string_view what) {
  const int error = errno;
  return fail(
      error == ENOSPC ? Errc::kDiskFull : Errc::kIo,
      path.string() + ": " + std::string(what) + ": " + std::generic_category().message(error));
}

// Reads numbers and digests of a checked line; what is not there makes the line bad.
class Line {
 public:
  explicit Line(const Json& json) : json_(json) {}

  std::uint64_t number(const char* name, std::uint64_t max) {
    const auto found = json_.find(name);
    if (found == json_.end() || !found->is_number_unsigned() || found->get<std::uint64_t>() > max) {
      good_ = false;
      return 0;
    }
    return found->get<std::uint64_t>();
  }
  std::string text(const char* name) {
    const auto found = json_.find(name);
    if (found != json_.end() && found->is_string()) return found->get<std::string>();
    good_ = false;
    return {};
  }
  crypto::Digest digest(const char* name) {
    const auto parsed = crypto::Digest::parse_hex(text(name));
    good_ = good_ && parsed.has_value();
    return parsed ? *parsed : crypto::Digest();
  }
  Bytes hex(const char* name) {
    auto parsed = from_hex(text(name));
    good_ = good_ && parsed.has_value();
    return parsed ? std::move(*parsed) : Bytes{};
  }
  void require(bool condition) { good_ = good_ && condition; }
  [[nodiscard]] bool good() const { return good_; }

 private:
  const Json& json_;
  bool good_ = true;
};

constexpr std::uint64_t kMax16 = 0xffff;
constexpr std::uint64_t kMax32 = 0xffff'ffff;
constexpr std::uint64_t kMax64 = ~std::uint64_t{0};

Result<JournalHeader> read_header(const Json& json) {
  Line line(json);
  line.require(line.text("format") == kFormat);
  const std::uint64_t version = line.number("version", kMax32);
  if (!line.good()) return damaged(1, "it is no header of a batch journal");
  if (version != kJournalVersion) {
    return fail(Errc::kUnsupportedVersion, "journal: version " + std::to_string(version) +
                                               "; this program reads version " +
                                               std::to_string(kJournalVersion));
  }
  JournalHeader header;
  header.chain = ledger::ChainId{line.digest("chain_id")};
  header.payer = ledger::ParticipantId{static_cast<std::uint32_t>(line.number("payer", kMax32))};
  header.content = line.digest("content");
  header.payments = line.number("payments", kPaymentsMax);
  header.date = static_cast<std::uint32_t>(line.number("date", kMax32));
  const std::string style = line.text("style");
  const std::string mode = line.text("mode");
  line.require(style == "bulk" || style == "individual");
  const auto known_mode = parse_mode(mode);
  line.require(known_mode.has_value());
  header.options.style = style == "bulk" ? BatchStyle::kBulk : BatchStyle::kIndividual;
  header.options.mode = known_mode.value_or(ledger::BulkMode::kIndependent);
  header.options.part_lines_max =
      static_cast<std::uint32_t>(line.number("part_lines", ledger::kBulkRecordsMax));
  header.file_name = line.text("file");
  if (!line.good()) return damaged(1, "a field is missing or bad");
  return header;
}

Status read_references(const Json& json, std::size_t number, JournalHeader& header) {
  Line line(json);
  const Bytes digests = line.hex("references");
  constexpr std::size_t kSize = std::tuple_size_v<ReferenceDigest>;
  line.require(!digests.empty() && digests.size() % kSize == 0 &&
               digests.size() / kSize <= header.payments - header.references.size());
  if (!line.good()) return damaged(number, "it does not hold the references of payments");
  for (std::size_t at = 0; at < digests.size(); at += kSize) {
    std::copy_n(digests.begin() + static_cast<std::ptrdiff_t>(at), kSize,
                header.references.emplace_back().begin());
  }
  return {};
}

Status read_result(const Json& json, std::size_t number, PartResults& results) {
  Line line(json);
  PartResult result;
  const std::size_t part = line.number("part", kPaymentsMax);
  result.txid = ledger::TxId{line.digest("txid")};
  result.height = Height{line.number("height", kMax64)};
  result.index = static_cast<std::uint32_t>(line.number("index", kMax32));
  result.code = static_cast<std::uint16_t>(line.number("code", kMax16));
  result.record_codes = line.hex("record_codes");
  if (!line.good()) return damaged(number, "a field is missing or bad");
  const auto [place, added] = results.emplace(part, result);
  if (!added && place->second != result) return damaged(number, "a part has two results");
  return {};
}

}  // namespace

ReferenceDigest reference_digest(std::string_view reference) {
  ReferenceDigest digest;
  std::ranges::copy(crypto::sha256(as_bytes(reference)).bytes().first(digest.size()),
                    digest.begin());
  return digest;
}

std::vector<ReferenceDigest> reference_digests(const PaymentFile& file) {
  std::vector<ReferenceDigest> digests;
  digests.reserve(file.payments.size());
  for (const Payment& payment : file.payments) {
    digests.push_back(reference_digest(payment.reference));
  }
  return digests;
}

std::string format_header(const JournalHeader& header) {
  Json json;
  json["format"] = kFormat;
  json["version"] = kJournalVersion;
  json["chain_id"] = header.chain.hex();
  json["payer"] = header.payer.value();
  json["content"] = header.content.hex();
  json["payments"] = header.payments;
  json["date"] = header.date;
  json["style"] = style_name(header.options.style);
  json["mode"] = mode_name(header.options.mode);
  json["part_lines"] = header.options.part_lines_max;
  json["file"] = header.file_name;
  std::string text = line_of(json);
  for (std::size_t at = 0; at < header.references.size(); at += kReferencesPerLine) {
    const std::size_t end = std::min(at + kReferencesPerLine, header.references.size());
    std::string digests;
    for (std::size_t i = at; i < end; ++i) digests += to_hex(header.references[i]);
    Json references;
    references["references"] = std::move(digests);
    text += line_of(references);
  }
  return text;
}

std::string format_result(std::size_t part, const PartResult& result) {
  Json json;
  json["part"] = part;
  json["txid"] = result.txid.hex();
  json["height"] = result.height.value();
  json["index"] = result.index;
  json["code"] = result.code;
  json["record_codes"] = to_hex(result.record_codes);
  return line_of(json);
}

Result<JournalContent> parse_journal(std::string_view text) {
  JournalContent content;
  std::size_t number = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    if (end == std::string_view::npos) break;  // torn
    ++number;
    const std::string_view line = text.substr(at, end - at);
    if (line.size() <= kCheckDigits || line[kCheckDigits] != ' ' ||
        check_of(line.substr(kCheckDigits + 1)) != line.substr(0, kCheckDigits)) {
      return damaged(number, "its check does not match");
    }
    const std::string_view body = line.substr(kCheckDigits + 1);
    const Json json = Json::parse(body.begin(), body.end(), nullptr, false);
    if (!json.is_object()) return damaged(number, "it is no JSON object");
    if (number == 1) {
      HP_TRY_ASSIGN(content.header, read_header(json));
    } else if (content.header.references.size() < content.header.payments) {
      HP_TRY(read_references(json, number, content.header));
    } else {
      HP_TRY(read_result(json, number, content.results));
    }
    at = end + 1;
    content.bytes = at;
  }
  // Header and references were complete before the file had its name.
  if (number == 0) return damaged(1, "it has no header");
  if (content.header.references.size() < content.header.payments) {
    return damaged(number, "references of payments are missing after it");
  }
  return content;
}

bool Journal::exists(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error);
}

Result<std::unique_ptr<Journal>> Journal::open(const fs::path& path, const JournalHeader& header) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (error) return fail(Errc::kIo, path.parent_path().string() + ": " + error.message());
  const std::string text = format_header(header);
  const Status made = crypto::write_private_file(path, as_bytes(text), crypto::IfExists::kRefuse);
  if (!made && made.error().code != Errc::kAlreadyExists) return tl::unexpected(made.error());

  const int descriptor = ::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0) return system_error(path, "cannot be opened");
  std::unique_ptr<Journal> journal(new Journal(path, descriptor, {}));
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    return fail(Errc::kAlreadyRunning, "another run of this payment file is under way");
  }
  HP_TRY_ASSIGN(const std::string present, ledger::read_text_file(path, kJournalBytesMax));
  auto content = parse_journal(present);
  if (!content) return fail(content.error(), path.string());
  if (content->bytes < present.size() &&
      ::ftruncate(descriptor, static_cast<off_t>(content->bytes)) != 0) {
    return system_error(path, "its torn end cannot be cut off");
  }
  JournalHeader expected = header;
  expected.date = content->header.date;
  expected.file_name = content->header.file_name;
  if (content->header != expected) {
    return fail(Errc::kConflict,
                path.string() + ": this payment file was begun with other options (" +
                    std::string(style_name(content->header.options.style)) + ", " +
                    std::string(mode_name(content->header.options.mode)) + ", " +
                    std::to_string(content->header.options.part_lines_max) +
                    " payments per transaction); go on with those, so that nothing is paid twice");
  }
  journal->content_ = std::move(*content);
  return journal;
}

Journal::Journal(fs::path path, int descriptor, JournalContent content)
    : path_(std::move(path)), descriptor_(descriptor), content_(std::move(content)) {}

Journal::~Journal() { ::close(descriptor_); }

Status Journal::append(std::size_t part, const PartResult& result) {
  const std::string line = format_result(part, result);
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t written = ::write(descriptor_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_error(path_, "cannot be written");
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  content_.results[part] = result;
  return {};
}

Status Journal::sync() {
  if (::fdatasync(descriptor_) != 0) return system_error(path_, "cannot be made durable");
  return {};
}

}  // namespace huangpu::tools
