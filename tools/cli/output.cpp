#include "tools/cli/output.hpp"

#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

namespace huangpu::tools {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kBarChars = 30;

Json json_of(const Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return printable(*text);
  if (const auto* number = std::get_if<std::uint64_t>(&cell)) return *number;
  if (const auto* list = std::get_if<std::vector<std::string>>(&cell)) {
    Json array = Json::array();
    for (const std::string& item : *list) array.push_back(printable(item));
    return array;
  }
  return std::get<bool>(cell);
}

std::string text_of(const Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return printable(*text);
  if (const auto* number = std::get_if<std::uint64_t>(&cell)) return std::to_string(*number);
  if (const auto* list = std::get_if<std::vector<std::string>>(&cell)) {
    std::string text;
    for (const std::string& item : *list) text += (text.empty() ? "" : "\n") + printable(item);
    return text;
  }
  return std::get<bool>(cell) ? "yes" : "no";
}

Json json_of(const Fields& fields) {
  Json object = Json::object();
  for (const auto& [name, value] : fields.entries) object[name] = json_of(value);
  return object;
}

// How wide a text is on a terminal, counting one column per code point.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0u) != 0x80u;
  }));
}

std::string padded(const std::string& text, std::size_t columns, bool to_the_right) {
  const std::string space(columns > width(text) ? columns - width(text) : 0, ' ');
  return to_the_right ? space + text : text + space;
}

std::string without_trailing_space(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

// The length of the well-formed UTF-8 character at the front, or 0.
std::size_t character_length(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || length > text.size()) return 0;
  std::uint32_t point = first & (0xffu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0u) != 0x80u) return 0;
    point = (point << 6) | (byte(i) & 0x3fu);
  }
  const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
  if (overlong || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return 0;
  return length;
}

// Characters that change what is seen around them: C1 controls and marks of direction.
bool is_control(std::string_view character) {
  if (character.size() == 1) {
    const auto c = static_cast<unsigned char>(character[0]);
    return (c < 0x20 && c != '\n') || c == 0x7f;
  }
  if (character.size() == 2) {
    return character[0] == '\xc2' && static_cast<unsigned char>(character[1]) < 0xa0;
  }
  return character >= "\xe2\x80\x8b" && character <= "\xe2\x81\xaf" &&
         (character <= "\xe2\x80\x8f" ||
          (character >= "\xe2\x80\xa8" && character <= "\xe2\x80\xae") ||
          character >= "\xe2\x81\xa0");
}

}  // namespace

std::string printable(std::string_view text, std::size_t chars_max) {
  std::string clean;
  while (!text.empty() && clean.size() < chars_max) {
    const std::size_t length = character_length(text);
    const std::string_view character = text.substr(0, std::max<std::size_t>(length, 1));
    if (length == 0 || is_control(character)) {
      clean += '?';
    } else {
      clean += character;
    }
    text.remove_prefix(character.size());
  }
  if (!text.empty()) clean += "…";
  return clean;
}

Fields& Fields::add(std::string name, Cell value) {
  entries.emplace_back(std::move(name), std::move(value));
  return *this;
}

void print(std::ostream& out, const Fields& fields, OutputFormat format) {
  if (format == OutputFormat::kJson) {
    out << json_of(fields).dump(2) << "\n";
    return;
  }
  std::size_t columns = 0;
  for (const auto& [name, value] : fields.entries) columns = std::max(columns, width(name));
  for (const auto& [name, value] : fields.entries) {
    out << without_trailing_space(padded(name, columns + 2, false) + text_of(value)) << "\n";
  }
}

void print(std::ostream& out, const Table& table, OutputFormat format) {
  if (format == OutputFormat::kJson) {
    Json list = Json::array();
    for (const auto& row : table.rows) {
      Json object = Json::object();
      for (std::size_t i = 0; i < row.size(); ++i) object[table.columns[i]] = json_of(row[i]);
      list.push_back(std::move(object));
    }
    out << list.dump(2) << "\n";
    return;
  }
  std::vector<std::size_t> columns(table.columns.size());
  std::vector<bool> to_the_right(table.columns.size(), !table.rows.empty());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    columns[i] = width(table.columns[i]);
    for (const auto& row : table.rows) {
      columns[i] = std::max(columns[i], width(text_of(row[i])));
      const auto* text = std::get_if<std::string>(&row[i]);
      const bool is_figure =
          std::holds_alternative<std::uint64_t>(row[i]) ||
          (text != nullptr && text->find_first_not_of("0123456789.") == std::string::npos);
      to_the_right[i] = to_the_right[i] && is_figure;
    }
  }
  const auto line = [&](const auto& cells, const auto& as_text) {
    std::string text;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      text += (i == 0 ? "" : "  ") + padded(as_text(cells[i]), columns[i], to_the_right[i]);
    }
    out << without_trailing_space(std::move(text)) << "\n";
  };
  line(table.columns, [](const std::string& name) { return name; });
  for (const auto& row : table.rows) line(row, [](const Cell& cell) { return text_of(cell); });
}

void print_line(std::ostream& out, std::string_view sentence, const Fields& fields,
                OutputFormat format) {
  if (format == OutputFormat::kJson) {
    out << json_of(fields).dump() << std::endl;
  } else {
    out << printable(sentence) << std::endl;
  }
}

bool is_terminal(int descriptor) { return ::isatty(descriptor) == 1; }

ProgressBar::ProgressBar(std::ostream& out, std::string what, std::uint64_t total, bool visible)
    : out_(out), what_(std::move(what)), total_(total), visible_(visible && total > 0) {}

ProgressBar::~ProgressBar() {
  if (drawn_) out_ << std::endl;
}

void ProgressBar::show(std::uint64_t done, std::string_view note) {
  if (!visible_) return;
  done = std::min(done, total_);
  // Multiplication would overflow for totals no file has; dividing first costs only precision.
  const std::uint64_t percent =
      total_ > (~0ULL / 100) ? done / (total_ / 100) : done * 100 / total_;
  const std::size_t filled = static_cast<std::size_t>(percent * kBarChars / 100);
  std::string line = what_ + " [" + std::string(filled, '#') +
                     std::string(kBarChars - filled, '.') + "] " + std::to_string(percent) + "% " +
                     std::to_string(done) + "/" + std::to_string(total_);
  if (!note.empty()) line += "  " + printable(note, 60);
  if (line == last_) return;
  // The rest of a longer earlier line is erased.
  out_ << "\r" << line << "\x1b[K" << std::flush;
  last_ = std::move(line);
  drawn_ = true;
}

}  // namespace huangpu::tools
