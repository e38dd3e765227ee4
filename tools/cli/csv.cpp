#include "tools/cli/csv.hpp"

#include <algorithm>

namespace huangpu::tools {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

}  // namespace

CsvReader::CsvReader(std::string_view text) : text_(text) {
  if (text_.starts_with(kByteOrderMark)) text_.remove_prefix(kByteOrderMark.size());
}

bool CsvReader::at_line_end() const {
  if (at_ >= text_.size() || text_[at_] == '\n') return true;
  return text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n';
}

void CsvReader::skip_line_end() {
  if (at_ >= text_.size()) return;
  at_ += text_[at_] == '\r' ? 2U : 1U;
  ++line_;
}

void CsvReader::skip_to_next_line() {
  while (!at_line_end()) ++at_;
  skip_line_end();
}

tl::unexpected<Error> CsvReader::error(std::size_t line, std::string_view why) {
  skip_to_next_line();
  return fail(Errc::kMalformed, "line " + std::to_string(line) + ": " + std::string(why));
}

Result<std::string> CsvReader::quoted_field() {
  const std::size_t opened = line_;
  std::string field;
  for (++at_; at_ < text_.size(); ++at_) {
    const char c = text_[at_];
    if (c == '"') {
      ++at_;
      if (at_ >= text_.size() || text_[at_] != '"') {
        if (!at_line_end() && text_[at_] != ',') return error(line_, "text after a closing quote");
        return field;
      }
    }
    if (c == '\0') return error(line_, "a NUL byte");
    if (c == '\n') ++line_;
    if (field.size() >= kFieldBytesMax) return error(opened, "a field is too long");
    field += c;
  }
  return error(opened, "a quote is never closed");
}

Result<std::string> CsvReader::plain_field() {
  const std::size_t start = at_;
  for (; !at_line_end() && text_[at_] != ','; ++at_) {
    const char c = text_[at_];
    if (c == '"') return error(line_, "a quote inside a field that is not quoted");
    if (c == '\0') return error(line_, "a NUL byte");
    if (c == '\r') return error(line_, "a carriage return without a line feed");
    if (at_ - start >= kFieldBytesMax) return error(line_, "a field is too long");
  }
  return std::string(text_.substr(start, at_ - start));
}

Result<std::optional<CsvRecord>> CsvReader::next() {
  while (at_ < text_.size() && at_line_end()) skip_line_end();
  if (at_ >= text_.size()) return std::nullopt;
  CsvRecord record;
  record.line = line_;
  while (true) {
    if (record.fields.size() >= kFieldsMax) return error(record.line, "too many fields");
    const bool quoted = at_ < text_.size() && text_[at_] == '"';
    HP_TRY_ASSIGN(std::string field, quoted ? quoted_field() : plain_field());
    record.fields.push_back(std::move(field));
    if (at_line_end()) break;
    ++at_;  // the comma
  }
  skip_line_end();
  return record;
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

}  // namespace huangpu::tools
