#include "node/telemetry/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <array>
#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "node/telemetry/log_line.hpp"
#include "node/telemetry/metrics.hpp"

namespace huangpu::node {
namespace {

constexpr std::uint64_t kMinuteUs = 60'000'000;

std::uint64_t now_us() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

// spdlog writes and rotates; the spelling of the line is ours.
std::shared_ptr<spdlog::logger> make_logger(spdlog::sink_ptr sink) {
  auto logger = std::make_shared<spdlog::logger>("huangpu", std::move(sink));
  logger->set_pattern("%v");
  logger->set_level(spdlog::level::trace);
  logger->flush_on(spdlog::level::trace);
  return logger;
}

std::shared_ptr<spdlog::logger> make_stderr_logger() {
  return make_logger(std::make_shared<spdlog::sinks::stderr_sink_mt>());
}

class Log {
 public:
  Status open(const LogSection& settings, std::string node_name, Metrics* metrics) {
    std::shared_ptr<spdlog::logger> logger;
    if (settings.file.empty()) {
      logger = make_stderr_logger();
    } else {
      try {
        logger = make_logger(std::make_shared<spdlog::sinks::rotating_file_sink_mt>(
            settings.file.string(), settings.file_bytes_max, settings.files_max - 1));
      } catch (const spdlog::spdlog_ex& error) {
        return fail(Errc::kIo, settings.file.string() + ": " + error.what());
      }
    }
    const std::scoped_lock lock(mutex_);
    level_ = settings.level;
    settings_ = settings;
    node_ = std::move(node_name);
    metrics_ = metrics;
    logger_ = std::move(logger);
    return {};
  }

  void close() {
    const std::scoped_lock lock(mutex_);
    logger_->flush();
    logger_ = make_stderr_logger();
    settings_ = LogSection{};
    metrics_ = nullptr;
  }

  void set_level(LogLevel level) { level_ = level; }

  void write(LogLevel level, LogEvent event, std::string_view message, LogFields fields) {
    if (level < level_) return;
    const auto time_us = now_us();
    const std::scoped_lock lock(mutex_);
    if (!may_write(event, time_us)) return;
    put({time_us, level, event, node_, message, fields});
  }

 private:
  // One minute of one event.
  struct Window {
    std::uint64_t start_us = 0;
    std::uint32_t written = 0;
    std::uint64_t suppressed = 0;
  };

  bool may_write(LogEvent event, std::uint64_t time_us) {
    auto& window = windows_[event];
    if (time_us - window.start_us >= kMinuteUs) {
      const auto suppressed = std::exchange(window, Window{time_us, 0, 0}).suppressed;
      if (suppressed > 0) {
        put({time_us,
             LogLevel::kWarning,
             LogEvent::kLogSuppressed,
             node_,
             "repeated lines were left out",
             {{"of", event_name(event)}, {"count", suppressed}}});
      }
    }
    if (window.written < settings_.repeats_per_minute) {
      ++window.written;
      return true;
    }
    ++window.suppressed;
    if (metrics_ != nullptr) metrics_->add(CounterId::kLogSuppressed, {event_name(event)});
    return false;
  }

  void put(const LogLine& line) {
    if (metrics_ != nullptr) metrics_->add(CounterId::kLogLines, {level_name(line.level)});
    const auto text = settings_.format == LogFormat::kJson ? json_line(line) : text_line(line);
    logger_->log(spdlog::level::info, spdlog::string_view_t(text.data(), text.size()));
  }

  std::atomic<LogLevel> level_ = LogLevel::kInfo;
  std::mutex mutex_;
  std::shared_ptr<spdlog::logger> logger_ = make_stderr_logger();  // guarded by mutex_
  LogSection settings_;                                            // guarded by mutex_
  std::string node_;                                               // guarded by mutex_
  Metrics* metrics_ = nullptr;                                     // guarded by mutex_
  std::map<LogEvent, Window> windows_;                             // guarded by mutex_
};

Log& instance() {
  static Log log;
  return log;
}

}  // namespace

std::string_view event_name(LogEvent event) {
  switch (event) {
#define HP_EVENT(number, id, name, meaning) \
  case LogEvent::id:                        \
    return name;
#include "node/telemetry/events.def"
#undef HP_EVENT
  }
  return "unknown";
}

Status open_log(const LogSection& settings, std::string node_name, Metrics* metrics) {
  return instance().open(settings, std::move(node_name), metrics);
}
void close_log() { instance().close(); }
void set_log_level(LogLevel level) { instance().set_level(level); }
void log(LogLevel level, LogEvent event, std::string_view message, LogFields fields) {
  instance().write(level, event, message, fields);
}

}  // namespace huangpu::node
