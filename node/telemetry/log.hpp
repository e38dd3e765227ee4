// The log: one line per event, for people or for machines (SPEC N-243..N-246).
//
//   log(LogLevel::kInfo, LogEvent::kPeerUp, "peer is up", {{"peer", index}, {"address", address}});
//
// Lines carry UTC time with microseconds, level, event name and number, the message and the fields.
// Control characters are escaped, lines end at 4 KiB. Contents of instructions, names and amounts
// do not belong in lines at info or above. Repeats of one event beyond the configured rate are
// counted, and the count is logged when the minute has passed.
//
// Threads: all functions from any thread. Before open_log() lines go to standard error as text.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "crypto/base/result.hpp"
#include "node/config/config.hpp"

namespace huangpu::node {

class Metrics;

enum class LogEvent : std::uint16_t {
#define HP_EVENT(number, id, name, meaning) id = number,
#include "node/telemetry/events.def"
#undef HP_EVENT
};

[[nodiscard]] std::string_view event_name(LogEvent event);

struct LogField {
  using Value = std::variant<std::string_view, std::uint64_t, std::int64_t, bool>;

  LogField(std::string_view field, std::string_view text) : name(field), value(text) {}
  LogField(std::string_view field, const char* text) : name(field), value(std::string_view(text)) {}
  LogField(std::string_view field, const std::string& text)
      : name(field), value(std::string_view(text)) {}
  LogField(std::string_view field, bool flag) : name(field), value(flag) {}
  template <std::unsigned_integral Number>
  requires(!std::same_as<Number, bool>) LogField(std::string_view field, Number number)
      : name(field), value(std::uint64_t{number}) {}
  template <std::signed_integral Number>
  LogField(std::string_view field, Number number) : name(field), value(std::int64_t{number}) {}

  std::string_view name;  // of the caller; the views live until log() returns
  Value value;
};
using LogFields = std::initializer_list<LogField>;

// Starts logging as configured. `node_name` is in every line; `metrics`, which may be null,
// outlives all logging. kIo when the file cannot be opened; the log before stays in use then.
[[nodiscard]] Status open_log(const LogSection& settings, std::string node_name, Metrics* metrics);
// Writes out what is buffered and returns to standard error.
void close_log();

void set_log_level(LogLevel level);

void log(LogLevel level, LogEvent event, std::string_view message, LogFields fields = {});

}  // namespace huangpu::node
