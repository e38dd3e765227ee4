#include "node/telemetry/log_line.hpp"

#include <cstdio>
#include <ctime>

namespace huangpu::node {
namespace {

constexpr std::string_view kCut = "...";

std::string rfc3339(std::uint64_t time_us) {
  const auto seconds = static_cast<std::time_t>(time_us / 1'000'000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[40];
  const auto length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text + length, sizeof text - length, ".%06uZ",
                static_cast<unsigned>(time_us % 1'000'000));
  return text;
}

// Length of the well-formed UTF-8 sequence at `at`, or 0.
std::size_t utf8_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto lead = byte(at);
  const std::size_t length = lead < 0x80                   ? 1
                             : lead >= 0xc2 && lead < 0xe0 ? 2
                             : lead >= 0xe0 && lead < 0xf0 ? 3
                             : lead >= 0xf0 && lead < 0xf5 ? 4
                                                           : 0;
  if (length == 0 || at + length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xc0) != 0x80) return 0;
  }
  // Overlong forms, surrogates and numbers beyond Unicode.
  if (lead == 0xe0 && byte(at + 1) < 0xa0) return 0;
  if (lead == 0xed && byte(at + 1) >= 0xa0) return 0;
  if (lead == 0xf0 && byte(at + 1) < 0x90) return 0;
  if (lead == 0xf4 && byte(at + 1) >= 0x90) return 0;
  return length;
}

// Appends at most `bytes_max` bytes of `text`, with control characters, invalid UTF-8 and, for
// JSON, quotes escaped. \u00XX is valid in JSON and readable in text.
void append_escaped(std::string& out, std::string_view text, std::size_t bytes_max, bool quotes) {
  const auto end = out.size() + bytes_max;
  for (std::size_t i = 0; i < text.size();) {
    const auto length = utf8_length(text, i);
    const auto byte = static_cast<unsigned char>(text[i]);
    std::string piece;
    // C1 controls are two bytes in UTF-8 and act on terminals like the C0 ones.
    const bool c1 = length == 2 && byte == 0xc2 && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if (length == 0 || byte < 0x20 || byte == 0x7f || c1) {
      char code[8];
      std::snprintf(code, sizeof code, "\\u%04x",
                    static_cast<unsigned>(c1 ? static_cast<unsigned char>(text[i + 1]) : byte));
      piece = code;
    } else if (quotes && (byte == '"' || byte == '\\')) {
      piece = {'\\', static_cast<char>(byte)};
    } else {
      piece = text.substr(i, length);
    }
    if (out.size() + piece.size() > end) {
      out += kCut;
      return;
    }
    out += piece;
    i += length == 0 ? 1 : length;
  }
}

std::size_t room(const std::string& out) {
  constexpr std::size_t kReserve = 64;  // closing quotes, braces and cut marks
  return out.size() + kReserve >= kLogLineBytesMax ? 0 : kLogLineBytesMax - kReserve - out.size();
}

void append_value(std::string& out, const LogField::Value& value, bool json) {
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    const bool quote = json || text->find(' ') != std::string_view::npos || text->empty();
    if (quote) out += '"';
    append_escaped(out, *text, room(out), quote);
    if (quote) out += '"';
  } else if (const auto* flag = std::get_if<bool>(&value)) {
    out += *flag ? "true" : "false";
  } else if (const auto* positive = std::get_if<std::uint64_t>(&value)) {
    out += std::to_string(*positive);
  } else {
    out += std::to_string(std::get<std::int64_t>(value));
  }
}

void append_json_text(std::string& out, std::string_view name, std::string_view value) {
  out += ",\"";
  append_escaped(out, name, room(out), true);
  out += "\":\"";
  append_escaped(out, value, room(out), true);
  out += '"';
}

}  // namespace

std::string_view level_name(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

std::string text_line(const LogLine& line) {
  auto out = rfc3339(line.time_us);
  switch (line.level) {
    case LogLevel::kDebug:
      out += " DEBUG ";
      break;
    case LogLevel::kInfo:
      out += " INFO  ";
      break;
    case LogLevel::kWarning:
      out += " WARN  ";
      break;
    case LogLevel::kError:
      out += " ERROR ";
      break;
  }
  out += event_name(line.event);
  out += ": ";
  append_escaped(out, line.message, room(out), false);
  for (const auto& field : line.fields) {
    if (room(out) == 0) break;
    out += ' ';
    append_escaped(out, field.name, room(out), false);
    out += '=';
    append_value(out, field.value, false);
  }
  return out;
}

std::string json_line(const LogLine& line) {
  std::string out = "{\"time\":\"" + rfc3339(line.time_us) + "\",\"level\":\"";
  out += level_name(line.level);
  out += '"';
  append_json_text(out, "event", event_name(line.event));
  out += ",\"event_id\":" + std::to_string(static_cast<unsigned>(line.event));
  append_json_text(out, "node", line.node);
  append_json_text(out, "message", line.message);
  for (const auto& field : line.fields) {
    if (room(out) == 0) break;
    out += ",\"";
    append_escaped(out, field.name, room(out), true);
    out += "\":";
    append_value(out, field.value, true);
  }
  return out + "}";
}

}  // namespace huangpu::node
