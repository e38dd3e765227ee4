// How one log line is spelled. Pure functions, apart from log.cpp so that they can be tested alone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "node/telemetry/log.hpp"

namespace huangpu::node {

inline constexpr std::size_t kLogLineBytesMax = 4'096;

struct LogLine {
  std::uint64_t time_us = 0;  // UTC, since 1970
  LogLevel level = LogLevel::kInfo;
  LogEvent event = LogEvent::kNodeStarting;
  std::string_view node;
  std::string_view message;
  LogFields fields;
};

// "2026-11-23T12:00:00.000001Z INFO  peer-up: peer is up peer=3 address=127.0.0.1:7701"
[[nodiscard]] std::string text_line(const LogLine& line);
// {"time":"...","level":"info","event":"peer-up","event_id":400,"node":"...","message":"...","peer":3}
[[nodiscard]] std::string json_line(const LogLine& line);

[[nodiscard]] std::string_view level_name(LogLevel level);

}  // namespace huangpu::node
